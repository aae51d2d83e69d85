import type { PolledRow } from '../server/polled-row.js';
import type { Statement } from '../server/server-client.js';
import { prepared } from './mysql-client.js';
import type { Names } from './names.js';
import type { MembersRow } from './read-words.js';
import { inboxColumns, membersText, safeRow } from './reads.js';

/** Partitions as a list in SQL. They are numbers of this package, so they may be part of it: as values the server would not use an index. */
export function partitionList(partitions: readonly number[]): string {
  return partitions.length === 0 ? 'NULL' : partitions.map((number) => Math.trunc(number)).join(', ');
}

/**
 * $1: now, $2: limit, $3: the last `seq` of unscheduled rows. One statement for all partitions: a row that is read in one partition must not be overtaken by its own effects in
 * another one. Each partition is searched in its own part of the index, in which rows that wait for later stand apart. Only numbers are
 * sorted. Bodies are read afterwards, because they may be long.
 *
 * There is no floor as on PostgreSQL: these servers do not tell which transactions have ended. A row that is gone stays in the index until no
 * snapshot needs it, and each poll passes over it.
 */
export function pollText({ qualified: q }: Names, partitions: readonly number[]): string {
  const inbox = `${q('inbox')} FORCE INDEX (waiting)`;
  const list = partitionList(partitions);
  const mine = `\`partition\` IN (${list}) AND arrival IS NULL`;
  const now = 'CAST($1 AS SIGNED)';
  return `SELECT d.nextDueMs, ${inboxColumns} FROM (SELECT MIN(next.due) AS nextDueMs FROM (
        SELECT (SELECT w.due FROM ${q('inbox')} AS w FORCE INDEX (waiting)
          WHERE w.\`partition\` = p.number AND w.arrival IS NULL AND w.due > ${now} ORDER BY w.due LIMIT 1) AS due
        FROM ${q('partition')} AS p WHERE p.number IN (${list})) AS next) AS d
    LEFT JOIN ((SELECT seq, due FROM ${inbox} WHERE ${mine} AND due IS NULL AND seq <= CAST($3 AS SIGNED) ORDER BY seq LIMIT $2)
        UNION ALL
        (SELECT seq, due FROM ${inbox} WHERE ${mine} AND due <= ${now} ORDER BY due, seq LIMIT $2)
        ORDER BY due, seq LIMIT $2) AS s ON TRUE
    LEFT JOIN ${q('inbox')} AS i ON i.seq = s.seq AND ${safeRow}
    ORDER BY s.due, s.seq`;
}

/** The bound of a poll that reads all rows. */
export const noBound = '9223372036854775807';

/**
 * A `seq` up to which at least `limit` unscheduled rows wait, or NULL. A poll up to it does not sort all rows of a large backlog. Either each
 * partition has its share of the rows, or one partition has all of them.
 */
export function boundText({ qualified: q }: Names, partitions: readonly number[], limit: number): string {
  const share = Math.ceil(limit / Math.max(partitions.length, 1));
  const nth = (n: number) => `SELECT (SELECT w.seq FROM ${q('inbox')} AS w FORCE INDEX (waiting)
        WHERE w.\`partition\` = p.number AND w.arrival IS NULL AND w.due IS NULL ORDER BY w.seq LIMIT 1 OFFSET ${Math.trunc(n) - 1}) AS seq
      FROM ${q('partition')} AS p WHERE p.number IN (${partitionList(partitions)})`;
  return `SELECT COALESCE((SELECT IF(COUNT(x.seq) = COUNT(*), MAX(x.seq), NULL) FROM (${nth(share)}) AS x),
    (SELECT MIN(x.seq) FROM (${nth(limit)}) AS x)) AS bound`;
}

/** A row of a poll that also reads the members: the inbox (`type` is null), or a row of the members. */
export type LookedRow = PolledRow &
  Omit<MembersRow, 'type' | 'seq'> & { readonly type: number | null; readonly memberSeq: number };

/** The same, and the members in the same state of the database. $4: the time of a test, or NULL. The rows come in no particular order. */
export function lookText(names: Names, partitions: readonly number[]): string {
  const polled = ['nextDueMs', 'seq', 'id', '`partition`', 'target', 'arrival', 'dueMs', 'attempts', 'body'];
  const member = ['type', 'incarnation', 'seq', 'name', 'expiresAtMs', 'holds', 'version', 'names'];
  const named = (column: string) => (column === 'seq' ? 'memberSeq' : column);
  return `SELECT ${polled.map((column) => `p.${column}`).join(', ')}, ${member.map((column) => `NULL AS ${named(column)}`).join(', ')}
      FROM (${pollText(names, partitions)}) AS p
    UNION ALL SELECT ${polled.map(() => 'NULL').join(', ')}, ${member.map((column) => `m.${column}`).join(', ')}
      FROM (${membersText(names, 'CAST($4 AS SIGNED)')}) AS m`;
}

/** The rows of a poll in their order, and those of the members. */
export function splitLook(rows: readonly LookedRow[]): { found: PolledRow[]; members: MembersRow[] } {
  const found: PolledRow[] = rows.filter(({ type }) => type === null);
  // Rows without a due time come first.
  found.sort((a, b) => (a.dueMs ?? -1) - (b.dueMs ?? -1) || (a.seq ?? 0) - (b.seq ?? 0));
  const members = rows.flatMap(({ type, memberSeq: seq, incarnation, name, expiresAtMs, holds, version, names }) =>
    type === null ? [] : [{ type, incarnation, seq, name, expiresAtMs, holds, version, names }],
  );
  return { found, members };
}

/** The statement for the last partitions that were polled: they change seldom. */
export class PollStatement {
  #key: string | undefined;
  #statement: Statement = { text: '' };

  constructor(private readonly textOf: (partitions: readonly number[]) => string) {}

  of(partitions: readonly number[]): Statement {
    const key = partitions.join(',');
    if (key !== this.#key) {
      this.#statement = prepared(this.textOf(partitions));
      this.#key = key;
    }
    return this.#statement;
  }
}
