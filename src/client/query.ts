/** The results of a query, item by item or page by page. */
import { InvalidArgumentError } from '../errors/index.js';
import { shown } from '../errors/text.js';
import { checkOptions, type OptionNames } from '../model/options.js';
import type { PageRequest as HubPage } from '../hub/snapshots.js';
import { checkMaySend } from './guard.js';

/** Where to begin, and how much to read at a time. */
export interface PageOptions {
  /** At most this many items a page, 1 to 1000; default 100. */
  readonly pageSize?: number | undefined;
  /** Of an earlier page: the query goes on behind it, also in another process and days later. */
  readonly continuationToken?: string | undefined;
}

export const pageOptions: OptionNames<PageOptions> = { pageSize: true, continuationToken: true };

/** What `page` of a query takes. */
export interface PageRequest {
  /** The `continuationToken` of an earlier page. Default: the beginning of the query. */
  readonly after?: string | undefined;
  /** At most this many items, 1 to 1000. Default: `pageSize` of the query. */
  readonly size?: number | undefined;
}

const pageRequestOptions: OptionNames<PageRequest> = { after: true, size: true };

/** Where a query reads its items. */
export interface QuerySource<Item> {
  readonly kind: 'entity' | 'orchestration';
  /** Items with a greater id than `after`, ordered by id, at most `limit`. */
  read(page: HubPage): Promise<readonly (readonly [id: string, item: Item])[]>;
  /** How many items there are in all, at one moment. */
  count(): Promise<number>;
}

/** A page of a query. */
export interface QueryPage<Item> {
  readonly items: readonly Item[];
  /** Gives the page behind this one; `undefined`: this is the last. */
  readonly continuationToken: string | undefined;
}

const pageSizeMax = 1_000;

/**
 * What a query finds, ordered by id; read page by page while it is iterated, so each page is of its own moment.
 *
 * What exists all the while comes once; what comes or goes meanwhile may be seen or not, and nothing comes twice. (So a loop that
 * makes ever new rows behind the one it is at feeds itself.) It can be iterated more than once, and reads anew then.
 */
export class Query<Item> implements AsyncIterable<Item> {
  private readonly pageSize: number;
  private readonly first: string | undefined;

  constructor(
    private readonly method: string,
    private readonly source: QuerySource<Item>,
    { pageSize = 100, continuationToken }: PageOptions,
  ) {
    checkMaySend(method);
    checkPageSize(pageSize, 'pageSize');
    this.pageSize = pageSize;
    this.first =
      continuationToken === undefined ? undefined : idOf(continuationToken, source.kind, 'continuationToken');
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Item, void> {
    for await (const { items } of this.pages()) yield* items;
  }

  /** The same, page by page. A page is shorter than `pageSize` only at the end; there is at least one, which may be empty. */
  async *pages(): AsyncGenerator<QueryPage<Item>, void> {
    let after = this.first;
    do {
      const { page, last } = await this.read(after, this.pageSize);
      after = last;
      yield page;
    } while (after !== undefined);
  }

  /**
   * One page: the first, or the one behind an earlier page. Resolves with at most `size` items and with the token of the next page;
   * a later page may be asked for in another process, and days later.
   * @throws InvalidArgumentError if `after` is no token of such a query, or `size` is no whole number from 1 to 1000
   */
  async page(options?: PageRequest): Promise<QueryPage<Item>> {
    const { after, size = this.pageSize } = checkOptions(options, pageRequestOptions);
    checkPageSize(size, 'size');
    const { page } = await this.read(after === undefined ? this.first : idOf(after, this.source.kind, 'after'), size);
    return page;
  }

  /**
   * How many items the query finds in all, as committed at one moment. It counts in the database and reads no state; it takes longer
   * the more rows the filter has to pass: some tenths of a second for a million.
   */
  async count(): Promise<number> {
    checkMaySend(this.method);
    return this.source.count();
  }

  /** @param after the id behind which to go on; `last` is that of the page, if there is another one behind it */
  private async read(
    after: string | undefined,
    size: number,
  ): Promise<{ page: QueryPage<Item>; last: string | undefined }> {
    checkMaySend(this.method);
    // One more tells whether there is another page.
    const read = await this.source.read({ after, limit: size + 1 });
    const found = read.slice(0, size);
    const last = read.length > size ? found.at(-1)?.[0] : undefined;
    const continuationToken = last === undefined ? undefined : tokenOf(last, this.source.kind);
    return { page: { items: found.map(([, item]) => item), continuationToken }, last };
  }
}

function checkPageSize(size: unknown, argument: string): void {
  if (Number.isInteger(size) && (size as number) >= 1 && (size as number) <= pageSizeMax) return;
  throw new InvalidArgumentError(argument, `${shown(size)} is no whole number from 1 to ${pageSizeMax}`);
}

/** A token is the id behind which to go on: it needs nothing that is kept anywhere. */
function tokenOf(id: string, kind: QuerySource<unknown>['kind']): string {
  return `1.${kind}.${Buffer.from(id).toString('base64url')}`;
}

function idOf(token: unknown, kind: QuerySource<unknown>['kind'], argument: string): string {
  const begin = `1.${kind}.`;
  if (typeof token === 'string' && token.startsWith(begin)) {
    const id = Buffer.from(token.slice(begin.length), 'base64url').toString();
    if (tokenOf(id, kind) === token) return id;
  }
  throw new InvalidArgumentError(
    argument,
    'it was not given by a page of such a query',
    'Give the `continuationToken` of an earlier page as it is.',
  );
}
