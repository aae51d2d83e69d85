/** Results of a query, item by item or page by page. */
import { InvalidArgumentError } from '../errors/index.js';
import { quoted, shown } from '../errors/text.js';
import { checkOptions, type OptionNames } from '../model/options.js';
import type { PageRequest as HubPage } from '../hub/snapshots.js';
import { checkMaySend } from './guard.js';

/** Where a query begins, and how many items it reads at a time. */
export interface PageOptions {
  /** Maximum number of items of a page: 1 to 1000. Default: 100. */
  readonly pageSize?: number | undefined;
  /** Token of an earlier page: the query continues after that page, also in another process and days later. Default: the first page. */
  readonly continuationToken?: string | undefined;
}

export const pageOptions: OptionNames<PageOptions> = { pageSize: true, continuationToken: true };

/** Options of a query's `page`. */
export interface PageRequest {
  /** The `continuationToken` of an earlier page. Default: the first page of the query. */
  readonly after?: string | undefined;
  /** Maximum number of items: 1 to 1000. Default: `pageSize` of the query. */
  readonly size?: number | undefined;
}

const pageRequestOptions: OptionNames<PageRequest> = { after: true, size: true };

/** Source of the items of a query. */
export interface QuerySource<Item> {
  readonly kind: 'entity' | 'orchestration';
  /** Items with a greater id than `after`, ordered by id, at most `limit`. */
  read(page: HubPage): Promise<readonly (readonly [id: string, item: Item])[]>;
  /** Number of all items, at one moment. */
  count(): Promise<number>;
}

/** A page of a query. */
export interface QueryPage<Item> {
  readonly items: readonly Item[];
  /** Token for the next page. `undefined` if this is the last page. */
  readonly continuationToken: string | undefined;
}

const pageSizeMax = 1_000;

/**
 * Async iterable of the items that a query finds, ordered by id. An iteration reads page by page, and each page shows the moment at which
 * it is read.
 *
 * An item that exists during the whole iteration is yielded once. An item that is created or deleted meanwhile may be yielded or not. No
 * item is yielded twice. (A loop that always creates items with greater ids does not end.) Each iteration reads from the database again.
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

  /** Iterates page by page. Every page but the last one has `pageSize` items. At least one page is yielded; it may be empty. */
  async *pages(): AsyncGenerator<QueryPage<Item>, void> {
    let after = this.first;
    do {
      const { page, last } = await this.read(after, this.pageSize);
      after = last;
      yield page;
    } while (after !== undefined);
  }

  /**
   * Reads one page: the first, or the one after an earlier page. Resolves with at most `size` items and the token of the next page. The
   * token is valid in other processes too, and does not expire.
   * @throws InvalidArgumentError if `after` is not a token of such a query, or `size` is not a whole number from 1 to 1000
   */
  async page(options?: PageRequest): Promise<QueryPage<Item>> {
    const { after, size = this.pageSize } = checkOptions(options, pageRequestOptions);
    checkPageSize(size, 'size');
    const { page } = await this.read(after === undefined ? this.first : idOf(after, this.source.kind, 'after'), size);
    return page;
  }

  /**
   * Resolves with the number of all items that the query finds, as committed at one moment. The database counts; no state is read. The
   * time grows with the number of rows that the filter checks: some tenths of a second for a million rows.
   */
  async count(): Promise<number> {
    checkMaySend(this.method);
    return this.source.count();
  }

  /**
   * Reads the items after an id. `last` is the id of the last item of the page, `undefined` if no page follows.
   * @param after the id after which the page begins; `undefined` for the first page
   */
  private async read(
    after: string | undefined,
    size: number,
  ): Promise<{ page: QueryPage<Item>; last: string | undefined }> {
    checkMaySend(this.method);
    // Reads one item more than the page has, to know whether another page follows.
    const read = await this.source.read({ after, limit: size + 1 });
    const found = read.slice(0, size);
    const last = read.length > size ? found.at(-1)?.[0] : undefined;
    const continuationToken = last === undefined ? undefined : tokenOf(last, this.source.kind);
    return { page: { items: found.map(([, item]) => item), continuationToken }, last };
  }
}

function checkPageSize(size: unknown, argument: string): void {
  if (Number.isInteger(size) && (size as number) >= 1 && (size as number) <= pageSizeMax) return;
  throw new InvalidArgumentError(argument, `${shown(size)} is not a whole number from 1 to ${pageSizeMax}`);
}

/** A continuation token holds the last id of its page. No data is kept for it, so it does not expire. */
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
    `${quoted(token)} is not a continuation token of such a query`,
    'Give the `continuationToken` of an earlier page, unchanged.',
  );
}
