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
  const { stringWidth } = await import('../vendor/width.js');
  const texts = rows.map((row) => columns.map(({ of }) => safeText(String(of(row) ?? ''))));
  const max = wideMax(texts, columns, terminal.columns);
  const heads = columns.map(({ head }) => terminal.style('dim', head));
  const cells = texts.map((line, at) =>
    line.map((text, column) => {
      const { wide, style } = columns[column] as Column<Row>;
      const shown = wide === true ? cut(text, max) : text;
      const colour = style?.(text, rows[at] as Row);
      return colour === undefined ? shown : terminal.style(colour, shown);
    }),
  );
  const lines = [heads, ...cells];
  const widths = columns.map((_, at) =>
    lines.reduce((widest, line) => Math.max(widest, stringWidth(line[at] as string)), 0),
  );
  const padded = lines.map((line) =>
    line
      .map((text, at) => {
        const room = ' '.repeat((widths[at] as number) - stringWidth(text));
        return columns[at]?.align === 'right' ? room + text : text + room;
      })
      .join(' '.repeat(gap))
      .trimEnd(),
  );
  return `${padded.join('\n')}\n`;
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
