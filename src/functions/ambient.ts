/** Tracks across awaits which user code runs, for `Entity.current` and for the checks of the client. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Effects } from './definitions.js';
import type { EntityId } from '../model/entity-id.js';
import type { EntityContext } from './entity-context.js';

export type AmbientFrame =
  | { readonly kind: 'entity'; readonly effects: Effects; readonly id: EntityId; readonly context: EntityContext }
  | { readonly kind: 'orchestration'; readonly name: string; readonly instanceId: string }
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
