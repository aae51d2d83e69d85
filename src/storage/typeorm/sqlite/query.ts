import { runtimeStatuses } from '../../../model/runtime-status.js';
import { lockedMeta } from '../../../engines/sql/model/entity-meta.js';
import { walkedFilter } from '../../../engines/sql/ports/walked-filter.js';
import type { InspectionPage, InstanceFilter } from '../../../engines/sql/ports/store.js';
import type { EdgePage, InstancePage, SqlValue } from '../dialect.js';
import { afterAllThatBegin } from '../text-range.js';
import { waitingOf } from '../waiting-targets.js';
import { columnsWithoutState, inspectedColumns, instanceColumns } from './reads.js';

export interface Query {
  readonly sql: string;
  readonly values: SqlValue[];
}

/**
 * The statement for a page of instances. It contains only the requested conditions. Each combination is compiled once.
 *
 * Pages continue by key (`id >`), never by offset, so rows that are added or deleted meanwhile do not shift the pages. Every statement scans
 * an index in the order of ids that does not contain the other kind of instances. So the cost of a page is the number of scanned rows. The
 * index of orchestrations begins with the status: for several statuses, the statement merges one page of each.
 */
export function queryOf(prefix: string, filter: InstanceFilter, { after, limit, withState }: InstancePage): Query {
  const columns = withState ? instanceColumns : columnsWithoutState;
  return pageOf(prefix, filter, { columns, after, limit, descending: false });
}

/** The statement for a page of an inspector. */
export function inspectedPageOf(prefix: string, filter: InstanceFilter, page: InspectionPage): Query {
  return pageOf(prefix, filter, { ...page, columns: inspectedColumns(page.stateMax) });
}

/**
 * The statement that finds the id at a place of the index that `pageOf` would scan for this filter. It reads no row, apart from those of a
 * tag.
 */
export function edgeOf(prefix: string, filter: InstanceFilter, { after, descending, rows }: EdgePage): Query {
  const page = pageOf(prefix, walkedFilter(filter), { columns: 'id', after, limit: rows, descending });
  page.values.push(rows - 1);
  const order = `ORDER BY id${descending ? ' DESC' : ''}`;
  return { sql: `SELECT id FROM (${page.sql}) ${order} LIMIT 1 OFFSET ?${page.values.length}`, values: page.values };
}

interface Page {
  readonly columns: string;
  readonly after?: string | undefined;
  readonly until?: string | undefined;
  readonly limit: number;
  readonly descending: boolean;
}

function pageOf(prefix: string, filter: InstanceFilter, { columns, after, until, limit, descending }: Page): Query {
  const table = `${prefix}instance`;
  const { conditions, values, where } = conditionsOf(filter, prefix);
  const walk = walkOf(filter);
  const id = walk === 'tag' ? 't.instance' : 'id';
  const direction = descending ? ' DESC' : '';
  if (after !== undefined) where(`${id} ${descending ? '<' : '>'} ?`, after);
  if (until !== undefined) where(`${id} ${descending ? '>=' : '<='} ?`, until);
  values.push(limit);
  const limited = `ORDER BY ${id}${direction} LIMIT ?${values.length}`;
  if (walk !== 'status') {
    const from = fromOf(walk, prefix);
    return { sql: `SELECT ${columns} FROM ${from} WHERE ${conditions.join(' AND ')} ${limited}`, values };
  }
  const statuses = [...new Set(filter.statuses ?? runtimeStatuses)];
  const found = statuses.map((status) => {
    values.push(status);
    const all = [`status = ?${values.length}`, ...conditions].join(' AND ');
    return `FROM ${table} INDEXED BY ${table}_status WHERE ${all} ${limited}`;
  });
  if (found.length === 0) return { sql: `SELECT ${columns} FROM ${table} WHERE false`, values: [] };
  if (found.length === 1) return { sql: `SELECT ${columns} ${found[0]}`, values };
  const pages = found.map((page) => `SELECT * FROM (SELECT rowid AS number, id ${page})`).join(' UNION ALL ');
  const merged = `SELECT number FROM (${pages}) ${limited}`;
  return { sql: `SELECT ${columns} FROM ${table} WHERE rowid IN (${merged}) ORDER BY id${direction}`, values };
}

/** The statement that counts instances by status. */
export function countOf(prefix: string, filter: InstanceFilter): Query {
  const { conditions, values, where } = conditionsOf(filter, prefix);
  const walk = walkOf(filter);
  if (walk === 'status' && filter.statuses !== undefined)
    where('status IN (SELECT value FROM json_each(?))', JSON.stringify(filter.statuses));
  const counted = `SELECT status, count(*) AS count FROM ${fromOf(walk, prefix)}`;
  return { sql: `${counted} WHERE ${conditions.join(' AND ')} GROUP BY status ORDER BY status`, values };
}

