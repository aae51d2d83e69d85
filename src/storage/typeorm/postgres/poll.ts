import type { PolledRow } from '../server/polled-row.js';
import type { Statement } from '../server/server-client.js';
import { nowSql } from './commit-function.js';
import type { Names } from './names.js';
import { prepared } from './postgres-client.js';
import type { MembersRow } from './read-words.js';
import { inboxColumns, membershipColumns, safeRow } from './reads.js';

/** A row of the poll, with what the store learns from it. */
export type NumberedRow = PolledRow & {
  /** The last number that the inbox has given to a row, read while the statement ran. */
  readonly last: number;
  /** The first transaction that had not ended when the statement began, and the first that had not begun. */
  readonly xmin: string;
  readonly xmax: string;
};

/** A row of a poll that also reads the members. The first row has them. */
export type LookedRow = NumberedRow & MembersRow;

/**
 * $1: partitions, $2: now, $3: limit, $4: for each partition, only unscheduled rows with a greater `seq`. One statement for all partitions: a row that is read in
 * one partition must not be overtaken by its own effects in another one. Each partition is searched in its own part of an index, for scheduled
 * rows only if the first of them is due.
 */
export function pollStatement(names: Names): Statement {
  return prepared('poll', pollText(names));
}

/** The same, and the members from the same snapshot. $5: the time of a test, or NULL. */
export function lookStatement(names: Names): Statement {
  return prepared('look', pollText(names, membershipColumns(names)));
}

function pollText({ qualified: q }: Names, membership?: string): string {
  const scheduled = `FROM ${q('inbox')} WHERE partition = p.number AND arrival IS NULL AND due IS NOT NULL AND ${safeRow}`;
  const sorted = (rows: string, of = 'true') =>
    `(SELECT x.* FROM ${rows} AS x WHERE ${of} ORDER BY x."dueMs", x.seq LIMIT $3)`;
  // The rows are sorted, so the first of them is the one with number 1.
  const first = (column: string) =>
    `CASE WHEN row_number() OVER (ORDER BY x."dueMs" NULLS FIRST, x.seq) = 1 THEN m.${column} END AS ${column}`;
  const [columns, members] =
    membership === undefined
      ? ['', '']
      : [
          `, ${nowSql('$5::bigint')} AS "nowMs", ${first('members')}, ${first('owners')}`,
          ` CROSS JOIN (SELECT ${membership} OFFSET 0) AS m`,
        ];
  return `WITH p AS MATERIALIZED (SELECT p.number, p.floor, (SELECT due ${scheduled} ORDER BY due LIMIT 1) AS first
      FROM unnest($1::integer[], $4::bigint[]) AS p (number, floor))
    SELECT s.*, x.*${columns} FROM (SELECT
      (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM ${q('inbox_seq')}) AS last,
      pg_snapshot_xmin(pg_current_snapshot())::text AS xmin, pg_snapshot_xmax(pg_current_snapshot())::text AS xmax,
      (SELECT min(CASE WHEN p.first > $2 THEN p.first ELSE (SELECT due ${scheduled} AND due > $2 ORDER BY due LIMIT 1) END)
        FROM p WHERE p.first IS NOT NULL) AS "nextDueMs") AS s${members}
    LEFT JOIN LATERAL (SELECT * FROM (
        ${sorted(`p CROSS JOIN LATERAL (SELECT ${inboxColumns} FROM ${q('inbox')}
          WHERE partition = p.number AND arrival IS NULL AND due IS NULL AND seq > p.floor AND ${safeRow} ORDER BY seq LIMIT $3)`)}
        UNION ALL
        ${sorted(`p CROSS JOIN LATERAL (SELECT ${inboxColumns} ${scheduled} AND due <= $2 ORDER BY due, seq LIMIT $3)`, 'p.first <= $2')}) AS u
      ORDER BY u."dueMs" NULLS FIRST, u.seq LIMIT $3) AS x ON true
    ORDER BY x."dueMs" NULLS FIRST, x.seq`;
}

