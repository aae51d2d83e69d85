import type { EntityManager } from 'typeorm';
import { InvalidArgumentError } from '../../../errors/index.js';
import type { InboxWrite } from '../../../engines/sql/ports/store.js';
import { dataSourceOf } from '../open-transaction.js';
import { inboxColumns } from './commit-procedure.js';
import { inboxElements } from './commit-parameters.js';
import { jsonRows } from './json-rows.js';
import type { Names } from './names.js';
import { identitySql } from './session-facts.js';

export interface OwnDatabase {
  readonly names: Names;
  readonly isMariaDb: boolean;
  /** Tells the server from every other one. */
  readonly identity: string;
}

/**
 * Writes inbox rows through a connection of the application, in its open transaction. The rows become visible with the commit of that
 * transaction. They are sent as hexadecimal digits: neither the character set nor the `sql_mode` of the connection can change them.
 * @throws InvalidArgumentError
 */
export async function writeWithin(manager: unknown, own: OwnDatabase, rows: readonly InboxWrite[]): Promise<void> {
  const { type } = dataSourceOf(manager, refused).options;
  if (type !== 'mysql' && type !== 'mariadb') throw refused('it belongs to another database');
  const ask = manager as EntityManager;
  const found = await ask
    .query<{ identity: string }[]>(`SELECT ${identitySql(own.isMariaDb)} AS identity`)
    .catch(() => []);
  if (found[0]?.identity !== own.identity) throw refused('it belongs to another server');
  const columns = Object.keys(inboxColumns).map((name) => `\`${name}\``);
  const json = JSON.stringify(rows.map(inboxElements));
  await ask.query(
    `INSERT INTO ${own.names.qualified('inbox')} (${columns.join(', ')})
      SELECT ${columns.map((column) => `u.${column}`).join(', ')}
        FROM ${jsonRows('CONVERT(UNHEX(?) USING utf8mb4)', inboxColumns, '$', 'place FOR ORDINALITY, ')} ORDER BY u.place`,
    [Buffer.from(json).toString('hex')],
  );
}

function refused(problem: string): InvalidArgumentError {
  return new InvalidArgumentError(
    'entityManager',
    problem,
    'Use a DataSource on the MySQL or MariaDB server of the host, and give the EntityManager of `dataSource.transaction(async (entityManager) => …)`.',
  );
}
