import type { ClassSupport } from '../functions/support.js';
import type { Limits } from '../model/limits.js';
import type { Clock } from '../ports/clock.js';
import type { TaskHub } from '../hub/task-hub.js';
import type { Names } from '../ports/names.js';

/** What a client reaches the task hub through. */
export interface ClientPorts {
  readonly hub: TaskHub;
  readonly clock: Clock;
  readonly classes: ClassSupport;
  readonly names: Names;
  readonly limits: Limits;
  /** Reads the names that workers have announced since; absent where the worker is in this process. */
  readonly learnNames?: () => Promise<void>;
  /** Ends the connection; absent where the client belongs to a host. */
  readonly close?: () => Promise<void>;
}
