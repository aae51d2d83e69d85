import { runtimeStatuses } from '../../../model/runtime-status.js';
import type { InstanceFilter } from '../../../engines/sql/ports/store.js';
import type { InstancePage, SqlValue } from '../dialect.js';
import { columnsWithoutState, instanceColumns } from './reads.js';

export interface Query {
  readonly sql: string;
  readonly values: SqlValue[];
}

/**
 * The statement for a page of instances. It holds only the conditions that are asked for; each combination is compiled once.
 *
 * Pages go by key (`id >`), never by offset: rows that come or go meanwhile move nobody to another page. Every statement walks in
 * the order of ids through an index in which the other kind does not stand: a page costs what it passes. Orchestrations stand there by
 * status: where several are wanted, a page of each is merged.
 */
export function queryOf(prefix: string, filter: InstanceFilter, { after, limit, withState }: InstancePage): Query {
  const table = `${prefix}instance`;
  const columns = withState ? instanceColumns : columnsWithoutState;
  const { conditions, values, where } = conditionsOf(filter, prefix);
  const walk = walkOf(filter);
  const id = walk === 'tag' ? 't.instance' : 'id';
  if (after !== undefined) where(`${id} > ?`, after);
  values.push(limit);
  const limited = `ORDER BY ${id} LIMIT ?${values.length}`;
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
  return { sql: `SELECT ${columns} FROM ${table} WHERE rowid IN (${merged}) ORDER BY id`, values };
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

/** `INDEXED BY` makes a lost index an error instead of a slow scan; `CROSS JOIN` keeps the order of the tables. */
function fromOf(walk: ReturnType<typeof walkOf>, prefix: string): string {
  const table = `${prefix}instance`;
  if (walk === 'tag') return `${prefix}tag AS t CROSS JOIN ${table} ON id = t.instance`;
  return walk === 'key' ? table : `${table} INDEXED BY ${table}_${walk}`;
}

/** The index that a statement walks through. */
function walkOf({ kind, parent, tags = [] }: InstanceFilter): 'key' | 'parent' | 'tag' | 'status' {
  if (kind === 'entity') return 'key';
  if (parent !== undefined) return 'parent';
  return tags.length > 0 ? 'tag' : 'status';
}

interface Conditions {
  readonly conditions: string[];
  readonly values: SqlValue[];
  /** Adds a condition that holds one `?`. */
  readonly where: (condition: string, value: SqlValue) => void;
}

/** All but the statuses where the walk is by status. */
function conditionsOf(filter: InstanceFilter, prefix: string): Conditions {
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  const where = (condition: string, value: SqlValue): void => {
    values.push(value);
    conditions.push(condition.replace('?', `?${values.length}`));
  };
  if (filter.kind === 'entity') where('kind = ?', filter.kind);
  // Only orchestrations have one.
  else conditions.push('status IS NOT NULL');
  if (filter.parent !== undefined) where('parent = ?', filter.parent);
  whereTagged(conditions, values, filter, prefix);
  if (filter.statuses !== undefined && walkOf(filter) !== 'status')
    where('status IN (SELECT value FROM json_each(?))', JSON.stringify(filter.statuses));
  // The ids of all entities stand together in the primary key.
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
  // What cannot be read does not expire; what has no such time compares as NULL.
  if (filter.aliveAtMs !== undefined) {
    where("CASE WHEN json_valid(meta) THEN coalesce(meta ->> 'expires' > ?, 1) ELSE 1 END", filter.aliveAtMs);
  }
  return { conditions, values, where };
}

/** Where the walk is by tag, the first one gives the ids, in their order; each further one is looked up for each of them. */
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

/** A range instead of LIKE: no wildcard has a meaning, letters keep their case, and an index can serve it. */
function whereBegins(where: (condition: string, value: SqlValue) => void, column: string, prefix: string): void {
  if (prefix === '') return;
  where(`${column} >= ?`, prefix);
  const end = afterAllThatBegin(prefix);
  if (end !== undefined) where(`${column} < ?`, end);
}

/** The first text, as bytes compare, that is behind every text with this prefix; `undefined` if there is no such text. */
export function afterAllThatBegin(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) as number);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    // Surrogates are no characters.
    const next = last === 0xd7ff ? 0xe000 : last + 1;
    if (next <= 0x10ffff) return String.fromCodePoint(...points, next);
  }
  return undefined;
}
