import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Adds rows for clients of other processes, and a column that says whether the process of a worker has the exclusive lock.
 */
export class Clients1764000000000 implements MigrationInterface {
  static readonly name = 'Clients1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    const p = runner.connection.options.entityPrefix ?? '';
    for (const sql of [
      `ALTER TABLE ${p}worker ADD COLUMN kind text NOT NULL DEFAULT ('worker')`,
      // Every earlier worker had the exclusive lock: without it no worker could start.
      `ALTER TABLE ${p}worker ADD COLUMN holds integer NOT NULL DEFAULT (0)`,
      `UPDATE ${p}worker SET holds = 1`,
      `UPDATE ${p}task_hub SET schema_version = 2, min_reader = 2`,
    ])
      await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    const p = runner.connection.options.entityPrefix ?? '';
    for (const sql of [
      `ALTER TABLE ${p}worker DROP COLUMN holds`,
      `ALTER TABLE ${p}worker DROP COLUMN kind`,
      `UPDATE ${p}task_hub SET schema_version = 1, min_reader = 1`,
    ])
      await runner.query(sql);
  }
}
