import type { InboxRow } from '../../../engines/sql/ports/store.js';
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
  const cursor = async (name: string, where: string, order: string, partitions: readonly number[]) => {
    const text = `DECLARE ${name} NO SCROLL CURSOR FOR SELECT ${inboxColumns} FROM ${q('inbox')}
      WHERE partition = ANY ($1::integer[]) AND ${where} AND ${safeRow} ORDER BY ${order}`;
    await session.query({ text }, [numberArray(partitions)]);
  };
  await session.query({ text: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' });
  try {
    const adopted = `arrival BETWEEN ${Number.MIN_SAFE_INTEGER} AND ${Number.MAX_SAFE_INTEGER}`;
    await cursor('adopted', adopted, 'arrival, seq', request.gained);
    await cursor('fresh', 'arrival IS NULL AND due IS NULL', 'seq', request.owned);
    for (const name of ['adopted', 'fresh']) yield* pagesOf(session, name, request.limit);
  } finally {
    // Nothing was written. Also ends the cursors, if the reader of the pages stops early.
    await session.query({ text: 'ROLLBACK' }).catch(() => {});
  }
}

async function* pagesOf(session: PostgresSession, name: string, limit: number): AsyncGenerator<readonly InboxRow[]> {
  for (;;) {
    const { rows } = await session.query<InboxRow>({ text: `FETCH FORWARD ${Math.trunc(limit)} FROM ${name}` });
    if (rows.length > 0) yield rows;
    if (rows.length < limit) return;
  }
}
