/** Messages and rows of an application in one transaction. */
import type { DataSource, EntityManager } from 'typeorm';
import type { TransactionSender } from '../client/within.js';
import type { DurableClient } from '../host/durable-client.js';

/** The last transaction of each DataSource that has one connection only. */
const last = new WeakMap<DataSource, Promise<unknown>>();

/** Types of DataSource that have one connection: TypeORM would put transactions at the same time into each other. */
const singleConnection: ReadonlySet<string> = new Set(['sqlite', 'better-sqlite3', 'sqljs']);

/**
 * Runs the work in a transaction of the application's DataSource, which must be on the database of the task hub. Rows that `manager` writes
 * and messages that `sender` sends are committed together, or not at all. Resolves with the result of the work after the commit. On SQLite,
 * such transactions of one DataSource run one after the other. Statements that run outside of them at the same time belong to the open one:
 * use a DataSource of its own for transactions there.
 */
export function transaction<Result>(
  client: DurableClient,
  dataSource: DataSource,
  work: (manager: EntityManager, sender: TransactionSender) => Promise<Result>,
): Promise<Result> {
  const run = () => dataSource.transaction((manager) => work(manager, client.within(manager)));
  if (!singleConnection.has(dataSource.options.type)) return run();
  const result = (last.get(dataSource) ?? Promise.resolve()).then(run);
  last.set(
    dataSource,
    result.catch(() => {}),
  );
  return result;
}
