import { createHash } from 'node:crypto';
import type { DurableClient } from 'durable-entities';
import { Account } from './account.js';
import type { AccountLine } from './ledger-files.js';
import type { Outcome, Transfer } from './transfer-money.js';

export interface Books {
  readonly transfers: number;
  /** The number of transfers of each outcome. */
  readonly counts: ReadonlyMap<Outcome, number>;
  readonly moneyBefore: number;
  readonly moneyAfter: number;
  /** SHA-256 over every balance and every outcome. */
  readonly digest: string;
}

export async function readBooks(
  client: DurableClient,
  accounts: readonly AccountLine[],
  transfers: readonly Transfer[],
  outcomes: ReadonlyMap<string, Outcome>,
): Promise<Books> {
  const digest = createHash('sha256');
  const balances = await Promise.all(accounts.map(({ id }) => readBalance(client, id)));
  for (const [index, { id }] of accounts.entries()) digest.update(`${id} ${balances[index]}\n`);

  const counts = new Map<Outcome, number>();
  for (const { id } of transfers) {
    const outcome = outcomes.get(id)!;
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    digest.update(`${id} ${outcome}\n`);
  }
  return {
    transfers: transfers.length,
    counts,
    moneyBefore: sum(accounts.map(({ balance }) => balance)),
    moneyAfter: sum(balances),
    digest: digest.digest('hex'),
  };
}

async function readBalance(client: DurableClient, id: string): Promise<number> {
  const { entityState } = await client.readEntityState(Account, id);
  if (entityState === undefined) throw new Error(`There is no account ${id}`);
  return entityState.balance;
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
