import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import pg from 'pg';
import type { Store } from '../src/engines/sql/ports/store.js';
import { sqliteStore } from '../src/storage/typeorm/index.js';
import { mysqlStore } from '../src/storage/typeorm/mysql/mysql-store.js';
import { postgresStore } from '../src/storage/typeorm/postgres/postgres-store.js';
import { startMysql, type MysqlServer } from '../test/servers/mysql.js';
import type { Server } from '../test/servers/own-server.js';
import { startPostgres } from '../test/servers/postgres.js';
import { rowByRowOnPostgres, rowByRowOnSqlite, type RowByRow } from './ceiling/row-by-row.js';
import { inTemporaryFolder } from './temporary.js';

/** New databases of one kind. */
export interface Databases {
  /** A store on an empty database. The name is one of this run. */
  store(name: string): Promise<Store>;
  /** An empty database that stores rows one by one, on the tables of version 0.1. `undefined` if there is no driver for it. */
  readonly rowByRow?: () => Promise<RowByRow | undefined>;
  /** CPU time of the server so far, in µs. `undefined` if there is no server. */
  readonly serverCpuUs?: () => Promise<number>;
}

export const databaseKinds = ['sqlite', 'postgres', 'mysql'] as const;

export type DatabaseKind = (typeof databaseKinds)[number];

/** A schema of its own on a PostgreSQL server. */
export interface OpenSchema {
  readonly url: string;
  readonly schema: string;
  readonly serverCpuUs: () => Promise<number>;
}

/** Runs the work with a new schema on a PostgreSQL server, which is deleted afterwards. */
export function withSchema<T>(work: (database: OpenSchema) => Promise<T>): Promise<T> {
  return onPostgres(({ url, schema, serverCpuUs }) => work({ url, schema: schema('cluster'), serverCpuUs }));
}

/** A PostgreSQL server, on which each name gets a schema of its own. */
interface PostgresDatabases extends Required<Databases> {
  readonly url: string;
  readonly schema: (name: string) => string;
}

/** Runs the work with new databases, which are deleted afterwards. */
export function withDatabases<T>(kind: DatabaseKind, work: (databases: Databases) => Promise<T>): Promise<T> {
  switch (kind) {
    case 'sqlite':
      return inTemporaryFolder((folder) =>
        work({
          store: async (name) => sqliteStore(join(folder, `${name}.db`)),
          rowByRow: async () => rowByRowOnSqlite(join(folder, 'row-by-row.db')),
        }),
      );
    case 'postgres':
      return onPostgres(work);
    case 'mysql':
      return onMysql(work);
  }
}

/** On a server of its own, which syncs. One server serves all works of a run, and each store has a schema of its own. */
async function onPostgres<T>(work: (databases: PostgresDatabases) => Promise<T>): Promise<T> {
  servers.postgres ??= startPostgres();
  const { url } = await servers.postgres;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const schemas: string[] = [];
  const newSchema = (name: string) => {
    const schema = `${name}_${++number}`;
    schemas.push(schema);
    return schema;
  };
  try {
    return await work({
      url,
      schema: newSchema,
      store: async (name) => postgresStore({ type: 'postgres', url, schema: newSchema(name) }),
      rowByRow: () => rowByRowOnPostgres(url, newSchema('row_by_row')),
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

/** The same with a MySQL or MariaDB server, where each store has a database of its own. */
async function onMysql<T>(work: (databases: Databases) => Promise<T>): Promise<T> {
  servers.mysql ??= startMysql(['--innodb-autoinc-lock-mode=2', '--innodb-buffer-pool-size=256M']);
  const server = await servers.mysql;
  const { url } = server;
  const connection = await mysql.createConnection({ uri: url });
  const made: string[] = [];
  try {
    return await work({
      store: async (name) => {
        const database = `${name}_${++number}`;
        made.push(database);
        await connection.query(`CREATE DATABASE \`${database}\``);
        return mysqlStore({ type: 'mysql', url: new URL(`/${database}`, url).href });
      },
      serverCpuUs: async () => cpuUsOf(server.pid()),
    });
  } finally {
    for (const database of made) await connection.query(`DROP DATABASE IF EXISTS \`${database}\``);
    connection.destroy();
  }
}

const servers: { postgres?: Promise<Server>; mysql?: Promise<MysqlServer> } = {};
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
