/** Tables of plain columns, without lines, so that other programs can read them too. */
import { cut, safeText } from './safe-text.js';
import type { Style, Terminal } from './terminal.js';

/** A column. */
export interface Column<Row> {
  readonly head: string;
  readonly of: (row: Row) => string | number | null;
  readonly align?: 'right';
  /** Whether this column gives way if the terminal is narrow. Without a terminal it is cut at 200 characters. */
  readonly wide?: true;
  /** A colour, by the text of the cell. Every colour stands beside a word that says the same. */
  readonly style?: (text: string, row: Row) => Style | undefined;
}

const wideOtherwise = 200;
const wideAtLeast = 16;
const gap = 2;

/** The lines of a table, with its head, ended by a line break. */
export async function tableText<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  terminal: Terminal,
): Promise<string> {
  const { Table } = await import('../vendor/table.js');
  const texts = rows.map((row) => columns.map(({ of }) => safeText(String(of(row) ?? ''))));
  const max = wideMax(texts, columns, terminal.columns);
  const table = new Table({
    head: columns.map(({ head }) => terminal.style('dim', head)),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': gap },
    chars: noLines,
  });
  for (const [at, cells] of texts.entries()) {
    const row = rows[at] as Row;
    table.push(
      cells.map((text, column) => {
        const { wide, style } = columns[column] as Column<Row>;
        const shown = wide === true ? cut(text, max) : text;
        const colour = style?.(text, row);
        return colour === undefined ? shown : terminal.style(colour, shown);
      }),
    );
  }
  const lines = table.toString().split('\n');
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** The room for each wide column. */
function wideMax(
  texts: readonly (readonly string[])[],
  columns: readonly Pick<Column<never>, 'head' | 'wide'>[],
  width: number | undefined,
): number {
  if (width === undefined) return wideOtherwise;
  const wide = columns.filter((column) => column.wide === true).length;
  if (wide === 0) return wideOtherwise;
  let fixed = columns.length * gap;
  for (const [at, { head, wide }] of columns.entries()) {
    if (wide === true) continue;
    let longest = head.length;
    for (const row of texts) longest = Math.max(longest, row[at]?.length ?? 0);
    fixed += longest;
  }
  return Math.max(wideAtLeast, Math.floor((width - fixed) / wide));
}

const noLines = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
    'middle',
  ].map((name) => [name, '']),
);
