import type { SqlSession, SqlValue } from '../dialect.js';
import { numbered } from '../server/numbered.js';
import type { Names } from './names.js';
import type { PostgresSession } from './postgres-client.js';

/** SqlSession for PostgreSQL, where placeholders have numbers. */
export class PostgresSqlSession implements SqlSession {
  /** With the schema. Both parts are checked or quoted, so they may be part of SQL. */
  readonly prefix: string;

  constructor(
    private readonly session: PostgresSession,
    names: Names,
  ) {
    this.prefix = `${names.quotedSchema}.${names.prefix}`;
  }

  quoted(column: string): string {
    return `"${column}"`;
  }

  async all<Row>(sql: string, values?: readonly SqlValue[]): Promise<Row[]> {
    return (await this.session.query<Row>({ text: numbered(sql) }, values)).rows;
  }

  async run(sql: string, values?: readonly SqlValue[]): Promise<number> {
    return (await this.session.query({ text: numbered(sql) }, values)).rowCount ?? 0;
  }

  insertMissing(sql: string, values?: readonly SqlValue[]): Promise<number> {
    return this.run(`${sql} ON CONFLICT DO NOTHING`, values);
  }

  async insert(sql: string, values: readonly SqlValue[], generated: string): Promise<number> {
    const [row] = await this.all<{ generated: number }>(`${sql} RETURNING ${generated} AS generated`, values);
    return (row as { generated: number }).generated;
  }
}
