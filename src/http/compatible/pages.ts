/** Pages of lists: at most 100 items, and not many more bytes than a mebibyte. */
import type { Query } from '../../client/query.js';
import type { Answer, Exchange } from '../exchange.js';
import type { Parameters } from './parameters.js';

const itemsMax = 100;

/** The number of bytes after which an answer holds no further items. */
export const pageBytesMax = 1024 * 1024;

/** The number of items that are read before the size of an item is known. */
const firstStep = 10;

export interface ListPage<Item> {
  readonly items: readonly Item[];
  /** `undefined` if this is the last page. */
  readonly continuationToken: string | undefined;
}

/** The header of continuation tokens, in requests and answers. */
const tokenHeader = 'x-ms-continuation-token';

/** The page that a request asks for. */
export function pageOf(
  { request }: Exchange,
  parameters: Parameters,
): { readonly size: number; readonly after: string | undefined } {
  const { [tokenHeader]: token } = request.headers;
  const after = Array.isArray(token) ? token[0] : token;
  return { size: Math.min(parameters.count('top') ?? itemsMax, itemsMax), after: after === '' ? undefined : after };
}

/**
 * Reads a page in steps, until it has enough items or bytes. A page has at least one item, if the query finds one.
 * @param show makes the items of the answer
 */
export async function listPage<Found, Item>(
  query: Pick<Query<Found>, 'page'>,
  { size, after }: { readonly size: number; readonly after: string | undefined },
  show: (found: Found) => Item,
): Promise<ListPage<Item>> {
  const items: Item[] = [];
  let bytes = 0;
  let token = after;
  for (let step = Math.min(firstStep, size); ;) {
    const page = await query.page({ after: token, size: step });
    for (const found of page.items) {
      const item = show(found);
      items.push(item);
      bytes += Buffer.byteLength(JSON.stringify(item));
    }
    token = page.continuationToken;
    if (token === undefined || items.length >= size || bytes >= pageBytesMax)
      return { items, continuationToken: token };
    const fitting = Math.floor((pageBytesMax - bytes) / (bytes / items.length));
    step = Math.max(1, Math.min(size - items.length, fitting));
  }
}

/** The last page has no header, so that a client stops there. */
export function pageAnswer({ items, continuationToken }: ListPage<unknown>): Answer {
  const headers = continuationToken === undefined ? undefined : { [tokenHeader]: continuationToken };
  return { status: 200, json: items, ...(headers !== undefined && { headers }) };
}
