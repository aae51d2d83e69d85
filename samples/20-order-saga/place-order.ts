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

/** The retry policy of a payment: it retries after connection errors, and not after a refusal. */
const paymentRetry: RetryPolicy = { ...retry, shouldRetry: (error) => !isRefusal(error) };

/** The error of an activity is wrapped and rebuilt from its data, so the code recognises it by its name. */
function isRefusal(error: unknown): error is ActivityFailedError {
  return error instanceof ActivityFailedError && error.is(PaymentRefused.name);
}

/**
 * Reserves, pays, waits for an approval and for a cooling-off period, and ships. Each step has a compensation. If a later
 * step fails, the compensations run in reverse order.
 */
export const placeOrder = defineOrchestration('PlaceOrder', async (context, order: Order): Promise<Outcome> => {
  const compensations: (() => Promise<void>)[] = [];
  try {
    // Register the compensation before the step: an activity that failed here may have done its work all the same.
    compensations.push(() => context.callActivity(releaseItem, order, { retry }));
    await context.callActivity(reserveItem, order, { retry });

    compensations.push(() => context.callActivity(refundPayment, order, { retry }));
    await context.callActivity(takePayment, order, { retry: paymentRetry });

    await approval(context);
    await context.createTimer('50 ms'); // a durable timer: three days work in the same way
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
  throw error; // a bug of this program: the run fails with the error
}
