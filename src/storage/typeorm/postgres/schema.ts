/** Looks at the tables of a database, and creates or migrates them. */
import { StorageError } from '../../../errors/index.js';
import { quoted } from '../../../errors/text.js';
import { schemaVersion } from '../task-hub.js';
import { commitSignature } from './commit-function.js';
import { expirySignature } from './expiry-function.js';
import { migrations } from './migrations/index.js';
import { quotedText, type Names } from './names.js';
import type { PostgresLink, PostgresSession } from './postgres-link.js';
import { inTransaction } from './postgres-pool.js';

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

/** Creates or migrates the tables if that is necessary. Only one process does it at a time. */
export async function prepareSchema(link: PostgresLink, names: Names, database: string): Promise<void> {
  try {
    if (await isComplete(link, names, database)) return;
    // Load TypeORM before the lock is taken: loading takes long, and other processes wait for the lock.
    const { migrate } = await import('./migrator.js');
    await inTransaction(link, 'ISOLATION LEVEL READ COMMITTED', async (session) => {
      await lockMigrations(session, names);
      if (await isComplete(session, names, database)) return;
      await createSchema(session, names);
      await migrate(session.client, names);
    });
  } catch (error) {
    if (!lacksRight(error)) throw error;
    const { migrationScript } = await import('./migrator.js');
    const { rows } = await link.query<{ user: string }>({ text: 'SELECT current_user AS user' });
    const sql = await migrationScript(names, rows[0]?.user ?? 'PUBLIC');
    throw new StorageRightsError(`schema ${quoted(names.schema)} of ${database}`, sql, error);
  }
  if (!(await isComplete(link, names, database)))
    throw new StorageError(
      `The functions in schema ${quoted(names.schema)} of ${database} are missing, although its migrations have run.`,
      `Restore a backup, or create them again: ${commitSignature(names)}, ${expirySignature(names)}.`,
    );
}

/** Waits for a process that migrates now. The lock ends with the transaction, so it works behind a pooler, and a dead process holds nothing. */
async function lockMigrations(session: PostgresSession, { schema, prefix }: Names): Promise<void> {
  // A migration of large tables takes long. A lock is waited for in pieces: the start tries again, as long as `startTimeout` says.
  await session.query({ text: 'SET LOCAL statement_timeout = 0' });
  await session.query({ text: 'SET LOCAL idle_in_transaction_session_timeout = 0' });
  await session.query({ text: "SET LOCAL lock_timeout = '5s'" });
  const key = JSON.stringify(['durable-entities', schema, prefix]);
  await session.query({ text: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))' }, [key]);
  await session.query({ text: 'SET LOCAL lock_timeout = 0' });
}

async function createSchema(session: PostgresSession, { schema, quotedSchema }: Names): Promise<void> {
  const { rows } = await session.query({ text: 'SELECT 1 FROM pg_namespace WHERE nspname = $1' }, [schema]);
  if (rows.length === 0) await session.query({ text: `CREATE SCHEMA ${quotedSchema}` });
}

/** Tells whether all tables and functions of this version are there, without writing. */
async function isComplete(link: Pick<PostgresLink, 'query'>, names: Names, database: string): Promise<boolean> {
  const { qualified: q } = names;
  const { rows } = await link.query<{ hub: boolean; migrations: boolean; functions: boolean }>({
    text: `SELECT to_regclass(${quotedText(q('task_hub'))}) IS NOT NULL AS hub,
      to_regclass(${quotedText(q('migrations'))}) IS NOT NULL AS migrations,
      to_regprocedure(${quotedText(commitSignature(names))}) IS NOT NULL
        AND to_regprocedure(${quotedText(expirySignature(names))}) IS NOT NULL AS functions`,
  });
  const [there] = rows;
  if (there === undefined || !there.hub || !there.migrations) return false;
  await checkReader(link, names, database);
  const run = await link.query<{ name: string }>({ text: `SELECT name FROM ${q('migrations')}` });
  const known = new Set(run.rows.map(({ name }) => name));
  return there.functions && migrations.every(({ name }) => known.has(name));
}

/** @throws StorageError if the tables need newer code */
async function checkReader(link: Pick<PostgresLink, 'query'>, { qualified: q }: Names, database: string) {
  const { rows } = await link.query<{ version: number; minReader: number }>({
    text: `SELECT schema_version AS version, min_reader AS "minReader" FROM ${q('task_hub')} WHERE id = 1`,
  });
  const [hub] = rows;
  if (hub === undefined || hub.minReader <= schemaVersion) return;
  throw new StorageError(
    `The tables in ${database} have version ${hub.version} and need code that knows version ${hub.minReader}, but this code knows ${schemaVersion}.`,
    'A newer version of this package created or migrated the tables. Update the package.',
    undefined,
    'DE_STORAGE_NEWER',
  );
}

function lacksRight(error: unknown): boolean {
  return (error as { code?: unknown }).code === '42501';
}
