/** The ports of all handlers of one host. */
import type { Clock, Random } from '../../ports/clock.js';
import type { Logger } from '../../ports/log.js';
import type { Names } from '../../ports/names.js';
import type { UserCode } from '../../ports/user-code.js';
import type { Limits } from '../../model/limits.js';
import type { EndedMessage } from './messages.js';
import type { ServiceNames } from './service-names.js';

export interface HandlerPorts {
  readonly userCode: UserCode;
  readonly names: ServiceNames;
  /** Names of entities, orchestrations and activities. They do not change while the host runs, because a replay must find the same. */
  readonly directory: Names;
  readonly clock: Clock;
  readonly random: Random;
  /** Does not throw. */
  readonly logger: Logger;
  readonly limits: Limits;
  /** Aborted when the host has stopped, so that what runs must end. */
  readonly stopped: AbortSignal;
  /** Reports a failed operation of a signal. `error` is JSON text of ErrorDetails. */
  signalFailed(failure: { readonly entityId: string; readonly operation: string; readonly error: string }): void;
  startRefused(refusal: { readonly instanceId: string; readonly name: string; readonly error: Error }): void;
  /** Ends an execution from outside of its handler. */
  endFromOutside(instanceId: string, end: EndedMessage): void;
}
