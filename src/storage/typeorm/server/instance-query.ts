import { runtimeStatuses } from '../../../model/runtime-status.js';
import { lockedMeta } from '../../../engines/sql/model/entity-meta.js';
import type { InspectionPage, InstanceFilter } from '../../../engines/sql/ports/store.js';
import { walkedFilter } from '../../../engines/sql/ports/walked-filter.js';
import type { EdgePage, InstancePage, SqlValue } from '../dialect.js';
import { afterAllThatBegin } from '../text-range.js';
import { waitingOf } from '../waiting-targets.js';

export interface Query {
  /** Values stand as `$1`, `$2`, … in it. */
  readonly text: string;
  readonly values: SqlValue[];
}

/** The SQL of one kind of server that queries of instances need. */
export interface QueryWords {
  /** The name of a table with all that belongs to it. */
  readonly table: (name: string) => string;
  /** The columns of an instance, and the same without its state. */
  readonly columns: string;
  readonly columnsWithoutState: string;
  /** The column of the key of an entity. */
  readonly key: string;
  /** A number that may have a fraction. */
  readonly number: (placeholder: string) => string;
  /** Whether a text is one of a list. */
  readonly isOneOf: (text: string, placeholder: string) => string;
  /** A list of texts as one value. */
  readonly list: (texts: readonly string[]) => SqlValue;
  /** The instances whose ids this statement finds. */
  readonly withIds: (statement: string) => string;
  /** Whether an entity has not expired at this time. */
  readonly isAlive: (placeholder: string) => string;
}

/**
 * The statement for a page of instances. It contains only the requested conditions.
 *
 * Pages continue by key (`id >`), never by offset, so rows that are added or deleted meanwhile do not shift the pages. Every statement scans
 * an index in the order of ids that does not contain the other kind of instances. So the cost of a page is the number of scanned rows. The
 * index of orchestrations begins with the status: for several statuses, the statement merges one page of each.
 */
export function queryOf(words: QueryWords, filter: InstanceFilter, { after, limit, withState }: InstancePage): Query {
  const columns = withState ? words.columns : words.columnsWithoutState;
  return pageOf(words, filter, { columns, after, limit, descending: false });
}

/** The statement for a page of an inspector, with states that are cut. */
export function inspectedPageOf(words: QueryWords, filter: InstanceFilter, page: InspectionPage): Query {
  const cut = `substr(state, 1, ${page.stateMax}) AS state, char_length(state) AS "stateLength",`;
  return pageOf(words, filter, { ...page, columns: words.columns.replace('state,', cut) });
}

/** The statement that finds the id at a place of the index that `pageOf` would scan for this filter. */
export function edgeOf(words: QueryWords, filter: InstanceFilter, { after, descending, rows }: EdgePage): Query {
  const page = pageOf(words, walkedFilter(filter), { columns: 'id', after, limit: rows, descending });
  const order = `ORDER BY id${descending ? ' DESC' : ''}`;
  const text = `SELECT id FROM (${page.text}) AS walked ${order} LIMIT 1 OFFSET $${page.values.length + 1}`;
  return { text, values: [...page.values, rows - 1] };
}

interface Page {
  readonly columns: string;
  readonly after?: string | undefined;
  readonly until?: string | undefined;
  readonly limit: number;
  readonly descending: boolean;
}

function pageOf(words: QueryWords, filter: InstanceFilter, { columns, after, until, limit, descending }: Page): Query {
  const table = words.table('instance');
  const conditions = new Conditions();
  const walk = walkOf(filter);
  addConditions(conditions, filter, words);
  const id = walk === 'tag' ? 't.instance' : 'id';
  const direction = descending ? ' DESC' : '';
  if (after !== undefined) conditions.add((value) => `${id} ${descending ? '<' : '>'} ${value}`, after);
  if (until !== undefined) conditions.add((value) => `${id} ${descending ? '>=' : '<='} ${value}`, until);
  const limited = `ORDER BY ${id}${direction} LIMIT ${conditions.bind(limit)}`;
  if (walk !== 'status') {
    const text = `SELECT ${columns} FROM ${fromOf(walk, words)} WHERE ${conditions.all()} ${limited}`;
    return { text, values: conditions.values };
  }
  const statuses = [...new Set(filter.statuses ?? runtimeStatuses)];
  if (statuses.length === 0) return { text: `SELECT ${columns} FROM ${table} WHERE false`, values: [] };
  const where = conditions.all();
  const pages = statuses.map(
    (status) => `(SELECT id FROM ${table} WHERE status = ${conditions.bind(status)} AND ${where} ${limited})`,
  );
  const merged = `SELECT page.id FROM (${pages.join(' UNION ALL ')}) AS page ${limited}`;
  const text = `SELECT ${columns} FROM ${words.withIds(merged)} ORDER BY id${direction}`;
  return { text, values: conditions.values };
}

/** The statement that counts instances by status. */
export function countOf(words: QueryWords, filter: InstanceFilter): Query {
  const conditions = new Conditions();
  addConditions(conditions, filter, words);
  const walk = walkOf(filter);
  if (walk === 'status' && filter.statuses !== undefined) addStatuses(conditions, filter.statuses, words);
  const text = `SELECT status, count(*) AS count FROM ${fromOf(walk, words)} WHERE ${conditions.all()}
    GROUP BY status ORDER BY status`;
  return { text, values: conditions.values };
}

