/** One schema on a PostgreSQL server. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import pg from 'pg';
import type { PostgresStorage } from '../../../src/index.js';
import { findPrograms } from '../../servers/postgres-programs.js';
import { noteTable } from '../transactions.js';
import { ClusterDatabase } from './database.js';
import { FoundByText } from './wire.js';

/** The type `bigint`: counts and numbers of rows are small enough for numbers of JavaScript. */
const types = new pg.TypeOverrides();
types.setTypeParser(20, Number);

export class PostgresDatabase extends ClusterDatabase {
  private readonly pool: pg.Pool;

  private constructor(
    readonly url: string,
    /** The schema. */
    readonly name: string,
  ) {
    super();
    this.pool = new pg.Pool({ connectionString: url, max: 3, types, options: `-c search_path=${name}` });
    this.pool.on('error', () => {});
  }

  static async make(url: string, name: string): Promise<PostgresDatabase> {
    const database = new PostgresDatabase(url, name);
    await database.query(`CREATE SCHEMA ${name}`);
    await database.query(`CREATE TABLE ${noteTable} (value text PRIMARY KEY)`);
    return database;
  }

  optionFor(applicationName: string, url: string): PostgresStorage {
    return { type: 'postgres', url, schema: this.name, applicationName };
  }

  async admit(): Promise<void> {}

  /** Names of prepared statements begin with these words: see `prepared` in src/storage/typeorm/postgres/postgres-client.ts. */
  finder(): FoundByText {
    return new FoundByText('commit_', 'SET next_block = next_block + 1 WHERE id = 1 RETURNING names');
  }

  protected async ask<Row>(sql: string): Promise<Row[]> {
    return (await this.pool.query(sql)).rows as Row[];
  }

  protected isAnswer(error: unknown): boolean {
    const { code = '' } = error as { code?: string };
    return /^[0-9A-Z]{5}$/.test(code) && !code.startsWith('57P') && !code.startsWith('08');
  }

  async lockRow(id: string): Promise<() => Promise<void>> {
    const client = await this.pool.connect();
    await client.query('BEGIN');
    await client.query('SELECT 1 FROM de_instance WHERE id = $1 FOR UPDATE', [id]);
    let unlocking: Promise<void> | undefined;
    return () => (unlocking ??= client.query('ROLLBACK').then(() => client.release()));
  }

  async hasTables(): Promise<boolean> {
    return (await this.value(`SELECT to_regclass('${this.name}.de_dead_letter') IS NOT NULL`)) === true;
  }

  field(column: string, name: string): string {
    return `(${column}::json ->> '${name}')`;
  }

  terminate(application: string): Promise<number> {
    return this.end(`application_name = '${application}'`);
  }

  terminateListeners(): Promise<number> {
    return this.end(`application_name LIKE '${this.name}\\_%' AND query ~ '^(LISTEN|NOTIFY) '`);
  }

  private async end(condition: string): Promise<number> {
    const sql =
      'SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() ' +
      `AND pid <> pg_backend_pid() AND ${condition}`;
    return (await this.value(sql)) as number;
  }

  keepIn(folder: string): void {
    const programs = findPrograms();
    if (programs === undefined) return;
    const file = join(folder, 'database.sql');
    execFileSync(join(programs, 'pg_dump'), ['-n', this.name, '-f', file, this.url], { stdio: 'ignore' });
  }

  async close(): Promise<void> {
    await this.query(`DROP SCHEMA IF EXISTS ${this.name} CASCADE`);
    await this.pool.end();
  }
}
