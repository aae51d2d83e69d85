import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The view that commits go into was in the file, with its trigger; now each connection that commits has its own (`commit-trigger.ts`).
 * Code that looks for it in the file cannot commit any more, and is refused.
 */
export class CommitByConnection1764100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const p = runner.connection.options.entityPrefix ?? '';
    // Its trigger goes with it. A new database never had one.
    await runner.query(`DROP VIEW IF EXISTS main.${p}batch_commit`);
    await runner.query(`UPDATE ${p}task_hub SET schema_version = 3, min_reader = 3`);
  }

  /** The tables are the same; what code before needs besides stood in the file, and is gone. It stays refused. */
  async down(): Promise<void> {}
}
