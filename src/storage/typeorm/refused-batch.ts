/** Describes why a batch was refused, from what a database raised. The batch changed nothing, so a read still finds the cause. */
import { quoted } from '../../errors/text.js';
import type { CommitBatch } from '../../engines/sql/ports/store.js';

/** Reads of one database. */
export interface RefusalReads {
  /** Up to five of these inbox rows that do not exist. */
  missingRows(ids: readonly number[]): Promise<readonly { readonly id: number }[]>;
  /** The stored versions of these instances. */
  versions(ids: readonly string[]): Promise<readonly { readonly id: string; readonly version: number }[]>;
}

/** @param reason what the statement of the commit raised. Resolves with `undefined` if it says nothing about rows */
export async function whyRefused(
  reason: string | undefined,
  batch: CommitBatch,
  reads: RefusalReads,
): Promise<string | undefined> {
  const idsOf = (rows: readonly (readonly [id: number, value: number])[] = []) => rows.map(([id]) => id);
  switch (reason) {
    case 'consumed':
      return missing(reads, batch.consumed, 'consumes');
    case 'adopted':
      return missing(reads, idsOf(batch.adopted), 'adopts');
    case 'attempted':
      return missing(reads, idsOf(batch.attempted), 'attempts');
    case 'client':
      return 'a client only appends';
    case 'give':
      return 'it gives away a partition that is not its own';
    case 'instance':
      return wrongVersions(reads, batch);
    default:
      return undefined;
  }
}

async function missing(reads: RefusalReads, ids: readonly number[], verb: string): Promise<string> {
  const rows = await reads.missingRows(ids);
  if (rows.length === 0) return `it ${verb} an inbox row twice`;
  return `inbox rows that it ${verb} are missing, such as ${rows.map(({ id }) => id).join(', ')}`;
}

async function wrongVersions(reads: RefusalReads, { instances }: CommitBatch): Promise<string> {
  const rows = await reads.versions(instances.map(({ id }) => id));
  const stored = new Map(rows.map(({ id, version }) => [id, version]));
  const wrong = instances.flatMap((write) => {
    const expected = write.op === 'put' ? write.version - 1 : write.version;
    const version = stored.get(write.id) ?? 0;
    return version === expected ? [] : [`${quoted(write.id)} has version ${version}, not ${expected}`];
  });
  return wrong.length === 0 ? 'it writes an instance twice' : wrong.slice(0, 5).join('; ');
}
