import { quoted } from '../../../errors/text.js';
import type { CommitBatch } from '../../../engines/sql/ports/store.js';
import type { Names } from './names.js';
import { raisedReason } from './postgres-errors.js';
import type { PostgresLink } from './postgres-link.js';
import { numberArray, textArray } from './reads.js';

/** Describes the rows because of which a batch was refused. The batch changed nothing, so a read still finds the cause. */
export async function missingRows(
  link: PostgresLink,
  names: Names,
  batch: CommitBatch,
  error: unknown,
): Promise<string | undefined> {
  switch (raisedReason(error)) {
    case 'consumed':
      return missingInboxRows(link, names, batch.consumed, 'consumes');
    case 'adopted': {
      const ids = batch.adopted.map(([id]) => id);
      return missingInboxRows(link, names, ids, 'adopts');
    }
    case 'attempted': {
      const ids = (batch.attempted ?? []).map(([id]) => id);
      return missingInboxRows(link, names, ids, 'attempts');
    }
    case 'client':
      return 'a client only appends';
    case 'give':
      return 'it gives away a partition that is not its own';
    case 'instance':
      return wrongVersions(link, names, batch);
    default:
      return undefined;
  }
}

async function missingInboxRows(
  link: PostgresLink,
  { qualified: q }: Names,
  ids: readonly number[],
  verb: string,
): Promise<string> {
  const { rows } = await link.query<{ id: number }>(
    {
      text: `SELECT u.id FROM unnest($1::bigint[]) AS u (id)
        WHERE NOT EXISTS (SELECT 1 FROM ${q('inbox')} AS i WHERE i.id = u.id) LIMIT 5`,
    },
    [numberArray(ids)],
  );
  if (rows.length === 0) return `it ${verb} an inbox row twice`;
  return `inbox rows that it ${verb} are missing, such as ${rows.map((row) => row.id).join(', ')}`;
}

async function wrongVersions(link: PostgresLink, { qualified: q }: Names, batch: CommitBatch): Promise<string> {
  const { rows } = await link.query<{ id: string; version: number }>(
    { text: `SELECT id, version FROM ${q('instance')} WHERE id = ANY ($1::text[])` },
    [textArray(batch.instances.map((write) => write.id))],
  );
  const stored = new Map(rows.map((row) => [row.id, row.version]));
  const wrong = batch.instances.flatMap((write) => {
    const expected = write.op === 'put' ? write.version - 1 : write.version;
    const version = stored.get(write.id) ?? 0;
    return version === expected ? [] : [`${quoted(write.id)} has version ${version}, not ${expected}`];
  });
  return wrong.length === 0 ? 'it writes an instance twice' : wrong.slice(0, 5).join('; ');
}
