import type { SqlSession, SqlValue } from '../dialect.js';
import { numbered } from '../server/numbered.js';
import type { MysqlAnswer, MysqlSession } from './mysql-client.js';
import type { Names } from './names.js';

/** SqlSession for MySQL and MariaDB. */
export class MysqlSqlSession implements SqlSession {
  /** With the database. Both parts are checked or quoted, so they may be part of SQL. */
  readonly prefix: string;

  constructor(
    private readonly session: MysqlSession,
    names: Names,
  ) {
    this.prefix = `${names.quotedDatabase}.${names.prefix}`;
  }

  quoted(column: string): string {
    return `\`${column}\``;
  }

  async all<Row>(sql: string, values?: readonly SqlValue[]): Promise<Row[]> {
    return (await this.session.query<Row>({ text: numbered(sql) }, values)).rows;
  }

  async run(sql: string, values?: readonly SqlValue[]): Promise<number> {
    return (await this.session.query({ text: numbered(sql) }, values)).rowCount ?? 0;
  }

  /** IGNORE also lets values pass that do not fit: only for values that this package makes. */
  insertMissing(sql: string, values?: readonly SqlValue[]): Promise<number> {
    return this.run(sql.replace(/^INSERT/, 'INSERT IGNORE'), values);
  }

  async insert(sql: string, values: readonly SqlValue[]): Promise<number> {
    const answer = await this.session.query({ text: numbered(sql) }, values);
    return (answer as MysqlAnswer<never>).insertId;
  }
}
