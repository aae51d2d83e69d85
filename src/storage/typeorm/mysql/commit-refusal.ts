import type { CommitBatch } from '../../../engines/sql/ports/store.js';
import { whyRefused } from '../refused-batch.js';
import { joined, jsonValues } from './json-rows.js';
import type { MysqlLink } from './mysql-client.js';
import { raisedReason } from './mysql-errors.js';
import type { Names } from './names.js';

/** Describes the rows because of which a batch was refused. */
export function missingRows(
  link: MysqlLink,
  { qualified: q }: Names,
  batch: CommitBatch,
  error: unknown,
): Promise<string | undefined> {
  return whyRefused(raisedReason(error), batch, {
    async missingRows(ids) {
      const text = `SELECT u.value AS id FROM ${jsonValues('$1', 'number')}
        WHERE NOT EXISTS (SELECT 1 FROM ${q('inbox')} AS i WHERE i.id = u.value) LIMIT 5`;
      return (await link.query<{ id: number }>({ text }, [JSON.stringify(ids)])).rows;
    },
    async versions(ids) {
      const text = `SELECT i.id, i.version FROM ${jsonValues('$1', 'id')} ${joined(q('instance'), 'i')} ON i.id = u.value`;
      return (await link.query<{ id: string; version: number }>({ text }, [JSON.stringify([...new Set(ids)])])).rows;
    },
  });
}
