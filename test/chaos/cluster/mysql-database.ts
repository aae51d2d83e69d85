/** One database on a MySQL or MariaDB server. Each process has a user of its own, by which its connections are known. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import type { MysqlStorage } from '../../../src/index.js';
import { ask, connectTo } from '../../servers/mysql.js';
import { findMysqlPrograms } from '../../servers/mysql-programs.js';
import { noteTable } from '../transactions.js';
import { ClusterDatabase } from './database.js';
import { FoundByStatement } from './wire.js';

export class MysqlDatabase extends ClusterDatabase {
  private readonly pool: mysql.Pool;
  private readonly users: string[] = [];

  private constructor(
    readonly url: string,
    /** The database. */
    readonly name: string,
  ) {
    super();
    this.pool = mysql.createPool({ uri: url, connectionLimit: 3, decimalNumbers: true });
  }

  static async make(serverUrl: string, name: string): Promise<MysqlDatabase> {
    await ask(serverUrl, `CREATE DATABASE ${name}`);
    const database = new MysqlDatabase(new URL(`/${name}`, serverUrl).href, name);
    await database.query(`CREATE TABLE ${noteTable} (value VARCHAR(200) PRIMARY KEY) ENGINE = InnoDB`);
    await database.admit(`${name}_chaos`);
    return database;
  }

  optionFor(application: string, url: string): MysqlStorage {
    const own = new URL(url);
    own.username = application;
    own.password = '';
    return { type: 'mysql', url: own.href };
  }

  async admit(application: string): Promise<void> {
    this.users.push(application);
    await this.query(`CREATE USER ${application}@'%'`);
    await this.query(`GRANT ALL ON ${this.name}.* TO ${application}@'%'`);
  }

  finder(): FoundByStatement {
    return new FoundByStatement('commit_v1', 'join_v1');
  }

  protected async ask<Row>(sql: string): Promise<Row[]> {
    const [rows] = await this.pool.query(sql);
    // Names, keys and ids are bytes for the server.
    return Array.isArray(rows) ? (rows as object[]).map((row) => withTexts(row) as Row) : [];
  }

  protected isAnswer(error: unknown): boolean {
    const { errno, sqlState } = error as { errno?: number; sqlState?: string };
    return sqlState !== undefined && errno !== 1053 && errno !== 1927 && errno !== 1317;
  }

  async lockRow(id: string): Promise<() => Promise<void>> {
    const connection = await connectTo(this.url);
    await connection.query('START TRANSACTION');
    await connection.query('SELECT 1 FROM de_instance WHERE id = ? FOR UPDATE', [id]);
    return async () => connection.destroy();
  }

  async hasTables(): Promise<boolean> {
    const sql = `SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '${this.name}' AND TABLE_NAME = 'de_dead_letter'`;
    return (await this.value(sql)) === 1;
  }

  field(column: string, name: string): string {
    return `JSON_VALUE(${column}, '$.${name}')`;
  }

  async terminate(application: string): Promise<number> {
    const found = await this.query<{ id: number }>(
      `SELECT ID AS id FROM information_schema.PROCESSLIST WHERE USER = '${application}'`,
    );
    // It may have ended by itself.
    for (const { id } of found) await this.query(`KILL ${id}`).catch(() => {});
    return found.length;
  }

  async terminateListeners(): Promise<number> {
    return 0;
  }

  keepIn(folder: string): void {
    const programs = findMysqlPrograms();
    if (programs === undefined) return;
    const { hostname, port, username } = new URL(this.url);
    const client = programs.client.endsWith('mariadb') ? `${programs.client}-dump` : `${programs.client}dump`;
    const file = `--result-file=${join(folder, 'database.sql')}`;
    execFileSync(client, ['-h', hostname, '-P', port, '-u', username, file, this.name], { stdio: 'ignore' });
  }

  async close(): Promise<void> {
    await this.query(`DROP DATABASE IF EXISTS ${this.name}`);
    for (const user of this.users) await this.query(`DROP USER ${user}@'%'`);
    await this.pool.end();
  }
}

function withTexts(row: object): object {
  const fields = Object.entries(row).map(([name, value]) => [name, Buffer.isBuffer(value) ? value.toString() : value]);
  return Object.fromEntries(fields) as object;
}
