/** Live lists: rows keep their place while the page is open. Changed rows are updated, and new ones wait behind a button. */
import { useComputed, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { onChanges } from '../api/live.js';
import { useResource, type Concerns, type Resource } from '../api/resource.js';
import { withQuery, type Query } from '../api/client.js';
import type { Changed, Page } from '../api/answers.js';

export interface LiveList<Item> extends Resource<Page<Item>> {
  /** Path and query of what is listed. */
  readonly address: string;
  readonly items: readonly Item[];
  /** Ids of rows that have been deleted since they were shown. */
  readonly gone: ReadonlySet<string>;
  /** Number of new rows that are not shown yet. */
  readonly waiting: number;
  /** Shows the newest page as it is. */
  readonly accept: () => void;
  /** Shows and reads the page again. */
  readonly again: () => void;
}

export interface ListSource<Item> {
  readonly path: string;
  readonly query: Query;
  readonly idOf: (item: Item) => string;
  readonly concerns: Concerns<Page<Item>>;
  /** The row after a change, before it is read again. */
  readonly patch?: (item: Item, changed: Changed) => Item;
}

export function useList<Item>({ path, query, idOf, concerns, patch }: ListSource<Item>): LiveList<Item> {
  const address = withQuery(path, query);
  const resource = useResource<Page<Item>>(address, concerns);
  const shown = useSignal<{ readonly address: string; readonly items: readonly Item[] } | undefined>(undefined);
  const changes = useSignal<ReadonlyMap<string, Changed>>(new Map());
  const { data } = resource;

  useEffect(() => {
    if (data === undefined) return;
    const present = shown.peek();
    // Without rows there is no place to keep.
    if (present?.address !== address || present.items.length === 0) {
      shown.value = { address, items: data.items };
      return;
    }
    const read = new Map(data.items.map((item) => [idOf(item), item]));
    // What was read is newer than the changes before, but for one that causes another reading.
    changes.value = new Map([...changes.peek()].filter(([id]) => !read.has(id)));
    // A row that was read again and is the same stays the same object, so that it is not drawn again.
    const newest = (item: Item) => {
      const other = read.get(idOf(item));
      return other === undefined || JSON.stringify(other) === JSON.stringify(item) ? item : other;
    };
    shown.value = { address, items: present.items.map(newest) };
  }, [data, address]);

  useEffect(() => {
    changes.value = new Map();
    return onChanges(({ instances }) => {
      const ids = new Set(shown.peek()?.items.map(idOf));
      const seen = instances.filter(({ id }) => ids.has(id));
      if (seen.length > 0) changes.value = new Map([...changes.peek(), ...seen.map((one) => [one.id, one] as const)]);
    });
  }, [address]);

  const items = useComputed(() =>
    (shown.value?.items ?? []).map((item) => {
      const changed = changes.value.get(idOf(item));
      return changed === undefined || patch === undefined ? item : patch(item, changed);
    }),
  );
  const gone = useComputed(
    () => new Set([...changes.value.values()].filter(({ deleted }) => deleted).map(({ id }) => id)),
  );
  const isCurrent = shown.value?.address === address;
  const known = new Set(items.value.map(idOf));
  return {
    ...resource,
    address,
    items: isCurrent ? items.value : (data?.items ?? []),
    gone: gone.value,
    waiting: isCurrent ? (data?.items ?? []).filter((item) => !known.has(idOf(item))).length : 0,
    accept() {
      if (data === undefined) return;
      shown.value = { address, items: data.items };
      changes.value = new Map();
    },
  };
}
