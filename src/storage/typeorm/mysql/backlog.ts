import type { InboxRow } from '../../../engines/sql/ports/store.js';
import type { MysqlLink, MysqlSession } from './mysql-client.js';
import type { NumberedBacklog } from '../server/server-connection.js';
import type { Names } from './names.js';
import { partitionList } from './poll.js';
import { inboxColumns, safeArrival, safeRow } from './reads.js';

/**
 * The waiting rows of partitions, page by page, in one transaction: all pages show one snapshot. With a snapshot for each page, a row of a
 * slow commit with a lower `seq` would be skipped, and overtaken by its effects. The server sorts the numbers of the rows once, and sends the
 * rows as they are read here.
 * @param link a connection of its own, which is busy until the last page
 */
export async function* readBacklog(
  link: MysqlLink,
  { qualified: q }: Names,
  request: NumberedBacklog,
): AsyncGenerator<readonly InboxRow[]> {
  const session = await link.connect();
  const { gained, owned, limit } = request;
  const rowsOf = (partitions: readonly number[], where: string, order: string) =>
    `SELECT ${inboxColumns} FROM (SELECT seq FROM ${q('inbox')} AS i FORCE INDEX (waiting)
        WHERE i.\`partition\` IN (${partitionList(partitions)}) AND ${where}) AS w
      STRAIGHT_JOIN ${q('inbox')} AS i ON i.seq = w.seq AND ${safeRow} ORDER BY ${order}`;
  await session.query({ text: 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ' });
  await session.query({ text: 'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY' });
  let isRead = false;
  try {
    for (const text of [
      rowsOf(gained, `i.arrival IS NOT NULL AND ${safeArrival}`, 'i.arrival, i.seq'),
      rowsOf(owned, 'i.arrival IS NULL AND i.due IS NULL', 'i.seq'),
    ])
      yield* pagesOf(session, session.client.rows<InboxRow>(text, limit), limit);
    await session.query({ text: 'COMMIT' });
    isRead = true;
  } finally {
    // The server still sends rows, if the reader of the pages stops early.
    if (!isRead) session.drop();
  }
}

async function* pagesOf(
  session: MysqlSession,
  rows: AsyncIterable<InboxRow>,
  limit: number,
): AsyncGenerator<readonly InboxRow[]> {
  const iterator = rows[Symbol.asyncIterator]();
  const readPage = async () => {
    const page: InboxRow[] = [];
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next())
      if (page.push(next.value) === limit) break;
    return page;
  };
  for (;;) {
    const page = await session.within(readPage());
    if (page.length > 0) yield page;
    if (page.length < limit) return;
  }
}
