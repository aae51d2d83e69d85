/** A small bank whose books tell whether anything was lost or doubled. */
import { amount } from '../amount.js';
import { defineActivity, defineEntity, defineOrchestration, EntityId } from '../../src/index.js';

export interface BankTransfer {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly amount: number;
}

export const accounts = Array.from({ length: 8 }, (_, i) => `account-${i}`);
export const accountId = (key: string) => new EntityId('Account', key);

const account = defineEntity('Account', { effects: 'none' }, (context) => {
  const books = context.getState(() => ({ balance: 1_000, entries: [] as string[] }));
  switch (context.operationName) {
    case 'balance':
      return books.balance;
    case 'post': {
      const { id, amount } = context.getInput<{ id: string; amount: number }>();
      books.balance += amount;
      books.entries.push(id);
      return books.balance;
    }
    default:
      return context.unknownOperation();
  }
});

const receipt = defineActivity('Receipt', async (_context, id: string) => `receipt of ${id}`);

const transfer = defineOrchestration('Transfer', async (context, { id, from, to, amount }: BankTransfer) => {
  using _section = await context.lock(accountId(from), accountId(to));
  if ((await context.callEntity<number>(accountId(from), 'balance')) < amount) return 'refused';
  const guid = context.newGuid();
  await context.callEntity(accountId(from), 'post', { id, amount: -amount });
  await context.callActivity(receipt, id);
  await context.callEntity(accountId(to), 'post', { id, amount });
  return guid === '' ? 'never' : 'moved';
});

const transfers: BankTransfer[] = Array.from({ length: amount({ usual: 50, long: 90 }) }, (_, i) => ({
  id: `transfer-${i}`,
  from: accounts[(i * 7) % 8]!,
  to: accounts[(i * 7 + 1 + (i % 7)) % 8]!,
  amount: 1 + ((i * 37) % 100),
}));

export const bank = { transfer, transfers };
export const bankDefinitions = [account, receipt, transfer];
