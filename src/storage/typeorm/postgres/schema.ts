/** Looks at the tables of a database, and creates or migrates them. */
import { StorageError } from '../../../errors/index.js';
import { quoted } from '../../../errors/text.js';
import { inTransaction } from '../server/server-pool.js';
import { checkReader, haveRun, StorageRightsError, type Asks } from '../server/tables-of-server.js';
import { commitSignature } from './commit-function.js';
import { expirySignature } from './expiry-function.js';
import { migrations } from './migrations/index.js';
import { refuseBesideOldWorkers } from './old-workers.js';
import { quotedText, type Names } from './names.js';
import type { PostgresLink, PostgresSession } from './postgres-client.js';

/** Creates or migrates the tables if that is necessary. Only one process does it at a time. */
export async function prepareSchema(link: PostgresLink, names: Names, database: string): Promise<void> {
  try {
    if (await isComplete(link, names, database)) return;
    // Load TypeORM before the lock is taken: loading takes long, and other processes wait for the lock.
    const { migrate } = await import('./migrator.js');
    await inTransaction(link, 'BEGIN ISOLATION LEVEL READ COMMITTED', async (session) => {
      await lockMigrations(session, names);
      if (await isComplete(session, names, database)) return;
      await refuseBesideOldWorkers(session, names, { database, pending: await pendingMigrations(session, names) });
      await createSchema(session, names);
      await migrate(session.client.raw, names);
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
async function isComplete(asks: Asks, names: Names, database: string): Promise<boolean> {
  const { qualified: q } = names;
  const { rows } = await asks.query<{ hub: boolean; migrations: boolean; functions: boolean }>({
    text: `SELECT to_regclass(${quotedText(q('task_hub'))}) IS NOT NULL AS hub,
      to_regclass(${quotedText(q('migrations'))}) IS NOT NULL AS migrations,
      to_regprocedure(${quotedText(commitSignature(names))}) IS NOT NULL
        AND to_regprocedure(${quotedText(expirySignature(names))}) IS NOT NULL AS functions`,
  });
  const [there] = rows;
  if (there === undefined || !there.hub || !there.migrations) return false;
  await checkReader(asks, q, database);
  return there.functions && (await haveRun(asks, q('migrations'), migrations));
}

/** The migrations that have not run. */
async function pendingMigrations(asks: Asks, { qualified: q }: Names) {
  const { rows: there } = await asks.query({
    text: `SELECT 1 WHERE to_regclass(${quotedText(q('migrations'))}) IS NOT NULL`,
  });
  if (there.length === 0) return migrations;
  const { rows } = await asks.query<{ name: string }>({ text: `SELECT name FROM ${q('migrations')}` });
  const known = new Set(rows.map(({ name }) => name));
  return migrations.filter(({ name }) => !known.has(name));
}

function lacksRight(error: unknown): boolean {
  return (error as { code?: unknown }).code === '42501';
}
