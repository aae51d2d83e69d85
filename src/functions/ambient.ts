/** Which piece of user code is running: kept across awaits, so that `Entity.current` and the client know where they are. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Effects } from './definitions.js';
import type { EntityContext } from './entity-context.js';

export type AmbientFrame =
  | { readonly kind: 'entity'; readonly effects: Effects; readonly context: EntityContext }
  | { readonly kind: 'orchestration' }
  | { readonly kind: 'activity' };

const storage = new AsyncLocalStorage<AmbientFrame>();

export function runInFrame<A, R>(frame: AmbientFrame, code: (argument: A) => R, argument: A): R {
  return storage.run(frame, code, argument);
}

export function currentFrame(): AmbientFrame | undefined {
  return storage.getStore();
}

/** The context of the entity operation that is running here; `undefined` outside of operations. */
export function currentEntityContext(): EntityContext | undefined {
  const frame = storage.getStore();
  return frame?.kind === 'entity' ? frame.context : undefined;
}
