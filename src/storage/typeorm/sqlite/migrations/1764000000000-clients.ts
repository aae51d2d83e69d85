import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createCommitTrigger, createCommitView } from '../commit-trigger.js';

/**
 * Clients of other processes have rows beside the workers', and a worker's row says whether its process has the owner file. Code
 * that knows only the tables before cannot commit any more.
 */
export class Clients1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const p = runner.connection.options.entityPrefix ?? '';
    for (const sql of [
      // Its trigger goes with it.
      `DROP VIEW ${p}batch_commit`,
      `ALTER TABLE ${p}worker ADD COLUMN kind text NOT NULL DEFAULT ('worker')`,
      // Who worked on these tables before had the owner file: nobody else could.
      `ALTER TABLE ${p}worker ADD COLUMN holds integer NOT NULL DEFAULT (0)`,
      `UPDATE ${p}worker SET holds = 1`,
      createCommitView(p),
      createCommitTrigger(p),
      `UPDATE ${p}task_hub SET schema_version = 2, min_reader = 2`,
    ])
      await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    const p = runner.connection.options.entityPrefix ?? '';
    for (const sql of [
      `DROP VIEW ${p}batch_commit`,
      `ALTER TABLE ${p}worker DROP COLUMN holds`,
      `ALTER TABLE ${p}worker DROP COLUMN kind`,
      createCommitView(p),
      `UPDATE ${p}task_hub SET schema_version = 1, min_reader = 1`,
    ])
      await runner.query(sql);
  }
}
