import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * For queries of orchestrations, all of them and by status. Partial, so that entities pay nothing for them: those are found by name
 * and key through the primary key, which begins with both.
 */
export class IndexRuns1763700000000 implements MigrationInterface {
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