/** One poll in this many ms reads without a floor, whatever the reason for a wrong one could be. */
const withoutFloorEveryMs = 10_000;

/** One poll of some partitions, and what was known when it began. */
interface Poll {
  readonly number: number;
  readonly partitions: readonly number[];
  /** By partition. */
  readonly floors: readonly number[];
  readonly decided: number;
  readonly epoch: number;
}

/** A number that may become the floor. */
interface Candidate {
  /** The last number that was given to a row when a poll read it. */
  readonly last: number;
  /** The number of polls that had begun when a commit was applied that began after `last` was read. */
  settledAt?: number;
  /** All transactions that had taken a number up to `last` are before this one. */
  end?: bigint;
}

/**
 * For each partition, the number up to which no unscheduled row can appear any more. Rows that were consumed stay in the index while any old
 * snapshot is open (a backup, a forgotten transaction), and each poll would pass over them.
 *
 * The highest number that was read would be a wrong floor: a slow commit has lower numbers than those that others committed since. The exact
 * rule: a poll reads the last number V that was given. Every transaction takes its transaction id before its numbers, so a commit of this
 * store that begins now gets a greater id than all transactions with rows up to V. When it is applied, the next snapshot ends beyond these
 * ids. (The end of a snapshot alone says less: it lies just above the last transaction that has *ended*, and a running one may have a
 * greater id.) When all transactions before that end have ended, V is decided: that poll and all later ones see every row up to V. Those that
 * still wait are among its rows, so the floor is V, or just below the first of them.
 */
export class PollFloor {
  readonly #floors = new Map<number, number>();
  #candidate: Candidate | undefined;
  #decided = 0;
  #polls = 0;
  #epoch = 0;
  #lastFullMs = Number.NEGATIVE_INFINITY;

  /** Forgets everything. Called if the server may be another one, or an older copy: its numbers may begin again. */
  reset(): void {
    this.#floors.clear();
    this.#candidate = undefined;
    this.#decided = 0;
    this.#epoch++;
  }

  /** A poll begins now. */
  begin(partitions: readonly number[]): Poll {
    const nowMs = performance.now();
    const isFull = nowMs - this.#lastFullMs >= withoutFloorEveryMs;
    if (isFull) this.#lastFullMs = nowMs;
    return {
      number: ++this.#polls,
      partitions,
      floors: partitions.map((partition) => (isFull ? 0 : (this.#floors.get(partition) ?? 0))),
      decided: this.#decided,
      epoch: this.#epoch,
    };
  }

  /** Learns from the rows of a poll. Returns `false` if the poll must be repeated, because its floor was wrong. */
  learn(poll: Poll, found: readonly NumberedRow[]): boolean {
    const [first] = found;
    if (first === undefined || poll.epoch !== this.#epoch) return true;
    if (first.last < this.#decided) {
      this.reset();
      return poll.floors.every((floor) => floor === 0);
    }
    const decided = Math.max(poll.decided, this.#decide(poll, first));
    const waiting = first.seq !== null && first.dueMs === null ? first.seq - 1 : Number.POSITIVE_INFINITY;
    const floor = Math.min(decided, waiting);
    for (const partition of poll.partitions)
      if (floor > (this.#floors.get(partition) ?? 0)) this.#floors.set(partition, floor);
    return true;
  }

  /** A commit begins now. Call the result when it is applied. */
  commitBegins(): () => void {
    const candidate = this.#candidate;
    return () => {
      if (candidate !== undefined) candidate.settledAt ??= this.#polls;
    };
  }

  /** The number that this poll has decided. 0 if it has decided nothing. */
  #decide(poll: Poll, { last, xmin, xmax }: NumberedRow): number {
    const candidate = (this.#candidate ??= { last });
    if (candidate.settledAt === undefined || poll.number <= candidate.settledAt) return 0;
    candidate.end ??= BigInt(xmax);
    if (BigInt(xmin) < candidate.end) return 0;
    this.#decided = Math.max(this.#decided, candidate.last);
    this.#candidate = undefined;
    return candidate.last;
  }
}