/** The FROM clause. `INDEXED BY` makes a missing index an error instead of a slow scan. `CROSS JOIN` fixes the order of the tables. */
function fromOf(walk: ReturnType<typeof walkOf>, prefix: string): string {
  const table = `${prefix}instance`;
  if (walk === 'tag') return `${prefix}tag AS t CROSS JOIN ${table} ON id = t.instance`;
  return walk === 'key' ? table : `${table} INDEXED BY ${table}_${walk}`;
}

/** The index that a statement scans. */
function walkOf({ kind, parent, tags = [] }: InstanceFilter): 'key' | 'parent' | 'tag' | 'status' {
  if (kind === 'entity') return 'key';
  if (parent !== undefined) return 'parent';
  return tags.length > 0 ? 'tag' : 'status';
}

interface Conditions {
  readonly conditions: string[];
  readonly values: SqlValue[];
  /** Adds a condition that contains one `?`. */
  readonly where: (condition: string, value: SqlValue) => void;
}

/** All conditions of a filter, except the statuses if the statement scans the index by status. */
function conditionsOf(filter: InstanceFilter, prefix: string): Conditions {
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  const where = (condition: string, value: SqlValue): void => {
    values.push(value);
    conditions.push(condition.replace('?', `?${values.length}`));
  };
  if (filter.kind === 'entity') where('kind = ?', filter.kind);
  // Only orchestrations have a status.
  else conditions.push('status IS NOT NULL');
  if (filter.parent !== undefined) where('parent = ?', filter.parent);
  whereTagged(conditions, values, filter, prefix);
  if (filter.statuses !== undefined && walkOf(filter) !== 'status')
    where('status IN (SELECT value FROM json_each(?))', JSON.stringify(filter.statuses));
  // The ids of all entities begin with "@", so they are neighbours in the primary key.
  const idPrefix = filter.idPrefix ?? '';
  whereBegins(
    where,
    walkOf(filter) === 'tag' ? 't.instance' : 'id',
    idPrefix === '' && filter.kind === 'entity' ? '@' : idPrefix,
  );
  whereBegins(where, 'key', filter.keyPrefix ?? '');
  if (filter.name !== undefined) where('name = ?', filter.name);
  if (filter.createdFromMs !== undefined) where('created_at >= ?', filter.createdFromMs);
  if (filter.createdToMs !== undefined) where('created_at < ?', filter.createdToMs);
  if (filter.updatedFromMs !== undefined) where('updated_at >= ?', filter.updatedFromMs);
  if (filter.updatedToMs !== undefined) where('updated_at < ?', filter.updatedToMs);
  if (filter.endedBeforeMs !== undefined) where('ended_at < ?', filter.endedBeforeMs);
  if (filter.present === true) conditions.push('state IS NOT NULL');
  whereInspected(where, filter);
  if (filter.waiting !== undefined) conditions.push(waitingOf(`${prefix}inbox`, filter.waiting));
  // A `meta` that cannot be read has no expiry. Without `expires` the comparison is NULL.
  if (filter.aliveAtMs !== undefined) {
    where("CASE WHEN json_valid(meta) THEN coalesce(meta ->> 'expires' > ?, 1) ELSE 1 END", filter.aliveAtMs);
  }
  return { conditions, values, where };
}

/** Adds the conditions of tags. If the statement scans the tags, the first tag yields the ids in order, and the others are looked up. */
function whereTagged(conditions: string[], values: SqlValue[], filter: InstanceFilter, prefix: string): void {
  for (const [index, [tag, value]] of (filter.tags ?? []).entries()) {
    values.push(tag, value);
    const has = (table: string) => `${table}.tag = ?${values.length - 1} AND ${table}.value = ?${values.length}`;
    const isWalked = index === 0 && walkOf(filter) === 'tag';
    conditions.push(
      isWalked ? has('t') : `EXISTS (SELECT 1 FROM ${prefix}tag AS o WHERE ${has('o')} AND o.instance = id)`,
    );
  }
}

/** Adds the conditions of an inspector. */
function whereInspected(
  where: (condition: string, value: SqlValue) => void,
  { locked, lockedBy, contains }: InstanceFilter,
): void {
  const begins = (begin: string) => `substr(meta, 1, ${Array.from(begin).length}) = ?`;
  if (locked === true) where(begins(lockedMeta()), lockedMeta());
  if (locked === false) where(`(meta IS NULL OR NOT ${begins(lockedMeta())})`, lockedMeta());
  if (lockedBy !== undefined) where(begins(lockedMeta(lockedBy)), lockedMeta(lockedBy));
  if (contains !== undefined) where('instr(state, ?) > 0', contains);
}

/** Adds a condition for a prefix. A range instead of LIKE: it has no wildcards, is case-sensitive, and can use an index. */
function whereBegins(where: (condition: string, value: SqlValue) => void, column: string, prefix: string): void {
  if (prefix === '') return;
  where(`${column} >= ?`, prefix);
  const end = afterAllThatBegin(prefix);
  if (end !== undefined) where(`${column} < ?`, end);
}
