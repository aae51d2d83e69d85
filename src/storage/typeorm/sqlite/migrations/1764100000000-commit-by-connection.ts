import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Removes the view for commits and its trigger from the file. Each writing connection has its own view now (`commit-trigger.ts`). Older code
 * needs the view in the file, so it is refused.
 */
export class CommitByConnection1764100000000 implements MigrationInterface {
  static readonly name = 'CommitByConnection1764100000000';

  async up(runner: QueryRunner): Promise<void> {
    const p = runner.connection.options.entityPrefix ?? '';
    // This also drops its trigger. A new database has no such view.
    await runner.query(`DROP VIEW IF EXISTS main.${p}batch_commit`);
    await runner.query(`UPDATE ${p}task_hub SET schema_version = 3, min_reader = 3`);
  }

  /** Changes nothing: the tables are the same, but older code needs the dropped view, and stays refused. */
  async down(): Promise<void> {}
}
