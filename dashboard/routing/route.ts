/** Route of the page: the fragment of the address, `#/runs?status=failed&run=t-17`. Every view has one, so that back, links and bookmarks work. */
import { computed, signal } from '@preact/signals';
import { withQuery, type Query } from '../api/client.js';

export type PageName = 'overview' | 'entities' | 'runs' | 'locks' | 'dead-letters' | 'workers';

export const pages: readonly { readonly name: PageName; readonly title: string; readonly key: string }[] = [
  { name: 'overview', title: 'Overview', key: 'o' },
  { name: 'entities', title: 'Entities', key: 'e' },
  { name: 'runs', title: 'Runs', key: 'r' },
  { name: 'locks', title: 'Locks', key: 'l' },
  { name: 'dead-letters', title: 'Dead letters', key: 'd' },
  { name: 'workers', title: 'Workers', key: 'w' },
];

export interface Route {
  readonly page: PageName;
  readonly query: Readonly<Record<string, string>>;
}

const hash = signal(location.hash);
window.addEventListener('hashchange', () => {
  hash.value = location.hash;
});

export const route = computed<Route>(() => parse(hash.value));

function parse(text: string): Route {
  const [path = '', search = ''] = text.replace(/^#\/?/, '').split(/\?(.*)/s);
  const page = pages.find(({ name }) => name === path)?.name ?? 'overview';
  return { page, query: Object.fromEntries(new URLSearchParams(search)) };
}

export function addressOf(page: PageName, query: Query = {}): string {
  return withQuery(`#/${page}`, query);
}

export function go(page: PageName, query: Query = {}): void {
  location.hash = addressOf(page, query);
}

/** Address of the present page with other fields. `undefined` removes a field. */
export function addressWith(changes: Query): string {
  const { page, query } = route.value;
  return addressOf(page, { ...query, ...changes });
}

/** Changes fields of the present view. A field that is being typed replaces the entry of the browser's history. */
export function setQuery(changes: Query, options: { readonly replace?: boolean } = {}): void {
  const address = addressWith(changes);
  if (address === location.hash) return;
  if (options.replace === true) {
    history.replaceState(null, '', address);
    hash.value = location.hash;
  } else location.hash = address;
}

/** Address of the present page without its drawer, made once for all links of a list. Ends where the field of a drawer follows. */
export const pageAddress = computed(() => {
  const { page, query } = route.value;
  const address = addressOf(page, { ...query, entity: undefined, run: undefined });
  return `${address}${address.includes('?') ? '&' : '?'}`;
});

/** Address that opens an entity in the drawer, over the present page. */
export function entityAddress(entityId: string): string {
  return `${pageAddress.value}${new URLSearchParams({ entity: entityId })}`;
}

/** Address that opens an orchestration in the drawer, over the present page. */
export function runAddress(instanceId: string): string {
  return `${pageAddress.value}${new URLSearchParams({ run: instanceId })}`;
}

export function closeDrawer(): void {
  setQuery({ entity: undefined, run: undefined });
}
