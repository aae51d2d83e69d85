/** Which piece of user code is running: kept across awaits, so that `Entity.current` and the client know where they are. */
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

/** Names the piece of user code, as fields of a log line. Works after the code has ended, too. */
export function subjectOf(frame: AmbientFrame): { readonly [field: string]: string } {
  if (frame.kind === 'entity') return { entityId: frame.id.toString(), operation: frame.context.operationName };
  const { instanceId, name } = frame;
  return frame.kind === 'activity'
    ? { instance: instanceId, activity: name }
    : { instance: instanceId, orchestration: name };
}

/** The context of the entity operation that is running here; `undefined` outside of operations. */
export function currentEntityContext(): EntityContext | undefined {
  const frame = storage.getStore();
  return frame?.kind === 'entity' ? frame.context : undefined;
}
