import type { CommitBatch } from '../../../engines/sql/ports/store.js';
import { whyRefused } from '../refused-batch.js';
import { raisedReason } from './sqlite-errors.js';
import type { SqliteHandle } from './sqlite-driver.js';

/** Describes the rows because of which a batch was refused. */
export function missingRows(
  handle: SqliteHandle,
  prefix: string,
  batch: CommitBatch,
  error: unknown,
): Promise<string | undefined> {
  return whyRefused(raisedReason(error), batch, {
    missingRows: (ids) =>
      handle.all(
        `SELECT value AS id FROM json_each(?) WHERE value NOT IN (SELECT id FROM ${prefix}inbox WHERE id = value) LIMIT 5`,
        [JSON.stringify(ids)],
      ),
    versions: (ids) =>
      handle.all(`SELECT id, version FROM ${prefix}instance WHERE id IN (SELECT value FROM json_each(?))`, [
        JSON.stringify(ids),
      ]),
  });
}
