/** What must hold in the bank's database: looked at with plain SQL and through the public API. */
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Account } from '../../samples/bank/account.js';
import type { AccountLine } from '../../samples/bank/ledger-files.js';
import { transferMoney, type Transfer } from '../../samples/bank/transfer-money.js';
import { DurableHost } from '../../src/index.js';
import { loadSqlite, SqliteHandle } from '../../src/storage/typeorm/sqlite/sqlite-driver.js';

export interface Ledger {
  readonly accounts: readonly AccountLine[];
  readonly transfers: readonly Transfer[];
}

/** Transfers that were acknowledged and are not in the database, or differ there. Looks at a copy: the bank finds its file as the kill left it. */
export async function lostTransfers(
  database: string,
  acknowledged: ReadonlyMap<string, string>,
  folder: string,
): Promise<string[]> {
  if (acknowledged.size === 0) return [];
  // Nothing may be left of an earlier copy: SQLite would read this file with that one's log.
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const copy = join(folder, basename(database));
  for (const suffix of ['', '-wal']) {
    await copyFile(database + suffix, copy + suffix).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
  const rows = await query<{ id: string; output: string }>(
    copy,
    `SELECT id, json_extract(state, '$.output') AS output FROM de_instance WHERE kind = 'orchestration' AND status = 'completed'`,
  );
  const stored = new Map(rows.map(({ id, output }) => [id, JSON.parse(output) as string]));
  return [...acknowledged].filter(([id, outcome]) => stored.get(id) !== outcome).map(([id]) => id);
}

/** Problems of the database of a bank that has finished after `lives` starts; read-only. */
export async function rowProblems(database: string, { accounts, transfers }: Ledger, lives: number): Promise<string[]> {
  const one = async (sql: string): Promise<unknown> => Object.values((await query<object>(database, sql))[0]!)[0];
  const problems: string[] = [];
  const expect = async (what: string, sql: string, holds: (value: unknown) => boolean): Promise<void> => {
    const value = await one(sql);
    if (!holds(value)) problems.push(`${what}: ${String(value)} (${sql})`);
  };
  const is = (wanted: unknown) => (value: unknown) => value === wanted;
  await expect('the file is damaged', 'PRAGMA integrity_check', is('ok'));
  await expect('entities', `SELECT count(*) FROM de_instance WHERE kind = 'entity'`, is(accounts.length));
  await expect('locks left', 'SELECT count(*) FROM de_instance WHERE meta IS NOT NULL', is(0));
  await expect(
    'runs that have completed',
    `SELECT count(*) FROM de_instance WHERE kind = 'orchestration' AND status = 'completed'`,
    is(transfers.length),
  );
  await expect('instances', 'SELECT count(*) FROM de_instance', is(accounts.length + transfers.length));
  await expect('messages left', 'SELECT count(*) FROM de_inbox', is(0));
  await expect('receipts', 'SELECT count(*) FROM de_receipt', is(accounts.length));
  await expect('workers alive', 'SELECT count(*) FROM de_worker WHERE alive', is(0));
  await expect('workers of all lives', 'SELECT count(*) FROM de_worker', (count) => Number(count) <= lives);
  await expect('partitions that are owned', 'SELECT count(*) FROM de_partition WHERE owner <> 0', is(0));
  await expect(
    'executions beside the one of each run',
    'SELECT count(*) FROM (SELECT DISTINCT instance, execution FROM de_history) ' +
      `WHERE (instance, execution) NOT IN (SELECT id, json_extract(state, '$.execution') FROM de_instance)`,
    is(0),
  );
  return problems;
}

/** Problems seen by a program that opens the finished bank: each balance must follow from the outcomes, each outcome from what was told. */
export async function bookProblems(
  database: string,
  { accounts, transfers }: Ledger,
  told: ReadonlyMap<string, string>,
): Promise<string[]> {
  const problems: string[] = [];
  await using host = await DurableHost.start({ storage: database, register: [Account, transferMoney] });
  const expected = new Map(accounts.map(({ id, balance }) => [id, balance]));
  for (const { id, from, to, amount } of transfers) {
    const status = await host.client.run(transferMoney, id).status();
    if (status?.runtimeStatus !== 'completed') problems.push(`${id} is ${String(status?.runtimeStatus)}`);
    else if (status.output !== told.get(id))
      problems.push(`${id}: ${told.get(id)} was told, ${String(status.output)} is stored`);
    if (status?.output !== 'done') continue;
    expected.set(from, expected.get(from)! - amount);
    expected.set(to, expected.get(to)! + amount);
  }
  let difference = 0;
  for (const { id, balance } of accounts) {
    const { entityState } = await host.client.readEntityState(Account, id);
    difference += (entityState?.balance ?? 0) - balance;
    if (entityState?.balance === expected.get(id)) continue;
    problems.push(`${id} has ${String(entityState?.balance)}, its transfers say ${expected.get(id)}`);
  }
  if (difference !== 0) problems.push(`money: ${difference} cents more than there were`);
  return problems;
}

async function query<Row>(database: string, sql: string): Promise<Row[]> {
  const sqlite = await loadSqlite();
  const handle = await SqliteHandle.open(sqlite, database, sqlite.OPEN_READONLY);
  try {
    return await handle.all<Row>(sql);
  } finally {
    await handle.close();
  }
}
