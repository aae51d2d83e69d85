/** The facts that a new connection reads from its server, and the settings that it gets. */
import { StorageError } from '../../../errors/index.js';
import type { Logger } from '../../../ports/log.js';
import type { MysqlClient } from './mysql-client.js';

export interface ServerFacts {
  readonly isMariaDb: boolean;
  /** The database of the connection. `null` if it has none. */
  readonly database: string | null;
  /** Tells one server from every other one. */
  readonly identity: string;
  /** `max_allowed_packet`. */
  readonly packetBytes: number;
}

/** The least packet size. */
const packetBytesMin = 1024 * 1024;

/** Variables of the server. One that this version of the server does not have is absent. */
type Variables = Readonly<Partial<Record<(typeof variableNames)[number], string>>>;

const variableNames = [
  'version',
  'max_allowed_packet',
  'innodb_page_size',
  'innodb_flush_log_at_trx_commit',
  'sync_binlog',
  'log_bin',
  'binlog_format',
  'innodb_autoinc_lock_mode',
] as const;

/** The SQL that tells one server from every other one. */
export function identitySql(isMariaDb: boolean): string {
  const own = isMariaDb ? '@@hostname, @@port, @@datadir, @@server_id' : '@@server_uuid';
  return `CONCAT_WS('/', ${own})`;
}

/** @throws StorageError if the server cannot be used */
export async function readFacts(
  client: MysqlClient,
  describedDatabase: string,
  logger: Logger | undefined,
): Promise<ServerFacts> {
  const { rows } = await client.query<{ Variable_name: string; Value: string }>({
    text: `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${variableNames.map((name) => `'${name}'`).join(', ')})`,
  });
  const variables = Object.fromEntries(rows.map(({ Variable_name, Value }) => [Variable_name, Value])) as Variables;
  const isMariaDb = /mariadb/i.test(variables.version ?? '');
  checkServer(variables, isMariaDb, describedDatabase);
  warn(variables, describedDatabase, logger);
  const own = await client.query<{ identity: string; database: string | null }>({
    text: `SELECT ${identitySql(isMariaDb)} AS identity, DATABASE() AS \`database\``,
  });
  const { identity = '', database = null } = own.rows[0] ?? {};
  return { isMariaDb, database, identity, packetBytes: Number(variables.max_allowed_packet) };
}

function checkServer(variables: Variables, isMariaDb: boolean, database: string): void {
  const { version = '', log_bin: logBin, binlog_format: binlogFormat } = variables;
  const [packetBytes, pageBytes] = [Number(variables.max_allowed_packet), Number(variables.innodb_page_size)];
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (isMariaDb ? major < 10 || (major === 10 && minor < 11) : major < 8)
    throw new StorageError(
      `The server of ${database} is too old: its version is ${version}.`,
      'Use MySQL 8.0 or newer, or MariaDB 10.11 or newer.',
    );
  if (packetBytes < packetBytesMin)
    throw new StorageError(
      `The packets of the server of ${database} are too small: max_allowed_packet is ${packetBytes}.`,
      `Set max_allowed_packet to at least ${packetBytesMin}, better to 64 MiB.`,
    );
  if (pageBytes < 16_384)
    throw new StorageError(
      `The pages of the server of ${database} are too small for its keys: innodb_page_size is ${pageBytes}.`,
      'Use a server with innodb_page_size of at least 16384, which is the default.',
    );
  if (logBin === 'ON' && binlogFormat === 'STATEMENT')
    throw new StorageError(
      `The binary log of the server of ${database} cannot hold the commits of this package: binlog_format is STATEMENT.`,
      'Set binlog_format to ROW or MIXED.',
    );
}

function warn(variables: Variables, database: string, logger?: Logger): void {
  const { innodb_flush_log_at_trx_commit, sync_binlog, log_bin, innodb_autoinc_lock_mode } = variables;
  if (innodb_flush_log_at_trx_commit !== '1')
    logger?.warn(
      { database, innodb_flush_log_at_trx_commit },
      'The server does not sync each commit (innodb_flush_log_at_trx_commit): a crash of it loses acknowledged data. Set it to 1.',
    );
  if (log_bin === 'ON' && sync_binlog !== '1')
    logger?.warn(
      { database, sync_binlog },
      'The server does not sync its binary log (sync_binlog): after a crash, replicas may lack acknowledged data. Set it to 1.',
    );
  if (innodb_autoinc_lock_mode !== '2')
    logger?.debug(
      { database, innodb_autoinc_lock_mode },
      'Workers wait for each other while they insert messages (innodb_autoinc_lock_mode). Set it to 2, with binlog_format = ROW.',
    );
}

/** The time that the server gives one statement, a wait for a lock, and a transaction between two statements. */
export const serverTimes = { statementMs: 7_500, lockMs: 3_000, idleMs: 2_000 };

/** The mode in which procedures are created and statements run, whatever the default of the server is. */
export const sqlMode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION';

/** The settings of a connection. The results of statements rest on them, so nothing is left to the defaults of the server or the user. */
export async function prepareSession(
  client: MysqlClient,
  { isMariaDb }: Pick<ServerFacts, 'isMariaDb'>,
  { statementMs, idleMs = 0 }: { readonly statementMs: number; readonly idleMs?: number },
): Promise<void> {
  const settings = {
    sql_mode: `'${sqlMode}'`,
    time_zone: "'+00:00'",
    autocommit: 1,
    completion_type: "'NO_CHAIN'",
    sql_safe_updates: 0,
    sql_select_limit: '18446744073709551615',
    unique_checks: 1,
    innodb_lock_wait_timeout: serverTimes.lockMs / 1_000,
    lock_wait_timeout: serverTimes.lockMs / 1_000,
    // A connection may rest for as long as its process lives.
    wait_timeout: 31_536_000,
    net_write_timeout: 600,
    ...(isMariaDb
      ? {
          check_constraint_checks: 1,
          max_statement_time: statementMs / 1_000,
          idle_transaction_timeout: idleMs / 1_000,
        }
      : { max_execution_time: statementMs }),
  };
  await client.query({ text: 'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE' });
  const list = Object.entries(settings).map(([name, value]) => `SESSION ${name} = ${value}`);
  await client.query({ text: `SET ${list.join(', ')}` });
}
