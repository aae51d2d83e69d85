import type { ClassSupport } from '../functions/support.js';
import type { ValueRules } from '../model/limits.js';
import type { Clock } from '../ports/clock.js';
import type { Inspector } from '../hub/inspector.js';
import type { TaskHub } from '../hub/task-hub.js';
import type { HubTracer } from '../hub/tracer.js';
import type { Names } from '../ports/names.js';

/** Ports through which a client uses the task hub. */
export interface ClientPorts {
  readonly hub: TaskHub;
  /** Makes the inspector at its first use. Absent on a hub that has none. */
  readonly inspect?: (() => Promise<Inspector>) | undefined;
  readonly clock: Clock;
  readonly classes: ClassSupport;
  readonly names: Names;
  readonly limits: ValueRules;
  /** Reads the names that workers have announced since the last read. Absent if no worker of another process announces names. */
  readonly learnNames?: () => Promise<void>;
  /** Absent if there is no tracer. */
  readonly tracer?: HubTracer | undefined;
  /** Closes the connection. Absent if the client belongs to a host. */
  readonly close?: () => Promise<void>;
}
