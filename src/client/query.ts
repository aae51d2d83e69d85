/** The results of a query, item by item or page by page. */
import { InvalidArgumentError } from '../errors/index.js';
import type { Intake } from '../ports/intake.js';
import type { InstanceFilter, InstanceRow } from '../engines/sql/ports/store.js';
import { checkMaySend } from './guard.js';

/** Where to begin, and how much to read at a time. */
export interface PageOptions {
  /** At most this many items a page, 1 to 1000; default 100. */
  readonly pageSize?: number | undefined;
  /** Of an earlier page: the query goes on behind it, also in another process and days later. */
  readonly continuationToken?: string | undefined;
}

/** A page of a query. */
export interface QueryPage<Item> {
  readonly items: readonly Item[];
  /** Gives the page behind this one; `undefined`: this is the last. */
  readonly continuationToken: string | undefined;
}

const pageSizeMax = 1_000;

/**
 * The committed rows that a query finds, ordered by id; read page by page while it is iterated, so each page is of its own moment.
 *
 * What exists all the while comes once; what comes or goes meanwhile may be seen or not, and nothing comes twice. (So a loop that
 * makes ever new rows behind the one it is at feeds itself.) It can be iterated more than once, and reads anew then.
 */
export class Query<Item> implements AsyncIterable<Item> {
  private readonly pageSize: number;
  private readonly first: string | undefined;

  constructor(
    private readonly method: string,
    private readonly intake: Intake,
    private readonly filter: InstanceFilter,
    private readonly withState: boolean,
    private readonly itemOf: (row: InstanceRow) => Item,
    { pageSize = 100, continuationToken }: PageOptions,
  ) {
    checkMaySend(method);
    if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > pageSizeMax) {
      throw new InvalidArgumentError('pageSize', 'it is no whole number from 1 to 1000');
    }
    this.pageSize = pageSize;
    this.first = continuationToken === undefined ? undefined : idOf(continuationToken, filter.kind);
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Item, void> {
    for await (const { items } of this.pages()) yield* items;
  }

  /** The same, page by page. A page is shorter than `pageSize` only at the end; there is at least one, which may be empty. */
  async *pages(): AsyncGenerator<QueryPage<Item>, void> {
    let after = this.first;
    do {
      checkMaySend(this.method);
      const page = { limit: this.pageSize + 1, withState: this.withState };
      // One row more tells whether there is another page.
      const rows = await this.intake.query(this.filter, after === undefined ? page : { ...page, after });
      const shown = rows.slice(0, this.pageSize);
      after = rows.length > this.pageSize ? shown.at(-1)?.id : undefined;
      yield {
        items: shown.map(this.itemOf),
        continuationToken: after === undefined ? undefined : tokenOf(after, this.filter.kind),
      };
    } while (after !== undefined);
  }
}

/** A token is the id behind which to go on: it needs nothing that is kept anywhere. */
function tokenOf(id: string, kind: InstanceFilter['kind']): string {
  return `1.${kind}.${Buffer.from(id).toString('base64url')}`;
}

function idOf(token: unknown, kind: InstanceFilter['kind']): string {
  const begin = `1.${kind}.`;
  if (typeof token === 'string' && token.startsWith(begin)) {
    const id = Buffer.from(token.slice(begin.length), 'base64url').toString();
    if (tokenOf(id, kind) === token) return id;
  }
  throw new InvalidArgumentError(
    'continuationToken',
    'it was not given by a page of such a query',
    'Give the `continuationToken` of an earlier page as it is.',
  );
}
