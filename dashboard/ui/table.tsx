/** Tables of lists: rows that keys move through, and cards on a phone. A row is drawn again only after a change of its item. */
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Empty, Loading, Problem } from './states.js';
import { count, plural } from './text.js';
import { pageAddress, setQuery, route } from '../routing/route.js';
import type { LiveList } from './list.js';

export interface Column<Item> {
  readonly title: string;
  /** Content of the cell. A list calls functions here: components cost a hundred rows half of their time. What reads a signal is a component. */
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
  /** Whether columns have shares of the width, so that the browser needs no look at rows outside of the window. For long tables. */
  readonly isLong?: boolean;
}

/** What a row was made of, and the row. */
interface Row<Item> {
  readonly item: Item;
  readonly classes: string;
  readonly row: VNode;
}

/** Explicit roles: as cards, the parts are no table for the browser. */
export function Table<Item>(props: TableProps<Item>) {
  const { label, columns, hrefOf, idOf, isLong = false } = props;
  const items = useSeenFirst(props.items);
  const rows = useRows({ ...props, items });
  const open = ({ target }: MouseEvent) => {
    const [row, control] = ['tr', 'a, button, .question'].map((part) => (target as Element).closest<HTMLElement>(part));
    const item = control === null ? items.find((one) => idOf(one) === row?.dataset['row']) : undefined;
    if (hrefOf !== undefined && item !== undefined) location.hash = hrefOf(item);
  };
  return (
    <div class="table-frame">
      <table role="table" aria-label={label} {...(isLong && { class: 'long', style: widthsOf(columns) })}>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map(({ title, kind = '' }) => (
              <th key={title} role="columnheader" scope="col" class={kind}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup" onClick={open}>
          {rows}
        </tbody>
      </table>
    </div>
  );
}

/** The least height of a row in pixels, so that no window shows more rows than it has heights. */
const rowPx = 36;

/** The items of the first frame, and all of them from the next one on: rows below the window do not delay those that are seen. */
function useSeenFirst<Item>(items: readonly Item[]): readonly Item[] {
  const [isSeen, setSeen] = useState(false);
  // Effects run after the frame has been painted.
  useEffect(() => setSeen(true), []);
  return isSeen ? items : items.slice(0, Math.ceil(window.innerHeight / rowPx));
}

/** The rows. One whose item is the same is the same as before, and is not compared with the page. */
function useRows<Item>({ items, columns, idOf, hrefOf, isOpen, gone }: TableProps<Item>): readonly VNode[] {
  const before = useRef<{ readonly of: readonly unknown[]; readonly rows: ReadonlyMap<string, Row<Item>> } | undefined>(
    undefined,
  );
  // Cells have links, which begin with the address of the page.
  const of = [columns, pageAddress.value];
  const known = before.current?.of.every((one, index) => one === of[index]) === true ? before.current.rows : undefined;
  const rows = new Map<string, Row<Item>>();
  for (const item of items) {
    const id = idOf(item);
    const classes = `${hrefOf === undefined ? '' : 'opens'}${isOpen?.(item) === true ? ' is-open' : ''}${gone?.has(id) === true ? ' is-gone' : ''}`;
    const present = known?.get(id);
    const isSame = present?.item === item && present.classes === classes;
    rows.set(id, isSame ? present : { item, classes, row: drawn(id, item, classes, columns) });
  }
  before.current = { of, rows };
  return Array.from(rows.values(), ({ row }) => row);
}

function drawn<Item>(id: string, item: Item, classes: string, columns: readonly Column<Item>[]): VNode {
  return (
    <tr key={id} role="row" class={classes} data-row={id}>
      {columns.map(({ title, cell, kind }) => (
        <td key={title} role="cell" class={kind} data-label={title}>
          {cell(item)}
        </td>
      ))}
    </tr>
  );
}

/** The least width of a column in rem, and its share of what is left. */
const widths: Readonly<
  Record<NonNullable<Column<unknown>['kind']> | 'other', readonly [least: number, share: number]>
> = {
  head: [11, 1.5],
  number: [5.5, 0.5],
  text: [15, 1.5],
  wide: [12, 2.5],
  other: [7.5, 1],
};

function widthsOf<Item>(columns: readonly Column<Item>[]): Record<string, string> {
  const found = columns.map(({ kind }) => widths[kind ?? 'other']);
  return {
    '--columns': found.map(([least, share]) => `minmax(${least}rem, ${share}fr)`).join(' '),
    '--least': `${found.reduce((sum, [least]) => sum + least, 0)}rem`,
  };
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
      {/* Another list is another table: its first frame has the rows that are seen, and no row of the list before is compared with it. */}
      {items.length > 0 && <Table key={list.address} {...table} items={items} gone={list.gone} />}
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
