import type { EntityManager } from 'typeorm';
import { InvalidArgumentError } from '../../../errors/index.js';
import type { InboxWrite } from '../../../engines/sql/ports/store.js';
import { dataSourceOf } from '../open-transaction.js';
import type { Names } from './names.js';

/** The SQL that tells one database from every other one. `system` is null if the user may not read it. */
export function identitySql(mayReadSystem: boolean): string {
  const system = mayReadSystem ? '(SELECT system_identifier::text FROM pg_control_system())' : 'NULL';
  return `SELECT concat_ws('/', ${system}, (SELECT oid FROM pg_database WHERE datname = current_database())) AS database`;
}

export interface OwnDatabase {
  readonly names: Names;
  readonly identity: string;
  readonly mayReadSystem: boolean;
}

/**
 * Writes inbox rows through a connection of the application, in its open transaction. The rows become visible with the commit of that
 * transaction.
 * @throws InvalidArgumentError
 */
export async function writeWithin(manager: unknown, own: OwnDatabase, rows: readonly InboxWrite[]): Promise<void> {
  if (dataSourceOf(manager, refused).options.type !== 'postgres') throw refused('it belongs to another database');
  const ask = manager as EntityManager;
  // The transaction gets its id before its rows get their numbers: polls rest on this order (`PollFloor`).
  const [found] = await ask.query<{ database: string }[]>(
    `${identitySql(own.mayReadSystem)}, pg_current_xact_id()::text AS transaction`,
  );
  if (found?.database !== own.identity) throw refused('it belongs to another database');
  await ask.query(
    `INSERT INTO ${own.names.qualified('inbox')} (id, partition, target, arrival, due, body)
      SELECT u.id, u.partition, u.target, NULL, u."dueMs", u.body
      FROM ROWS FROM (json_to_recordset($1::json) AS (id bigint, partition integer, target text, "dueMs" bigint, body text))
        WITH ORDINALITY AS u (id, partition, target, "dueMs", body, place)
      ORDER BY u.place`,
    [JSON.stringify(rows)],
  );
}

function refused(problem: string): InvalidArgumentError {
  return new InvalidArgumentError(
    'entityManager',
    problem,
    'Use a DataSource on the PostgreSQL database of the host, and give the EntityManager of `dataSource.transaction(async (entityManager) => …)`.',
  );
}
