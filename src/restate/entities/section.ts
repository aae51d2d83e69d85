/**
 * A critical section on one entity: an exclusive invocation of the entity that lasts as long as the section. Restate's queue of the key holds
 * everything that waits meanwhile, so no message can pass. The holder sends numbered signals, `o0`, `o1` …; no name is used twice, because
 * a signal that nobody awaits is overwritten by the next one of its name.
 */
import type { InvocationId, ObjectContext } from '../sdk.js';
import type { EntityLock, OperationAnswer, SectionMessage, SectionOrder } from '../wire/messages.js';
import type { KeptState, Operations } from './operations.js';

/** The key of the lock in the virtual object of its entity. An operator who kills a section leaves it behind. */
export const lockKey = 'l';

/** The name of the signal that carries an order. */
export function orderSignal(number: number): string {
  return `o${number}`;
}

export async function section(ctx: ObjectContext, message: SectionMessage, operations: Operations): Promise<void> {
  const { owner, invocation, grant } = message;
  const { id } = ctx.request();
  const lock: EntityLock = { owner, section: id };
  ctx.set(lockKey, lock);
  const holder = ctx.invocation(invocation as InvocationId);
  holder.signal<string>(grant).resolve(id);
  // Nobody else writes the state meanwhile.
  const kept: KeptState = {};
  try {
    for (let number = 0; ; number++) {
      const order = await ctx.signal<SectionOrder>(orderSignal(number));
      if (order.kind === 'release') return;
      const { operation, input, reply } = order;
      const answer = await operations.run(ctx, { operation, input, awaited: true }, kept);
      holder.signal<OperationAnswer>(reply).resolve(answer);
    }
  } finally {
    // Also when an operator cancels the section.
    ctx.clear(lockKey);
  }
}
