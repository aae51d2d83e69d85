/** Looks at the tables of a database, and creates or migrates them. */
import { createHash } from 'node:crypto';
import { StorageError } from '../../../errors/index.js';
import { StoreBusyError } from '../../../engines/sql/ports/store-errors.js';
import { checkReader, haveRun, StorageRightsError } from '../server/tables-of-server.js';
import { migrations, procedureNames } from './migrations/index.js';
import type { MysqlLink, MysqlSession } from './mysql-client.js';
import { lacksRight } from './mysql-errors.js';
import type { Names } from './names.js';
import { prepareSession, serverTimes, type ServerFacts } from './session-facts.js';

/** The time to wait for another process that migrates. The start tries again, as long as `startTimeout` says. */
const lockSeconds = 5;

/** Creates or migrates the tables if that is necessary. Only one process does it at a time. */
export async function prepareSchema(
  link: MysqlLink,
  names: Names,
  described: string,
  facts: ServerFacts,
): Promise<void> {
  const session = await link.connect();
  try {
    if (await isComplete(session, names, described)) return;
    // Load TypeORM before the lock is taken: loading takes long, and other processes wait for the lock.
    const { migrate } = await import('./migrator.js');
    await locked(session, names, async () => {
      if (await isComplete(session, names, described)) return;
      // A migration of large tables takes long.
      await prepareSession(session.client, facts, { statementMs: 0 });
      await migrate(session.client.raw, names);
      await prepareSession(session.client, facts, serverTimes);
    });
  } catch (error) {
    if (!lacksRight(error)) throw error;
    const { migrationScript } = await import('./migrator.js');
    const { rows } = await session.query<{ user: string }>({ text: 'SELECT CURRENT_USER() AS user' });
    const sql = await migrationScript(names, quotedUser(rows[0]?.user ?? ''));
    throw new StorageRightsError(described, sql, error);
  }
  if (!(await isComplete(session, names, described)))
    throw new StorageError(
      `The procedures in ${described} are missing, or this user may not call them, although their migrations have run.`,
      `Restore a backup, or grant EXECUTE on: ${procedureNames.map((name) => names.qualified(name)).join(', ')}.`,
    );
}

/** Runs the work while this session has the lock of the migrations. The lock ends with the session, so a dead process holds nothing. */
async function locked(session: MysqlSession, { database, prefix }: Names, work: () => Promise<void>): Promise<void> {
  // Names of locks belong to the whole server, and have at most 64 characters.
  const hash = createHash('sha256')
    .update(JSON.stringify([database, prefix]))
    .digest('hex')
    .slice(0, 32);
  const name = `de:migrate:${hash}`;
  const { rows } = await session.query<{ taken: number | null }>({
    text: `SELECT GET_LOCK('${name}', ${lockSeconds}) AS taken`,
  });
  if (rows[0]?.taken !== 1) throw new StoreBusyError('Another process creates or migrates the tables.');
  try {
    await work();
  } finally {
    await session.query({ text: `DO RELEASE_LOCK('${name}')` }).catch(() => session.drop());
  }
}

/** Tells whether all tables and procedures of this version are there, without writing. */
async function isComplete(session: MysqlSession, names: Names, described: string): Promise<boolean> {
  const { database, prefix, qualified: q } = names;
  const tables = await session.query<{ name: string }>(
    {
      text: `SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = $1 AND TABLE_NAME IN ($2, $3)`,
    },
    [database, `${prefix}task_hub`, `${prefix}migrations`],
  );
  if (tables.rows.length < 2) return false;
  await checkReader(session, q, described);
  const procedures = await session.query<{ name: string }>(
    {
      text: `SELECT ROUTINE_NAME AS name FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = $1 AND ROUTINE_TYPE = 'PROCEDURE'`,
    },
    [database],
  );
  const there = new Set(procedures.rows.map(({ name }) => name));
  if (!(await haveRun(session, q('migrations'), migrations))) return false;
  return procedureNames.every((name) => there.has(prefix + name));
}

/** `shop@%` as an account in SQL. The name may contain `@`, the host may not. */
function quotedUser(user: string): string {
  const at = user.lastIndexOf('@');
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
  return `${quoted(user.slice(0, at))}@${quoted(user.slice(at + 1))}`;
}
