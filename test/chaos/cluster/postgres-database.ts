/** One schema on a PostgreSQL server: the task hub of a story, and a table of an application. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import pg from 'pg';
import type { PostgresStorage } from '../../../src/index.js';
import { findPrograms } from '../../servers/postgres-programs.js';
import type { Server } from '../../servers/own-server.js';
import { pause } from '../pause.js';
import { StoryStorage } from '../storage.js';
import { noteTable } from '../transactions.js';

/** The type `bigint`: counts and numbers of rows are small enough for numbers of JavaScript. */
const types = new pg.TypeOverrides();
types.setTypeParser(20, Number);
/** A server that restarts answers soon. */
const attempts = 400;

export class ClusterDatabase extends StoryStorage {
  private readonly pool: pg.Pool;

  private constructor(
    readonly server: Pick<Server, 'url'>,
    readonly schema: string,
  ) {
    super();
    this.pool = new pg.Pool({ connectionString: server.url, max: 3, types, options: `-c search_path=${schema}` });
    this.pool.on('error', () => {});
  }

  static async make(server: Pick<Server, 'url'>, schema: string): Promise<ClusterDatabase> {
    const database = new ClusterDatabase(server, schema);
    await database.query(`CREATE SCHEMA ${schema}`);
    await database.query(`CREATE TABLE ${noteTable} (value text PRIMARY KEY)`);
    return database;
  }

  get option(): PostgresStorage {
    return this.optionFor('chaos', this.server.url);
  }

  optionFor(applicationName: string, url: string): PostgresStorage {
    return { type: 'postgres', url, schema: this.schema, applicationName };
  }

  /** Asked again while the server cannot be reached: a harm of the story may have reached this connection too. */
  async query<Row>(sql: string): Promise<Row[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return (await this.pool.query(sql)).rows as Row[];
      } catch (error) {
        const { code = '' } = error as { code?: string };
        const isAnswer = /^[0-9A-Z]{5}$/.test(code) && !code.startsWith('57P') && !code.startsWith('08');
        if (isAnswer || attempt === attempts) throw error;
        await pause(50);
      }
    }
  }

  /** Runs the work on a connection of its own. */
  async use<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    try {
      return await work(client);
    } finally {
      client.release();
    }
  }

  async hasTables(): Promise<boolean> {
    return (await this.value(`SELECT to_regclass('${this.schema}.de_dead_letter') IS NOT NULL`)) === true;
  }

  field(column: string, name: string): string {
    return `(${column}::json ->> '${name}')`;
  }

  /** The server checks its own files. */
  async damage(): Promise<undefined> {
    return undefined;
  }

  /** Ends connections of this story, and returns how many. */
  async terminate(condition: string): Promise<number> {
    const sql =
      'SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() ' +
      `AND pid <> pg_backend_pid() AND ${condition}`;
    return (await this.value(sql)) as number;
  }

  /** Writes all rows into a file, for whoever looks for the cause of a problem. */
  keepIn(folder: string): void {
    const programs = findPrograms();
    if (programs === undefined) return;
    const file = join(folder, 'database.sql');
    execFileSync(join(programs, 'pg_dump'), ['-n', this.schema, '-f', file, this.server.url], { stdio: 'ignore' });
  }

  async close(): Promise<void> {
    await this.query(`DROP SCHEMA IF EXISTS ${this.schema} CASCADE`);
    await this.pool.end();
  }
}
