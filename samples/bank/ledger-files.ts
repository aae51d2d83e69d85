import { readFile } from 'node:fs/promises';
import type { Terms } from './account.js';
import type { Transfer } from './transfer-money.js';

export interface AccountLine extends Terms {
  readonly id: string;
}

export async function readAccounts(path: string): Promise<AccountLine[]> {
  const rows = await readCsv(path, ['id', 'balance', 'frozen']);
  return rows.map(([id, balance, frozen]) => ({ id: id!, balance: Number(balance), isFrozen: frozen === 'yes' }));
}

export async function readTransfers(path: string): Promise<Transfer[]> {
  const rows = await readCsv(path, ['id', 'from', 'to', 'amount']);
  return rows.map(([id, from, to, amount]) => ({ id: id!, from: from!, to: to!, amount: Number(amount) }));
}

/** The rows of a CSV file without quotes, without its header. */
async function readCsv(path: string, columns: readonly string[]): Promise<string[][]> {
  const [header, ...lines] = (await readFile(path, 'utf8')).trimEnd().split('\n');
  if (header !== columns.join(',')) throw new Error(`${path} does not begin with "${columns.join(',')}"`);
  return lines.map((line, index) => {
    const row = line.split(',');
    if (row.length !== columns.length) throw new Error(`${path}:${index + 2} has not ${columns.length} fields`);
    return row;
  });
}
