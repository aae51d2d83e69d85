import { quoted } from '../../../errors/text.js';
import type { CommitBatch } from '../../../engines/sql/ports/store.js';
import { raisedReason } from './sqlite-errors.js';
import type { SqliteHandle } from './sqlite-driver.js';

/** Describes the rows because of which a batch was refused. The batch changed nothing, so a read still finds the cause. */
export async function missingRows(
  handle: SqliteHandle,
  prefix: string,
  batch: CommitBatch,
  error: unknown,
): Promise<string | undefined> {
  switch (raisedReason(error)) {
    case 'consumed':
      return missingInboxRows(handle, prefix, batch.consumed, 'consumes');
    case 'adopted': {
      const ids = batch.adopted.map(([id]) => id);
      return missingInboxRows(handle, prefix, ids, 'adopts');
    }
    case 'attempted': {
      const ids = (batch.attempted ?? []).map(([id]) => id);
      return missingInboxRows(handle, prefix, ids, 'attempts');
    }
    case 'give':
      return 'it gives away a partition that is not its own';
    case 'client':
      return 'a client only appends';
    case 'instance':
      return wrongVersions(handle, prefix, batch);
    default:
      return undefined;
  }
}

async function missingInboxRows(
  handle: SqliteHandle,
  prefix: string,
  ids: readonly number[],
  verb: string,
): Promise<string> {
  const rows = await handle.all<{ id: number }>(
    `SELECT value AS id FROM json_each(?) WHERE value NOT IN (SELECT id FROM ${prefix}inbox WHERE id = value) LIMIT 5`,
    [JSON.stringify(ids)],
  );
  if (rows.length === 0) return `it ${verb} an inbox row twice`;
  return `inbox rows that it ${verb} are missing, such as ${rows.map((row) => row.id).join(', ')}`;
}

async function wrongVersions(handle: SqliteHandle, prefix: string, batch: CommitBatch): Promise<string> {
  const rows = await handle.all<{ id: string; version: number }>(
    `SELECT id, version FROM ${prefix}instance WHERE id IN (SELECT value FROM json_each(?))`,
    [JSON.stringify(batch.instances.map((write) => write.id))],
  );
  const stored = new Map(rows.map((row) => [row.id, row.version]));
  const wrong = batch.instances.flatMap((write) => {
    const expected = write.op === 'put' ? write.version - 1 : write.version;
    const version = stored.get(write.id) ?? 0;
    return version === expected ? [] : [`${quoted(write.id)} has version ${version}, not ${expected}`];
  });
  return wrong.length === 0 ? 'it writes an instance twice' : wrong.slice(0, 5).join('; ');
}
