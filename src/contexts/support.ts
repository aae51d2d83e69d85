import type { Strict } from '../functions/ambient.js';
import type { ClassSupport } from '../functions/support.js';
import type { Names } from '../ports/names.js';
import type { ValueRules } from '../model/limits.js';

/** Ports of the contexts, besides the engine. */
export interface RuntimeSupport {
  readonly classes: ClassSupport;
  readonly directory: Names;
  readonly limits: ValueRules;
  /** Absent if strict mode is off. */
  readonly strict?: Strict | undefined;
}
