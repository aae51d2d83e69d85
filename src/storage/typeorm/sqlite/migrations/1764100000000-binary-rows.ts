import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createCommitTrigger, createCommitView } from '../commit-trigger.js';

/** A commit takes its rows apart as binary JSON, and a changed instance comes without what follows from its id. Code that knows only the view before cannot commit any more. */
export class BinaryRows1764100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const p = runner.connection.options.entityPrefix ?? '';
    for (const sql of [
      // Its trigger goes with it.
      `DROP VIEW ${p}batch_commit`,
      createCommitView(p),
      createCommitTrigger(p),
      `UPDATE ${p}task_hub SET schema_version = 3, min_reader = 3`,
    ])
      await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    const p = runner.connection.options.entityPrefix ?? '';
    for (const sql of [
      `DROP VIEW ${p}batch_commit`,
      createCommitView(p),
      `UPDATE ${p}task_hub SET schema_version = 2, min_reader = 2`,
    ])
      await runner.query(sql);
  }
}
