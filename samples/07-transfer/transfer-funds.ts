import { LockingRulesViolationError, defineOrchestration } from 'durable-entities';
import { Account, IAccount, IOneWayAccount } from './account.js';

export interface Transfer {
  readonly from: string;
  readonly to: string;
  readonly amount: number;
}

export const transferFunds = defineOrchestration(
  'TransferFunds',
  async (context, { from, to, amount }: Transfer): Promise<boolean> => {
    // No other operation runs on the two accounts until the block ends.
    using _section = await context.lock([Account, from], [Account, to]);
    const source = context.createEntityProxy(IAccount, from);
    const target = context.createEntityProxy(IAccount, to);
    if ((await source.balance()) < amount) return false;
    await Promise.all([source.add(-amount), target.add(amount)]);
    return true;
  },
);

/** A proxy signals a `void` operation. The signal would wait for the end of the section, so it is refused at once. */
export const carelessTransfer = defineOrchestration('CarelessTransfer', async (context, to: string) => {
  using _section = await context.lock([Account, to]);
  try {
    context.createEntityProxy(IOneWayAccount, to).add(1);
    return 'sent';
  } catch (error) {
    if (error instanceof LockingRulesViolationError) return error.code;
    throw error;
  }
});
