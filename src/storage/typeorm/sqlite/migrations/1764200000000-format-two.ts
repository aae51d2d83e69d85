import type { MigrationInterface, QueryRunner } from 'typeorm';

/*
 * Format 2, in one transaction. New columns stay empty in old rows, except where their values are known: an orchestration that has ended
 * did so at the last write of its row, and its record names its parent. Ages count active time, which starts at 0 here, so old rows are
 * kept for their whole retention once more.
 */
function changes(p: string): string[] {
  return [
    ...['next_block', 'hub_time', 'active_ms'].map((column) => addNumber(`${p}task_hub`, column)),
    ...['hub_time', 'active_ms'].map((column) => addNumber(`${p}worker`, column)),
    ...['token', 'version', 'names'].map((column) => `ALTER TABLE ${p}worker ADD COLUMN ${column} text`),
    `CREATE INDEX ${p}worker_living ON ${p}worker (kind, incarnation) WHERE alive = 1`,
    addNumber(`${p}dead_letter`, 'active_at'),
    ...instances(p),
    ...tags(p),
    ...namedSignals(p),
    ...receipts(p, ['request_id', 'target']),
    `UPDATE ${p}task_hub SET schema_version = 4, min_reader = 4, format = 2`,
  ];
}

function addNumber(table: string, column: string): string {
  return `ALTER TABLE ${table} ADD COLUMN ${column} integer NOT NULL DEFAULT (0)`;
}

function instances(p: string): string[] {
  return [
    `ALTER TABLE ${p}instance ADD COLUMN ended_at integer`,
    `ALTER TABLE ${p}instance ADD COLUMN ended_active integer`,
    `ALTER TABLE ${p}instance ADD COLUMN parent text`,
    `UPDATE ${p}instance SET ended_at = updated_at, ended_active = 0
      WHERE status IN ('completed', 'failed', 'terminated')`,
    // A record that cannot be read gets no parent: JSON functions would fail on it and end the migration.
    `UPDATE ${p}instance SET parent = state ->> '$.parent.instance'
      WHERE status IS NOT NULL AND json_valid(state) AND state ->> '$.parent.instance' IS NOT NULL`,
    // Orchestrations are found by status. Ended ones also have an index in the order of their ends, for retention.
    `DROP INDEX ${p}instance_run`,
    `CREATE INDEX ${p}instance_ended ON ${p}instance (status, ended_active) WHERE ended_active IS NOT NULL`,
    `CREATE INDEX ${p}instance_parent ON ${p}instance (parent, id) WHERE parent IS NOT NULL`,
  ];
}

function tags(p: string): string[] {
  return [
    `CREATE TABLE ${p}tag (tag text NOT NULL, value text NOT NULL, instance text NOT NULL,
      PRIMARY KEY (tag, value, instance)) WITHOUT ROWID`,
    `CREATE INDEX ${p}tag_instance ON ${p}tag (instance)`,
  ];
}

/**
 * Moves the names of scheduled signals out of `meta`. A `meta` that cannot be read stays as it is. A row id of another type is copied, so
 * that the damage is reported when the entity is loaded.
 */
function namedSignals(p: string): string[] {
  const hasNames = "CASE WHEN json_valid(meta) THEN coalesce(json_type(meta, '$.named') = 'object', 0) ELSE 0 END";
  return [
    `CREATE TABLE ${p}named_signal (entity text NOT NULL, name text NOT NULL, row integer NOT NULL,
      PRIMARY KEY (entity, name)) WITHOUT ROWID`,
    `INSERT INTO ${p}named_signal (entity, name, row)
      SELECT entity.id, named.key, coalesce(named.value, 'null')
      FROM (SELECT id, CASE WHEN ${hasNames} THEN meta ELSE '{}' END AS meta FROM ${p}instance WHERE kind = 'entity') AS entity
        CROSS JOIN json_each(entity.meta, '$.named') AS named
      WHERE true ON CONFLICT DO UPDATE SET row = excluded.row`,
    `UPDATE ${p}instance SET meta = nullif(json_remove(meta, '$.named'), '{}') WHERE kind = 'entity' AND ${hasNames}`,
  ];
}

/** Recreates the table of receipts with this key. Request ids that begin with the time are neighbours in it, whatever their target is. */
function receipts(p: string, key: readonly [string, string]): string[] {
  const columns = key.map((column) => `${column} text NOT NULL`).join(', ');
  return [
    `CREATE TABLE ${p}receipt_new (${columns}, hash text NOT NULL, outcome text, at integer NOT NULL,
      PRIMARY KEY (${key.join(', ')})) WITHOUT ROWID`,
    `INSERT INTO ${p}receipt_new (target, request_id, hash, outcome, at)
      SELECT target, request_id, hash, outcome, 0 FROM ${p}receipt ORDER BY ${key.join(', ')}`,
    // This also drops its index by time.
    `DROP TABLE ${p}receipt`,
    `ALTER TABLE ${p}receipt_new RENAME TO ${p}receipt`,
  ];
}

export class FormatTwo1764200000000 implements MigrationInterface {
  static readonly name = 'FormatTwo1764200000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of changes(runner.connection.options.entityPrefix ?? '')) await runner.query(sql);
  }

  /** Only for tables that were not written since: row ids below zero, and values that only format 2 has, stay in the rows. */
  async down(runner: QueryRunner): Promise<void> {
    const p = runner.connection.options.entityPrefix ?? '';
    const dropColumns = (table: string, columns: string[]) =>
      columns.map((column) => `ALTER TABLE ${p}${table} DROP COLUMN ${column}`);
    for (const sql of [
      ...receipts(p, ['target', 'request_id']),
      `CREATE INDEX ${p}receipt_at ON ${p}receipt (at)`,
      `UPDATE ${p}instance SET meta = json_set(coalesce(meta, '{}'), '$.named',
          json((SELECT json_group_object(name, row) FROM ${p}named_signal WHERE entity = id)))
        WHERE id IN (SELECT entity FROM ${p}named_signal)`,
      `DROP TABLE ${p}named_signal`,
      `DROP TABLE ${p}tag`,
      `DROP INDEX ${p}instance_parent`,
      `DROP INDEX ${p}instance_ended`,
      `CREATE INDEX ${p}instance_run ON ${p}instance (id) WHERE status IS NOT NULL`,
      ...dropColumns('instance', ['parent', 'ended_active', 'ended_at']),
      ...dropColumns('dead_letter', ['active_at']),
      `DROP INDEX ${p}worker_living`,
      ...dropColumns('worker', ['names', 'version', 'token', 'active_ms', 'hub_time']),
      ...dropColumns('task_hub', ['active_ms', 'hub_time', 'next_block']),
      `UPDATE ${p}task_hub SET schema_version = 3, min_reader = 3, format = 1`,
    ])
      await runner.query(sql);
  }
}
