/** Tracks across awaits which user code runs, for `Entity.current` and for the checks of the client. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { DurableError } from '../errors/durable-error.js';
import type { Effects } from './definitions.js';
import type { EntityId } from '../model/entity-id.js';
import type { EntityContext } from './entity-context.js';

/** A use of the platform that gives other results in a replay. */
export interface PlatformUse {
  /** The function, for example `Date.now()`. */
  readonly name: string;
  /** The replacement in orchestrators. */
  readonly instead: string;
  /** The place in the code of the program. */
  readonly site: string;
}

/** Receives a use of the platform by an orchestration, when it happens. The orchestration receives an error that it throws. */
export type StrictReport = (frame: OrchestrationFrame, use: PlatformUse) => void;

/** Port to strict mode. */
export interface Strict {
  readonly used: StrictReport;
  /**
   * Reports a finding: logs it once per place, or throws it where `strict` is `'error'`.
   * @param fields fields of the line of the log, besides the code
   */
  found(error: DurableError, place: string, fields: object): void;
}

export interface OrchestrationFrame {
  readonly kind: 'orchestration';
  readonly name: string;
  readonly instanceId: string;
  /** `undefined` if strict mode is off. */
  readonly strict: StrictReport | undefined;
}

export type AmbientFrame =
  | { readonly kind: 'entity'; readonly effects: Effects; readonly id: EntityId; readonly context: EntityContext }
  | OrchestrationFrame
  | { readonly kind: 'activity'; readonly name: string; readonly instanceId: string };

const storage = new AsyncLocalStorage<AmbientFrame>();

export function runInFrame<A, R>(frame: AmbientFrame, code: (argument: A) => R, argument: A): R {
  return storage.run(frame, code, argument);
}

export function currentFrame(): AmbientFrame | undefined {
  return storage.getStore();
}

/** Fields of a log line that name the user code. Also valid after that code has ended. */
export function subjectOf(frame: AmbientFrame): { readonly [field: string]: string } {
  if (frame.kind === 'entity') return { entityId: frame.id.toString(), operation: frame.context.operationName };
  const { instanceId, name } = frame;
  return frame.kind === 'activity'
    ? { instance: instanceId, activity: name }
    : { instance: instanceId, orchestration: name };
}

/** The context of the running entity operation. `undefined` outside operations. */
export function currentEntityContext(): EntityContext | undefined {
  const frame = storage.getStore();
  return frame?.kind === 'entity' ? frame.context : undefined;
}
