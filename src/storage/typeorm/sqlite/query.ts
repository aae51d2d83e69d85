import type { InstanceFilter } from '../../../engines/sql/ports/store.js';
import type { InstancePage, SqlValue } from '../dialect.js';
import { instanceColumns } from './reads.js';

/**
 * The statement for a page of instances. It holds only the conditions that are asked for; each combination is compiled once.
 *
 * Pages go by key (`id >`), never by offset: rows that come or go meanwhile move nobody to another page. Every statement walks in
 * the order of ids through an index in which the other kind does not stand: nothing is sorted, and a page costs what it passes.
 */
export function queryOf(
  prefix: string,
  filter: InstanceFilter,
  { after, limit, withState }: InstancePage,
): { sql: string; values: SqlValue[] } {
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  const where = (condition: string, value: SqlValue): void => {
    values.push(value);
    conditions.push(condition.replace('?', `?${values.length}`));
  };
  where('kind = ?', filter.kind);
  const [status, ...more] = filter.statuses ?? [];
  const oneStatus = filter.kind === 'orchestration' && status !== undefined && more.length === 0;
  const index = filter.kind === 'entity' ? '' : ` INDEXED BY ${prefix}instance_${oneStatus ? 'status' : 'run'}`;
  if (filter.kind === 'orchestration') conditions.push('status IS NOT NULL');
  // The ids of all entities stand together in the primary key.
  const idPrefix = filter.idPrefix ?? '';
  whereBegins(where, 'id', idPrefix === '' && filter.kind === 'entity' ? '@' : idPrefix);
  whereBegins(where, 'key', filter.keyPrefix ?? '');
  if (filter.name !== undefined) where('name = ?', filter.name);
  if (oneStatus) where('status = ?', status);
  else if (filter.statuses !== undefined) {
    where('status IN (SELECT value FROM json_each(?))', JSON.stringify(filter.statuses));
  }
  if (filter.createdFromMs !== undefined) where('created_at >= ?', filter.createdFromMs);
  if (filter.createdToMs !== undefined) where('created_at < ?', filter.createdToMs);
  if (filter.updatedFromMs !== undefined) where('updated_at >= ?', filter.updatedFromMs);
  if (filter.updatedToMs !== undefined) where('updated_at < ?', filter.updatedToMs);
  if (filter.present === true) conditions.push('state IS NOT NULL');
  // What cannot be read does not expire; what has no such time compares as NULL.
  if (filter.aliveAtMs !== undefined) {
    where("CASE WHEN json_valid(meta) THEN coalesce(meta ->> 'expires' > ?, 1) ELSE 1 END", filter.aliveAtMs);
  }
  if (after !== undefined) where('id > ?', after);
  values.push(limit);
  const columns = withState ? instanceColumns : instanceColumns.replace('state,', 'NULL AS state,');
  const sql = `SELECT ${columns} FROM ${prefix}instance${index} WHERE ${conditions.join(' AND ')} ORDER BY id LIMIT ?${values.length}`;
  return { sql, values };
}

/** A range instead of LIKE: no wildcard has a meaning, letters keep their case, and an index can serve it. */
function whereBegins(where: (condition: string, value: SqlValue) => void, column: string, prefix: string): void {
  if (prefix === '') return;
  where(`${column} >= ?`, prefix);
  const end = afterAllThatBegin(prefix);
  if (end !== undefined) where(`${column} < ?`, end);
}

/** The first text, as bytes compare, that is behind every text with this prefix; `undefined`: there is none. */
export function afterAllThatBegin(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) as number);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    // Surrogates are no characters.
    const next = last === 0xd7ff ? 0xe000 : last + 1;
    if (next <= 0x10ffff) return String.fromCodePoint(...points, next);
  }
  return undefined;
}
