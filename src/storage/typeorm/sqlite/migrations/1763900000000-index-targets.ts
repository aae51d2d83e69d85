import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds the target to the index of adopted rows, because the worker reads long queues by target, in the order of arrival. */
export class IndexTargets1763900000000 implements MigrationInterface {
  static readonly name = 'IndexTargets1763900000000';

  async up(runner: QueryRunner): Promise<void> {
    const p = runner.connection.options.entityPrefix ?? '';
    await runner.query(`DROP INDEX ${p}inbox_adopted`);
    await runner.query(`CREATE INDEX ${p}inbox_adopted ON ${p}inbox (arrival, seq, target) WHERE arrival IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    const p = runner.connection.options.entityPrefix ?? '';
    await runner.query(`DROP INDEX ${p}inbox_adopted`);
    await runner.query(`CREATE INDEX ${p}inbox_adopted ON ${p}inbox (arrival, seq) WHERE arrival IS NOT NULL`);
  }
}
