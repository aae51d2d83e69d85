import { defineActivity, type ActivityContext } from 'durable-entities';
import type { Order } from './order.js';

// The services of other companies. An activity may run more than once, so each request has the id of the order: a service does
// its work once per id. To undo work that was never done is not an error.

/** A failure that no retry repairs: the customer has to act. */
export class PaymentRefused extends Error {
  override readonly name = 'PaymentRefused';
}

function say(context: ActivityContext, what: string): void {
  console.log(`  ${context.instanceId}: ${what}`);
}

/** Reservations by order. */
const attempts = new Map<string, number>();

/** The connection of the warehouse is bad: the third attempt succeeds. */
export const reserveItem = defineActivity('ReserveItem', async (context, { item }: Order): Promise<void> => {
  const attempt = (attempts.get(context.instanceId) ?? 0) + 1;
  attempts.set(context.instanceId, attempt);
  if (attempt < 3) {
    say(context, 'the warehouse does not answer');
    throw new Error('no answer from the warehouse');
  }
  say(context, `${item} reserved`);
});

export const releaseItem = defineActivity('ReleaseItem', async (context, { item }: Order): Promise<void> => {
  say(context, `${item} released`);
});

/** The paid orders, in the books of the bank. */
const paid = new Set<string>();

export const takePayment = defineActivity('TakePayment', async (context, { cents, card }: Order): Promise<void> => {
  if (card === 'expired') {
    say(context, 'payment refused');
    throw new PaymentRefused(`the card is ${card}`);
  }
  paid.add(context.instanceId);
  say(context, `${cents} cents taken`);
});

export const refundPayment = defineActivity('RefundPayment', async (context, { cents }: Order): Promise<void> => {
  say(context, paid.delete(context.instanceId) ? `${cents} cents given back` : 'nothing to give back');
});

export const shipItem = defineActivity('ShipItem', async (context, { item }: Order): Promise<string> => {
  say(context, `${item} shipped`);
  return `parcel-of-${context.instanceId}`;
});
