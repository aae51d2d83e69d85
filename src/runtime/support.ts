import type { ClassSupport } from '../functions/support.js';
import type { Directory } from '../core/directory.js';

/** What the contexts need besides the engine. */
export interface RuntimeSupport {
  readonly classes: ClassSupport;
  readonly directory: Directory;
}
