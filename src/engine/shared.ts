/** What belongs to this process and not to a life: it outlives resets. */
import type { IntakeQueue } from './admission.js';
import type { PendingCalls } from './pending-calls.js';
import type { RowWatch } from './row-watch.js';
import type { RunWatch } from './run-watch.js';
import type { Submission } from './submission.js';

export interface Shared {
  readonly queue: IntakeQueue;
  readonly calls: PendingCalls;
  readonly watch: RunWatch;
  readonly rowWatch: RowWatch;
  /** Client messages that are durable as rows and wait to be applied. */
  readonly waitingRows: Map<number, Submission>;
}
