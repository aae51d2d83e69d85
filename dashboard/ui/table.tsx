/** Tables of lists: rows that keys move through, and cards on a phone. */
import type { ComponentChildren } from 'preact';
import { Empty, Loading, Problem } from './states.js';
import { count, plural } from './text.js';
import { setQuery, route } from '../routing/route.js';
import type { LiveList } from './list.js';

export interface Column<Item> {
  readonly title: string;
  readonly cell: (item: Item) => ComponentChildren;
  /** `number` stands on the right; `text` has room for a sentence; `wide` takes what is left; `head` is the title of the card. */
  readonly kind?: 'number' | 'wide' | 'head' | 'text';
}

interface TableProps<Item> {
  readonly label: string;
  readonly items: readonly Item[];
  readonly columns: readonly Column<Item>[];
  readonly idOf: (item: Item) => string;
  /** Address that a row opens. */
  readonly hrefOf?: (item: Item) => string;
  readonly isOpen?: (item: Item) => boolean;
  readonly gone?: ReadonlySet<string>;
}

/** Explicit roles: as cards, the parts are no table for the browser. */
export function Table<Item>({ label, items, columns, idOf, hrefOf, isOpen, gone }: TableProps<Item>) {
  return (
    <div class="table-frame">
      <table role="table" aria-label={label}>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map(({ title, kind = '' }) => (
              <th key={title} role="columnheader" scope="col" class={kind}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {items.map((item) => {
            const id = idOf(item);
            const href = hrefOf?.(item);
            const classes = [
              href === undefined ? '' : 'opens',
              isOpen?.(item) === true ? 'is-open' : '',
              gone?.has(id) === true ? 'is-gone' : '',
            ];
            const open = (event: MouseEvent) => {
              if (href !== undefined && (event.target as Element).closest('a, button') === null) location.hash = href;
            };
            return (
              <tr key={id} role="row" class={classes.join(' ')} data-row={id} onClick={open}>
                {columns.map(({ title, cell, kind = '' }) => (
                  <td key={title} role="cell" class={kind} data-label={title}>
                    {cell(item)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

interface ListProps<Item> extends Omit<TableProps<Item>, 'items' | 'gone'> {
  readonly list: LiveList<Item>;
  readonly empty: ComponentChildren;
}

/** A live list with its states: loading, refused, empty, and new rows that wait. */
export function ListTable<Item>({ list, empty, ...table }: ListProps<Item>) {
  const { items, error, isLoading, waiting, data } = list;
  if (items.length === 0 && error !== undefined) return <Problem error={error} />;
  if (items.length === 0 && isLoading) return <Loading />;
  return (
    <>
      {waiting > 0 && (
        <button type="button" class="button waiting-rows" onClick={() => list.accept()}>
          Show {plural(waiting, 'new row')}
        </button>
      )}
      {items.length === 0 ? data?.next === null ? empty : <Empty title="Nothing found so far" /> : null}
      {items.length > 0 && <Table {...table} items={items} gone={list.gone} />}
      <Pager list={list} />
    </>
  );
}

function Pager<Item>({ list: { data, items } }: { readonly list: LiveList<Item> }) {
  const { cursor, page = '1' } = route.value.query;
  const next = data?.next ?? null;
  if (next === null && cursor === undefined && data?.scan === undefined) return null;
  const number = /^\d{1,6}$/.test(page) ? Number(page) : 1;
  return (
    <nav class="pager" aria-label="Pages">
      {cursor !== undefined && (
        <button type="button" class="button" onClick={() => setQuery({ cursor: undefined, page: undefined })}>
          First page
        </button>
      )}
      <span class="muted">
        Page {number}, {plural(items.length, 'row')}
        {data?.scan !== undefined &&
          `, looked at ${count(data.scan.looked)}${data.scan.of === null ? '' : ` of ${count(data.scan.of)}`}`}
      </span>
      {next !== null && (
        <button type="button" class="button" onClick={() => setQuery({ cursor: next, page: number + 1 })}>
          {items.length === 0 ? 'Go on looking' : 'Next page'}
        </button>
      )}
    </nav>
  );
}
