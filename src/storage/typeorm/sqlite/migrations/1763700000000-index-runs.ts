import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Adds indexes for queries of orchestrations, all of them and by status. The indexes are partial, so that they cost nothing for entities:
 * the primary key, which begins with name and key, finds entities.
 */
export class IndexRuns1763700000000 implements MigrationInterface {
  static readonly name = 'IndexRuns1763700000000';

  async up(runner: QueryRunner): Promise<void> {
    const p = runner.connection.options.entityPrefix ?? '';
    await runner.query(`CREATE INDEX ${p}instance_run ON ${p}instance (id) WHERE status IS NOT NULL`);
    await runner.query(`CREATE INDEX ${p}instance_status ON ${p}instance (status, id) WHERE status IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    const p = runner.connection.options.entityPrefix ?? '';
    await runner.query(`DROP INDEX ${p}instance_status`);
    await runner.query(`DROP INDEX ${p}instance_run`);
  }
}
