import {
  ActivityFailedError,
  TimeoutError,
  defineOrchestration,
  type OrchestrationContext,
  type RetryPolicy,
} from 'durable-entities';
import { PaymentRefused, refundPayment, releaseItem, reserveItem, shipItem, takePayment } from './activities.js';
import type { Order, Outcome } from './order.js';

const retry: RetryPolicy = { maxAttempts: 5, firstRetryInterval: '20 ms', backoffCoefficient: 2 };

/** A payment is tried again when the line is bad; a refused one stays refused. */
const paymentRetry: RetryPolicy = { ...retry, shouldRetry: (error) => !isRefusal(error) };

/** An activity's error comes wrapped, and rebuilt from its data: it is known by its name. */
function isRefusal(error: unknown): error is ActivityFailedError {
  return error instanceof ActivityFailedError && error.is(PaymentRefused.name);
}

/**
 * Reserve, pay, have it approved, leave time to think, ship. Each step that takes something says how to give it back; what
 * was taken is given back in reverse order when a later step fails.
 */
export const placeOrder = defineOrchestration('PlaceOrder', async (context, order: Order): Promise<Outcome> => {
  const compensations: (() => Promise<void>)[] = [];
  try {
    // Said before the step: where an activity failed for us, it may have been done all the same.
    compensations.push(() => context.callActivity(releaseItem, order, { retry }));
    await context.callActivity(reserveItem, order, { retry });

    compensations.push(() => context.callActivity(refundPayment, order, { retry }));
    await context.callActivity(takePayment, order, { retry: paymentRetry });

    await approval(context);
    await context.createTimer('50 ms'); // durable: could as well be three days
    return { shipped: true, parcel: await context.callActivity(shipItem, order, { retry }) };
  } catch (error) {
    for (const compensate of compensations.toReversed()) await compensate();
    return { shipped: false, why: reason(error) };
  }
});

async function approval(context: OrchestrationContext): Promise<void> {
  context.setCustomStatus('waiting for approval');
  const approver = await context.waitForExternalEvent<string>('approved', { timeout: '300 ms' });
  context.setCustomStatus(`approved by ${approver}`);
}

function reason(error: unknown): string {
  if (error instanceof TimeoutError) return 'nobody approved it';
  if (isRefusal(error)) return (error.cause as Error).message;
  throw error; // a mistake in this program: the run fails with it
}
