import { defineOrchestration } from 'durable-entities';
import { Account, IAccount } from './account.js';

export interface Transfer {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly amount: number;
}

export type Outcome = 'done' | 'insufficient funds' | 'payer frozen' | 'payee frozen';

/** Moves the whole amount or nothing. After a crash it continues where it was. */
export const transferMoney = defineOrchestration(
  'TransferMoney',
  async (context, { from, to, amount }: Transfer): Promise<Outcome> => {
    // No other operation runs on the two accounts until the block ends. Any order is right: sections do not deadlock.
    using _section = await context.lock([Account, from], [Account, to]);
    const payer = context.createEntityProxy(IAccount, from);
    const payee = context.createEntityProxy(IAccount, to);

    const [payerTerms, payeeTerms] = await Promise.all([payer.terms(), payee.terms()]);
    if (payerTerms.isFrozen) return 'payer frozen';
    if (payeeTerms.isFrozen) return 'payee frozen';
    if (payerTerms.balance < amount) return 'insufficient funds';

    await Promise.all([payer.withdraw(amount), payee.deposit(amount)]);
    return 'done';
  },
);
