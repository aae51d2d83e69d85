import type { MigrationInterface, QueryRunner } from 'typeorm';

/*
 * Texts are compared byte by byte (BINARY, the default of SQLite): 'a', 'A' and 'a ' are three keys. Instants are ms since 1970.
 * AUTOINCREMENT never uses a number twice, not even after its row was deleted.
 */
function tables(p: string): string[] {
  return [
    `CREATE TABLE ${p}task_hub (id integer PRIMARY KEY NOT NULL, schema_version integer NOT NULL,
      min_reader integer NOT NULL, format integer NOT NULL, partition_count integer NOT NULL, names text NOT NULL)`,
    `CREATE TABLE ${p}worker (incarnation integer PRIMARY KEY AUTOINCREMENT NOT NULL, name text NOT NULL,
      seq integer NOT NULL, alive integer NOT NULL, expires_at integer NOT NULL)`,
    `CREATE TABLE ${p}partition (number integer PRIMARY KEY NOT NULL, owner integer NOT NULL, epoch integer NOT NULL,
      crashes integer NOT NULL DEFAULT (0))`,
    `CREATE TABLE ${p}instance (id text PRIMARY KEY NOT NULL, kind text NOT NULL, name text NOT NULL, key text NOT NULL,
      partition integer NOT NULL, version integer NOT NULL, state text, meta text, status text,
      created_at integer NOT NULL, updated_at integer NOT NULL)`,
    `CREATE TABLE ${p}inbox (seq integer PRIMARY KEY AUTOINCREMENT NOT NULL, id integer NOT NULL,
      partition integer NOT NULL, target text NOT NULL, arrival integer, due integer,
      attempts integer NOT NULL DEFAULT (0), body text NOT NULL, CONSTRAINT ${p}inbox_id UNIQUE (id))`,
    `CREATE TABLE ${p}history (instance text NOT NULL, execution text NOT NULL, chunk integer NOT NULL,
      events text NOT NULL, PRIMARY KEY (instance, execution, chunk))`,
    `CREATE TABLE ${p}receipt (target text NOT NULL, request_id text NOT NULL, hash text NOT NULL, outcome text,
      at integer NOT NULL, PRIMARY KEY (target, request_id)) WITHOUT ROWID`,
    `CREATE TABLE ${p}dead_letter (id integer PRIMARY KEY NOT NULL, target text NOT NULL, body text NOT NULL,
      attempts integer NOT NULL, reason text NOT NULL, at integer NOT NULL)`,
  ];
}

/** Three small indexes of the inbox. Each row is in exactly one of them, so a poll never scans rows that wait for later. */
function indexes(p: string): string[] {
  return [
    `CREATE INDEX ${p}inbox_unscheduled ON ${p}inbox (seq) WHERE arrival IS NULL AND due IS NULL`,
    `CREATE INDEX ${p}inbox_scheduled ON ${p}inbox (due) WHERE arrival IS NULL AND due IS NOT NULL`,
    `CREATE INDEX ${p}inbox_adopted ON ${p}inbox (arrival, seq) WHERE arrival IS NOT NULL`,
    `CREATE INDEX ${p}receipt_at ON ${p}receipt (at)`,
  ];
}

export class CreateTables1763600000000 implements MigrationInterface {
  static readonly name = 'CreateTables1763600000000';

  async up(runner: QueryRunner): Promise<void> {
    const p = runner.connection.options.entityPrefix ?? '';
    for (const sql of [...tables(p), ...indexes(p)]) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    const p = runner.connection.options.entityPrefix ?? '';
    for (const table of ['dead_letter', 'receipt', 'history', 'inbox', 'instance', 'partition', 'worker', 'task_hub'])
      await runner.query(`DROP TABLE ${p}${table}`);
  }
}
