/** Checks of the tables on a database server. */
import { StorageError } from '../../../errors/index.js';
import { schemaVersion } from '../task-hub.js';
import type { Answer, Statement } from './server-client.js';

/** This user may not create what is missing. `sql` creates it, run by a user who may. */
export class StorageRightsError extends StorageError {
  constructor(
    database: string,
    readonly sql: string,
    cause: unknown,
  ) {
    super(
      `The tables and functions in ${database} are missing or old, and this user may not create them.`,
      `Let a user with the right to create them run the SQL of the property "sql" of this error:\n${sql}`,
      cause,
      'DE_STORAGE_RIGHTS',
    );
  }
}

/** A connection, or a link that makes one. */
export interface Asks {
  query<Row>(statement: Statement): Promise<Answer<Row>>;
}

/** @throws StorageError if the tables need newer code */
export async function checkReader(asks: Asks, table: (name: string) => string, database: string): Promise<void> {
  const { rows } = await asks.query<{ version: number; least: number }>({
    text: `SELECT schema_version AS version, min_reader AS least FROM ${table('task_hub')} WHERE id = 1`,
  });
  const [hub] = rows;
  if (hub === undefined || hub.least <= schemaVersion) return;
  throw new StorageError(
    `The tables in ${database} have version ${hub.version} and need code that knows version ${hub.least}, but this code knows ${schemaVersion}.`,
    'A newer version of this package created or migrated the tables. Update the package.',
    undefined,
    'DE_STORAGE_NEWER',
  );
}

/** Whether the table of migrations has all of these. */
export async function haveRun(asks: Asks, table: string, migrations: readonly { readonly name: string }[]) {
  const { rows } = await asks.query<{ name: string }>({ text: `SELECT name FROM ${table}` });
  const known = new Set(rows.map(({ name }) => name));
  return migrations.every(({ name }) => known.has(name));
}
