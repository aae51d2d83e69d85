import { readNames } from '../../../engines/sql/model/stored.js';
import type { Member, Membership } from '../../../engines/sql/ports/store.js';
import type { QueryWords } from '../server/instance-query.js';
import type { ReadWords } from '../server/server-reads.js';
import { jsonValues } from './json-rows.js';
import type { Names } from './names.js';
import { columnsWithoutState, instanceColumns, readStatements } from './reads.js';

/** The words of MySQL and MariaDB for queries of instances. */
export function queryWords({ qualified: q }: Names): QueryWords {
  const expires = "JSON_EXTRACT(meta, '$.expires')";
  const isNumber = `JSON_TYPE(${expires}) IN ('INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL')`;
  return {
    table: q,
    columns: instanceColumns,
    columnsWithoutState,
    key: '`key`',
    number: (placeholder) => `CAST(${placeholder} AS DOUBLE)`,
    isOneOf: (text, placeholder) => `${text} IN (SELECT u.value FROM ${jsonValues(placeholder, 'name')})`,
    list: (texts) => JSON.stringify(texts),
    withIds: (statement) =>
      `(SELECT page.id AS found FROM (${statement}) AS page) AS page STRAIGHT_JOIN ${q('instance')} AS i ON i.id = page.found`,
    // A text that is no JSON is not looked into: CASE evaluates its parts in order.
    isAlive: (placeholder) =>
      `COALESCE(CASE WHEN JSON_VALID(meta) THEN CASE WHEN ${isNumber}
        THEN CAST(${expires} AS DOUBLE) > CAST(${placeholder} AS DOUBLE) END END, TRUE)`,
  };
}

const tables = ['instance', 'inbox', 'history', 'receipt', 'tag', 'named_signal', 'dead_letter'];

/** The statement that finds the sizes of the tables, with their indexes. The name of the database has no quotes: see `checkDatabaseName`. */
export function sizesSql({ database, prefix }: Names): string {
  const names = tables.map((table) => `'${prefix}${table}'`).join(', ');
  return `SELECT SUBSTR(table_name, ${prefix.length + 1}) AS name, CAST(data_length + index_length AS SIGNED) AS bytes
    FROM information_schema.tables WHERE table_schema = '${database}' AND table_name IN (${names}) ORDER BY table_name`;
}

export function readWords(names: Names): ReadWords {
  return {
    statements: readStatements(names),
    query: queryWords(names),
    numbers: (values) => JSON.stringify([...new Set(values)]),
    lists: (...columns) => [listOf(columns)],
  };
}

/** A list of texts, or of arrays of texts. Each row once. */
function listOf(columns: readonly (readonly string[])[]): string {
  const [first = [], ...others] = columns;
  if (others.length === 0) return JSON.stringify([...new Set(first)]);
  const rows = first.map((value, index) => JSON.stringify([value, ...others.map((column) => column[index])]));
  return `[${[...new Set(rows)].join(',')}]`;
}

/** A row of the statement `members`: a worker (0), a partition with its owner (1), or the time (2). */
export interface MembersRow extends Omit<Member, 'names' | 'holds'> {
  readonly type: number;
  readonly holds: number;
  readonly names: string;
}

/** The workers and owners that the statement `members` has found. */
export function membershipOf(rows: readonly MembersRow[]): Membership {
  const owners: number[] = [];
  const members: Member[] = [];
  let nowMs = 0;
  for (const { type, ...row } of rows) {
    if (type === 2) nowMs = row.seq;
    else if (type === 1) owners[row.seq] = row.incarnation;
    else members.push({ ...row, holds: row.holds === 1, names: readNames(row.names) });
  }
  members.sort((a, b) => a.incarnation - b.incarnation);
  // A missing row of a damaged table has no owner.
  return { nowMs, members, owners: Array.from(owners, (owner) => owner ?? 0) };
}
