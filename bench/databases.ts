import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { Store } from '../src/engines/sql/ports/store.js';
import { sqliteStore } from '../src/storage/typeorm/index.js';
import { postgresStore } from '../src/storage/typeorm/postgres/postgres-store.js';
import { startPostgres } from '../test/servers/postgres.js';
import { inTemporaryFolder } from './temporary.js';

/** New databases of one kind. */
export interface Databases {
  /** A store on an empty database. The name is one of this run. */
  store(name: string): Store;
  /** CPU time of the server so far, in µs. `undefined` if there is no server. */
  readonly serverCpuUs?: () => Promise<number>;
}

export type DatabaseKind = 'sqlite' | 'postgres';

/** Runs the work with new databases, which are deleted afterwards. */
export function withDatabases<T>(kind: DatabaseKind, work: (databases: Databases) => Promise<T>): Promise<T> {
  return kind === 'sqlite'
    ? inTemporaryFolder((folder) => work({ store: (name) => sqliteStore(join(folder, `${name}.db`)) }))
    : onServer(work);
}

/** On a server of its own, which syncs. One server serves all works of a run, and each store has a schema of its own. */
async function onServer<T>(work: (databases: Databases) => Promise<T>): Promise<T> {
  server ??= startPostgres();
  const { url } = await server;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const schemas: string[] = [];
  try {
    return await work({
      store: (name) => {
        const schema = `${name}_${++number}`;
        schemas.push(schema);
        return postgresStore({ type: 'postgres', url, schema });
      },
      serverCpuUs: async () => {
        const { rows } = await client.query<{ pid: number }>('SELECT pid FROM pg_stat_activity');
        return rows.reduce((sum, { pid }) => sum + cpuUsOf(pid), 0);
      },
    });
  } finally {
    for (const schema of schemas) await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    await client.end();
  }
}

let server: ReturnType<typeof startPostgres> | undefined;
let number = 0;

/** Linux counts 100 ticks a second. 0 if the process has ended. */
function cpuUsOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * 10_000;
  } catch {
    return 0;
  }
}
