import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds the column for the history of orchestrations that begin and end in one batch: see `first-chunks.ts`. No row is rewritten. */
export class FirstChunks1764600000000 implements MigrationInterface {
  static readonly name = 'FirstChunks1764600000000';

  async up(runner: QueryRunner): Promise<void> {
    const p = runner.connection.options.entityPrefix ?? '';
    await runner.query(`ALTER TABLE ${p}instance ADD COLUMN first_chunk text`);
    await runner.query(`UPDATE ${p}task_hub SET schema_version = 5, min_reader = 5`);
  }

  /** Moves the chunks into the table of version 4. */
  async down(runner: QueryRunner): Promise<void> {
    const p = runner.connection.options.entityPrefix ?? '';
    const execution = 'substr(first_chunk, 1, instr(first_chunk, char(10)) - 1)';
    const events = 'substr(first_chunk, instr(first_chunk, char(10)) + 1)';
    await runner.query(`INSERT INTO ${p}history (instance, execution, chunk, events)
      SELECT id, ${execution}, 0, ${events} FROM ${p}instance WHERE first_chunk IS NOT NULL`);
    await runner.query(`ALTER TABLE ${p}instance DROP COLUMN first_chunk`);
    await runner.query(`UPDATE ${p}task_hub SET schema_version = 4, min_reader = 4`);
  }
}
