import type { StrictReport } from '../functions/ambient.js';
import type { ClassSupport } from '../functions/support.js';
import type { Names } from '../ports/names.js';
import type { Limits } from '../model/limits.js';

/** Ports of the contexts, besides the engine. */
export interface RuntimeSupport {
  readonly classes: ClassSupport;
  readonly directory: Names;
  readonly limits: Limits;
  /** Receives uses of the platform by orchestrations. Absent if strict mode is off. */
  readonly strict?: StrictReport | undefined;
}
