/** The types of the dashboard's pages fit the schemas of the API: the compiler refuses this file if an answer lacks what a page reads. */
import type * as page from '../../dashboard/api/answers.js';
import type * as api from '../../src/http/api/shapes.js';
import type { OutputOf } from '../../src/http/vendor.js';

type Fits<_Answer extends Wanted, Wanted> = true;

export type Checked = [
  Fits<OutputOf<typeof api.entityShape>, page.Entity>,
  Fits<OutputOf<typeof api.entityDetailShape>, page.EntityDetail>,
  Fits<OutputOf<typeof api.runShape>, page.Run>,
  Fits<OutputOf<typeof api.historyShape>, page.History>,
  Fits<OutputOf<typeof api.explanationShape>, page.Explanation>,
  Fits<OutputOf<typeof api.lockShape>, page.Lock>,
  Fits<OutputOf<typeof api.messageShape>, page.Message>,
  Fits<OutputOf<typeof api.deadLetterShape>, page.DeadLetter>,
  Fits<OutputOf<typeof api.workerShape>, page.Worker>,
  Fits<OutputOf<typeof api.partitionShape>, page.Partition>,
  Fits<OutputOf<typeof api.typesShape>, page.Types>,
  Fits<OutputOf<typeof api.overviewShape>, page.Overview>,
];
