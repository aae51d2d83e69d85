/**
 * A critical section on one entity: an exclusive invocation of the entity that lasts as long as the section. Restate's queue of the key holds
 * everything that waits meanwhile, so no message can pass. The invocation calls the section of the next entity and stays open with it, so
 * whoever ends the first one ends all. The last one tells the holder all of them.
 *
 *   execution --call--> section of a --call--> section of b ... --grant--> execution
 *
 * The holder sends numbered signals, `o0`, `o1` …; no name is used twice, because a signal that nobody awaits is overwritten by the next one
 * of its name.
 */
import { RestatePromise, serde, type InvocationId, type ObjectContext } from '../sdk.js';
import type { OperationAnswer, SectionEnd, SectionMessage, SectionOrder } from '../wire/messages.js';
import { entityParts, keyOf } from '../wire/service-names.js';
import type { KeptState, Operations } from './operations.js';

/** The name of the signal that carries an order. */
export function orderSignal(number: number): string {
  return `o${number}`;
}

type Event =
  { readonly kind: 'order'; readonly order: SectionOrder } | { readonly kind: 'next'; readonly end: SectionEnd };

export async function section(
  ctx: ObjectContext,
  message: SectionMessage,
  operations: Operations,
): Promise<SectionEnd> {
  const holder = ctx.invocation(message.invocation as InvocationId);
  let next = goOn(ctx, message, operations);
  // Nobody else writes the state meanwhile.
  const kept: KeptState = {};
  for (let number = 0; ; number++) {
    const ordered = ctx
      .signal<SectionOrder>(orderSignal(number))
      .map((order): Event => ({ kind: 'order', order: order as SectionOrder }));
    let event = await (next === undefined ? ordered : RestatePromise.race([ordered, next]));
    if (event.kind === 'next') {
      if (event.end.lost !== undefined) return event.end;
      // The holder has released the next entity already.
      next = undefined;
      event = await ordered;
    }
    const { order } = event as Event & { kind: 'order' };
    if (order.kind === 'release') return {};
    const { operation, input, reply } = order;
    const answer = await operations.run(ctx, { operation, input, awaited: true }, kept);
    holder.signal<OperationAnswer>(reply).resolve(answer);
  }
}

/** Asks for the next lock, or grants the section if this lock is the last one. Resolves with the end of the next lock. */
function goOn(
  ctx: ObjectContext,
  { held, ...message }: SectionMessage,
  operations: Operations,
): RestatePromise<Event> | undefined {
  const holding = [...held, ctx.request().id];
  const entityId = message.targets[holding.length];
  if (entityId === undefined) {
    ctx
      .invocation(message.invocation as InvocationId)
      .signal<readonly string[]>(message.grant)
      .resolve(holding);
    return undefined;
  }
  const { name, key } = entityParts(entityId);
  return ctx
    .genericCall<SectionMessage, SectionEnd>({
      service: operations.ports.names.entity(name),
      key: keyOf(key),
      method: 'section',
      parameter: { ...message, held: holding },
      inputSerde: serde.json,
      outputSerde: serde.json,
    })
    .map((end): Event => ({ kind: 'next', end: end ?? { lost: entityId } }));
}
