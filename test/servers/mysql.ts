/** A MariaDB or MySQL server for tests: the one of `DURABLE_TEST_MYSQL_URL`, or one of this process on the installed programs. */
import { execFileSync, type ExecFileSyncOptions } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { findMysqlPrograms } from './mysql-programs.js';
import { freePort, startOwn, userOf, type Server } from './own-server.js';

/** Tells how to run the tests that need a server. */
export const howToRunMysql =
  'The tests on MySQL and MariaDB cannot run: no server is installed. Run: apt-get install -y mariadb-server (or set DURABLE_TEST_MYSQL_URL)';

/** Whether there is a server to test on. If there is no server, prints how to get one. */
export function hasMysql(): boolean {
  if (process.env['DURABLE_TEST_MYSQL_URL'] !== undefined || findMysqlPrograms() !== undefined) return true;
  console.error(howToRunMysql);
  return false;
}

/** Whether a server can be started whose end a test may cause. */
export function hasMysqlPrograms(): boolean {
  if (findMysqlPrograms() !== undefined) return true;
  console.error(howToRunMysql);
  return false;
}

let shared: Promise<string> | undefined;

/** The URL of the server that all tests of this process share. */
export function mysqlUrl(): Promise<string> {
  const given = process.env['DURABLE_TEST_MYSQL_URL'];
  if (given !== undefined) return Promise.resolve(given);
  shared ??= startMysql().then(({ url }) => url);
  return shared;
}

/** Defaults that the store must not rest on. */
const hostile = [
  '--character-set-server=latin1',
  '--collation-server=latin1_general_ci',
  '--sql-mode=ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES',
  '--default-time-zone=+05:45',
  '--completion-type=CHAIN',
  '--transaction-isolation=REPEATABLE-READ',
];

export interface MysqlServer extends Server {
  /** The process of the server. */
  pid(): number;
}

/** Starts a server of its own. */
export async function startMysql(options: readonly string[] = []): Promise<MysqlServer> {
  const programs = findMysqlPrograms();
  if (programs === undefined) throw new Error(howToRunMysql);
  const user = userOf('mysql');
  const folder = mkdtempSync(join(tmpdir(), 'durable-mysql-'));
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
  const data = `--datadir=${join(folder, 'data')}`;
  const made: ExecFileSyncOptions = { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] };
  if (programs.install === undefined)
    execFileSync(programs.server, ['--no-defaults', '--initialize-insecure', data], made);
  else
    execFileSync(
      programs.install,
      ['--no-defaults', data, '--auth-root-authentication-method=normal', '--skip-test-db'],
      made,
    );
  const init = join(folder, 'init.sql');
  writeFileSync(init, "CREATE USER IF NOT EXISTS tester@'%';\nGRANT ALL ON *.* TO tester@'%' WITH GRANT OPTION;\n");
  const pidFile = join(folder, 'pid');
  const port = await freePort();
  const pid = () => readFileSync(pidFile, 'utf8');
  const server = await startOwn({
    url: `mysql://tester@127.0.0.1:${port}/`,
    folder,
    user,
    command: [programs.server, '--no-defaults', data, `--port=${port}`, `--pid-file=${pidFile}`].concat(
      [`--socket=${join(folder, 'socket')}`, `--init-file=${init}`, '--bind-address=127.0.0.1', '--skip-name-resolve'],
      ['--skip-log-bin', '--max-connections=300', '--innodb-buffer-pool-size=64M', '--innodb-log-file-size=64M'],
      hostile,
      options,
    ),
    kill: 'KILL',
    startedAt: async (url) => {
      await ask(url, 'SELECT 1');
      return pid();
    },
  });
  return { ...server, pid: () => Number(pid()) };
}

/** Runs a statement on a connection of its own. */
export async function ask<Row>(url: string, sql: string): Promise<Row[]> {
  const connection = await connectTo(url);
  try {
    return await query<Row>(connection, sql);
  } finally {
    connection.destroy();
  }
}

/** A connection beside the store, with the settings of the server. Several statements may stand in one text. */
export async function connectTo(url: string): Promise<mysql.Connection> {
  const connection = await mysql.createConnection({ uri: url, multipleStatements: true, connectTimeout: 5_000 });
  connection.on('error', () => {});
  return connection;
}

export async function query<Row>(connection: mysql.Connection, sql: string): Promise<Row[]> {
  const [rows] = await connection.query(sql);
  return rows as Row[];
}

/** A database of its own on the shared server, with a character set that cannot hold every character. */
export async function newDatabase(): Promise<{ url: string; name: string; drop: () => Promise<void> }> {
  const server = await mysqlUrl();
  // Upper case, a blank and a dollar: names are quoted wherever they stand.
  const name = `Test $1 ${randomBytes(6).toString('hex')}`;
  await ask(server, `CREATE DATABASE \`${name}\` CHARACTER SET latin1 COLLATE latin1_german1_ci`);
  const url = new URL(server);
  url.pathname = `/${encodeURIComponent(name)}`;
  return {
    url: url.href,
    name,
    drop: async () => {
      await ask(server, `DROP DATABASE IF EXISTS \`${name}\``);
    },
  };
}
