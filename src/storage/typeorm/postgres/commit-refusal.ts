import type { CommitBatch } from '../../../engines/sql/ports/store.js';
import { whyRefused } from '../refused-batch.js';
import type { Names } from './names.js';
import type { PostgresLink } from './postgres-client.js';
import { raisedReason } from './postgres-errors.js';
import { numberArray, textArray } from './reads.js';

/** Describes the rows because of which a batch was refused. */
export function missingRows(
  link: PostgresLink,
  { qualified: q }: Names,
  batch: CommitBatch,
  error: unknown,
): Promise<string | undefined> {
  return whyRefused(raisedReason(error), batch, {
    async missingRows(ids) {
      const text = `SELECT u.id FROM unnest($1::bigint[]) AS u (id)
        WHERE NOT EXISTS (SELECT 1 FROM ${q('inbox')} AS i WHERE i.id = u.id) LIMIT 5`;
      return (await link.query<{ id: number }>({ text }, [numberArray(ids)])).rows;
    },
    async versions(ids) {
      const text = `SELECT id, version FROM ${q('instance')} WHERE id = ANY ($1::text[])`;
      return (await link.query<{ id: string; version: number }>({ text }, [textArray(ids)])).rows;
    },
  });
}