function fromOf(walk: ReturnType<typeof walkOf>, { table }: QueryWords): string {
  return walk === 'tag' ? `${table('tag')} AS t JOIN ${table('instance')} ON id = t.instance` : table('instance');
}

/** The index that a statement should scan. */
function walkOf({ kind, parent, tags = [] }: InstanceFilter): 'key' | 'parent' | 'tag' | 'status' {
  if (kind === 'entity') return 'key';
  if (parent !== undefined) return 'parent';
  return tags.length > 0 ? 'tag' : 'status';
}

/** Conditions with their values. Each value is bound, and never part of the SQL. */
class Conditions {
  readonly values: SqlValue[] = [];
  readonly #conditions: string[] = [];

  /** Binds a value. Returns its placeholder. */
  bind(value: SqlValue): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  add(condition: (placeholder: string) => string, value: SqlValue): void {
    this.#conditions.push(condition(this.bind(value)));
  }

  addFixed(condition: string): void {
    this.#conditions.push(condition);
  }

  all(): string {
    return this.#conditions.join(' AND ');
  }
}

/** All conditions of a filter, except the statuses if the statement scans the index by status. */
function addConditions(conditions: Conditions, filter: InstanceFilter, words: QueryWords): void {
  if (filter.kind === 'entity') conditions.addFixed("kind = 'entity'");
  // Only orchestrations have a status.
  else conditions.addFixed('status IS NOT NULL');
  if (filter.parent !== undefined) conditions.add((value) => `parent = ${value}`, filter.parent);
  addTags(conditions, filter, words);
  if (filter.statuses !== undefined && walkOf(filter) !== 'status') addStatuses(conditions, filter.statuses, words);
  // The ids of all entities begin with "@", so they are neighbours in the primary key.
  const idPrefix = filter.idPrefix ?? '';
  const id = walkOf(filter) === 'tag' ? 't.instance' : 'id';
  addPrefix(conditions, id, idPrefix === '' && filter.kind === 'entity' ? '@' : idPrefix);
  addPrefix(conditions, words.key, filter.keyPrefix ?? '');
  if (filter.name !== undefined) conditions.add((value) => `name = ${value}`, filter.name);
  const { createdFromMs, createdToMs, updatedFromMs, updatedToMs, endedBeforeMs } = filter;
  const times = [
    ['created_at >=', createdFromMs],
    ['created_at <', createdToMs],
    ['updated_at >=', updatedFromMs],
    ['updated_at <', updatedToMs],
    ['ended_at <', endedBeforeMs],
  ] as const;
  for (const [compared, ms] of times)
    if (ms !== undefined) conditions.add((value) => `${compared} ${words.number(value)}`, ms);
  if (filter.present === true) conditions.addFixed('state IS NOT NULL');
  addInspected(conditions, filter);
  if (filter.waiting !== undefined) conditions.addFixed(waitingOf(words.table('inbox'), filter.waiting));
  // A `meta` that cannot be read has no expiry.
  if (filter.aliveAtMs !== undefined)
    conditions.add((value) => `(meta IS NULL OR ${words.isAlive(value)})`, filter.aliveAtMs);
}

/** Adds the conditions of an inspector. */
function addInspected(conditions: Conditions, { locked, lockedBy, contains }: InstanceFilter): void {
  const begins = (begin: string) => (value: string) => `substr(meta, 1, ${Array.from(begin).length}) = ${value}`;
  if (locked === true) conditions.add(begins(lockedMeta()), lockedMeta());
  if (locked === false) conditions.add((value) => `(meta IS NULL OR NOT ${begins(lockedMeta())(value)})`, lockedMeta());
  if (lockedBy !== undefined) conditions.add(begins(lockedMeta(lockedBy)), lockedMeta(lockedBy));
  if (contains !== undefined) conditions.add((value) => `position(${value} IN state) > 0`, contains);
}

function addStatuses(conditions: Conditions, statuses: readonly string[], { isOneOf, list }: QueryWords): void {
  conditions.add((value) => isOneOf('status', value), list(statuses));
}

/** Adds the conditions of tags. If the statement scans the tags, the first tag yields the ids in order, and the others are looked up. */
function addTags(conditions: Conditions, filter: InstanceFilter, { table }: QueryWords): void {
  for (const [index, [tag, value]] of (filter.tags ?? []).entries()) {
    const has = (name: string) => `${name}.tag = ${conditions.bind(tag)} AND ${name}.value = ${conditions.bind(value)}`;
    const isWalked = index === 0 && walkOf(filter) === 'tag';
    conditions.addFixed(
      isWalked ? has('t') : `EXISTS (SELECT 1 FROM ${table('tag')} AS o WHERE ${has('o')} AND o.instance = id)`,
    );
  }
}

/** Adds a condition for a prefix. A range instead of LIKE: it has no wildcards, and can use an index. */
function addPrefix(conditions: Conditions, column: string, prefix: string): void {
  if (prefix === '') return;
  conditions.add((value) => `${column} >= ${value}`, prefix);
  const end = afterAllThatBegin(prefix);
  if (end !== undefined) conditions.add((value) => `${column} < ${value}`, end);
}
