/** Examination of a MySQL or MariaDB database, on a connection of its own that reads only. */
import { findUnreadable, type ExaminedWorker, type Examination } from '../examination.js';
import { defaultTablePrefix } from '../table-prefix.js';
import { formatVersion, schemaVersion } from '../task-hub.js';
import type { MysqlStorage } from '../../../model/mysql-storage.js';
import type { SqlValue } from '../dialect.js';
import { haveRun } from '../server/tables-of-server.js';
import { numbered } from '../server/numbered.js';
import { migrations } from './migrations/index.js';
import { MysqlClient } from './mysql-client.js';
import { checkDatabaseName } from './mysql-dialect.js';
import { connectionConfig, defaultConnectTimeoutMs, describeDatabase, loadMysql2 } from './mysql-driver.js';
import { mysqlError } from './mysql-errors.js';
import { makeNames, type Names } from './names.js';

/** A transaction counts as long from this time on, in seconds. */
const longSeconds = 10;

/** @param onRows gets the number of rows that were read so far @throws StorageError if the server cannot be reached */
export async function examineMysql(
  storage: MysqlStorage,
  onRows: (looked: number) => void = () => {},
): Promise<Examination> {
  const mysql2 = await loadMysql2();
  const database = describeDatabase(storage);
  const client = new MysqlClient({
    open: async () => mysql2.createConnection(await connectionConfig(storage)),
    connectTimeoutMs: storage.connectTimeout ?? defaultConnectTimeoutMs,
  });
  const all = async <Row>(text: string, values: readonly SqlValue[] = []): Promise<Row[]> =>
    (await client.query<Row>({ text: numbered(text) }, values)).rows;
  try {
    await client.connect();
    await client.query({ text: 'SET SESSION TRANSACTION READ ONLY' });
    const [at] = await all<{ name: string | null }>('SELECT DATABASE() AS name');
    const names = makeNames(checkDatabaseName(at?.name ?? null), defaultTablePrefix);
    const sizes = await sizesOf(all, names);
    const standing = await standingOf(client, all, names, sizes.length > 0);
    const isCurrent = standing.tables === 'current';
    const prefix = `${names.quotedDatabase}.${names.prefix}`;
    const found = isCurrent ? await findUnreadable(all, prefix, onRows) : { unreadable: [], looked: 0 };
    return {
      kind: 'mysql',
      database,
      sizes,
      ...standing,
      damage: [],
      isOwned: undefined,
      isWriteLocked: false,
      transactions: await transactionsOf(all),
      workers: isCurrent ? await workersOf(all, names) : [],
      deadLetters: isCurrent ? await countLetters(all, names) : 0,
      ...found,
    };
  } catch (error) {
    throw mysqlError(`examining ${database}`, error);
  } finally {
    client.destroy();
  }
}

type All = <Row>(text: string, values?: readonly SqlValue[]) => Promise<Row[]>;

/** Empty if the database has no task hub. */
function sizesOf(all: All, { database, prefix }: Names): Promise<{ name: string; bytes: number }[]> {
  return all(
    `SELECT TABLE_NAME AS name, DATA_LENGTH + INDEX_LENGTH AS bytes FROM information_schema.TABLES
      WHERE TABLE_SCHEMA = ? AND TABLE_NAME LIKE ? AND EXISTS
        (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?)
      ORDER BY TABLE_NAME`,
    [database, `${prefix.replaceAll('_', '\\_')}%`, database, `${prefix}task_hub`],
  );
}

async function standingOf(
  client: MysqlClient,
  all: All,
  { qualified: q }: Names,
  isThere: boolean,
): Promise<Pick<Examination, 'tables' | 'schema' | 'format'>> {
  const [hub] = isThere
    ? await all<{ version: number; least: number; format: number }>(
        `SELECT schema_version AS version, min_reader AS least, format FROM ${q('task_hub')} WHERE id = 1`,
      )
    : [];
  if (hub === undefined) return { tables: 'none', schema: undefined, format: undefined };
  const facts = { schema: hub.version, format: hub.format };
  if (hub.least > schemaVersion) return { tables: 'newer', ...facts };
  const isCurrent = (await haveRun(client, q('migrations'), migrations)) && hub.format === formatVersion;
  return { tables: isCurrent ? 'current' : 'old', ...facts };
}

/** Without the right PROCESS, a server shows the transactions of this user only, or refuses: then none are known. */
async function transactionsOf(all: All): Promise<Examination['transactions']> {
  const rows = await all<{ id: number; user: string | null; seconds: number; state: string }>(
    `SELECT t.trx_mysql_thread_id AS id, p.USER AS user, TIMESTAMPDIFF(SECOND, t.trx_started, NOW()) AS seconds,
        t.trx_state AS state
      FROM information_schema.INNODB_TRX t LEFT JOIN information_schema.PROCESSLIST p ON p.ID = t.trx_mysql_thread_id
      WHERE t.trx_mysql_thread_id <> CONNECTION_ID() AND t.trx_started < NOW() - INTERVAL ${longSeconds} SECOND
      ORDER BY t.trx_started LIMIT 20`,
  ).catch(() => []);
  return rows.map(({ id, user, seconds, state }) => ({
    who: `${user ?? '?'} (${id})`,
    ms: seconds * 1_000,
    doing: state,
  }));
}

async function workersOf(all: All, { qualified: q }: Names): Promise<readonly ExaminedWorker[]> {
  return all(
    `SELECT kind, name, version, seq, expires_at - CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) AS leaseLeftMs
      FROM ${q('worker')} WHERE alive = 1 ORDER BY incarnation LIMIT 1000`,
  );
}

async function countLetters(all: All, { qualified: q }: Names): Promise<number> {
  const [row] = await all<{ count: number }>(`SELECT count(*) AS count FROM ${q('dead_letter')}`);
  return row?.count ?? 0;
}
