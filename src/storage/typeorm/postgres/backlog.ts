import type { InboxRow } from '../../../engines/sql/ports/store.js';
import type { Answer } from '../server/server-client.js';
import type { NumberedBacklog } from '../server/server-connection.js';
import type { Names } from './names.js';
import type { PostgresLink, PostgresSession } from './postgres-client.js';
import { inboxColumns, numberArray, safeRow } from './reads.js';

/**
 * The waiting rows of partitions, page by page, in one transaction: all pages show one snapshot. With a snapshot for each page, a row of a
 * slow commit with a lower `seq` would be skipped, and overtaken by its effects.
 * @param link a connection of its own, which is busy until the last page
 */
export async function* readBacklog(
  link: PostgresLink,
  { qualified: q }: Names,
  request: NumberedBacklog,
): AsyncGenerator<readonly InboxRow[]> {
  const session = await link.connect();
  const limit = Math.trunc(request.limit);
  const declare = (name: string, partitions: readonly number[], where: string, order: string) =>
    `DECLARE ${name} NO SCROLL CURSOR FOR SELECT ${inboxColumns} FROM ${q('inbox')}
      WHERE partition = ANY (${integers(partitions)}) AND ${where} AND ${safeRow} ORDER BY ${order}`;
  const adopted = `arrival BETWEEN ${Number.MIN_SAFE_INTEGER} AND ${Number.MAX_SAFE_INTEGER}`;
  try {
    // One statement, because a partition stands still until its backlog is read.
    const answers = await session.query<InboxRow>({
      text: [
        'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
        declare('adopted', request.gained, adopted, 'arrival, seq'),
        declare('fresh', request.owned, 'arrival IS NULL AND due IS NULL', 'seq'),
        ...['adopted', 'fresh'].map((name) => fetch(name, limit)),
      ].join(';\n'),
    });
    const [adoptedRows, freshRows] = lastTwo(answers);
    yield* pagesOf(session, 'adopted', limit, adoptedRows);
    yield* pagesOf(session, 'fresh', limit, freshRows);
  } finally {
    // Nothing was written. Also ends the cursors, if the reader of the pages stops early.
    await session.query({ text: 'ROLLBACK' }).catch(() => session.drop());
  }
}

/** The numbers as an SQL value, in a text with several statements, to which no values can be bound. */
function integers(numbers: readonly number[]): string {
  return `'${numberArray(numbers.map(Math.trunc))}'::integer[]`;
}

function fetch(name: string, limit: number): string {
  return `FETCH FORWARD ${limit} FROM ${name}`;
}

/** The driver answers a text with several statements with a list. */
function lastTwo(answers: Answer<InboxRow> | readonly Answer<InboxRow>[]): readonly [InboxRow[], InboxRow[]] {
  const [first, second] = Array.isArray(answers) ? (answers as readonly Answer<InboxRow>[]).slice(-2) : [];
  if (first === undefined || second === undefined) throw new TypeError('The driver has not answered each statement.');
  return [first.rows, second.rows];
}

/** The first page, and the next ones as long as a page is full. */
async function* pagesOf(
  session: PostgresSession,
  name: string,
  limit: number,
  first: readonly InboxRow[],
): AsyncGenerator<readonly InboxRow[]> {
  for (let rows = first; ; rows = (await session.query<InboxRow>({ text: fetch(name, limit) })).rows) {
    if (rows.length > 0) yield rows;
    if (rows.length < limit) return;
  }
}
