/** Lists: pages of the API, written as a table, as one document, or line by line. */
import { cut, safeJson } from '../output/safe-text.js';
import { tableText, type Column } from '../output/table.js';
import { optionalFlag, optionalNumber, type HubCall } from './command.js';
import type { Query } from '../connection/hub-api.js';
import { CliError } from '../cli-error.js';

/** Flags of a list. */
export interface ListFlags {
  readonly limit?: number;
  readonly all?: boolean;
}

export const listFlags = {
  limit: optionalNumber('The maximum number of rows. Default: 50', 'number'),
  all: optionalFlag('Read to the end of the list'),
};

const limitOtherwise = 50;
const pageMax = 100;

/**
 * Reads pages until the limit and writes their rows. Lines of JSON and rows of a table are written page by page, so a long list takes no
 * memory. The progress of a scan goes to stderr.
 */
export async function writeList<Item>(
  { api, terminal, flags }: HubCall<ListFlags, unknown>,
  path: string,
  query: Query,
  columns: readonly Column<Item>[],
  empty: string,
): Promise<void> {
  const max = flags.all === true ? Number.POSITIVE_INFINITY : (flags.limit ?? limitOtherwise);
  if (!(max >= 1)) throw new CliError('usage', `--limit is ${max}.`, 'Give a whole number from 1, or --all.');
  let count = 0;
  let next: string | null = null;
  for await (const page of api.pages<Item>(path, { ...query, limit: Math.min(pageMax, max) })) {
    const rows = page.items.slice(0, max - count);
    const from = count;
    count += rows.length;
    next = page.next;
    if (flags.json === true) for (const [at, row] of rows.entries()) await terminal.write(item(row, from + at));
    else if (flags.jsonl === true) for (const row of rows) await terminal.write(`${safeJson(row)}\n`);
    else if (rows.length > 0) await terminal.write(await tableText(rows, columns, terminal));
    if (page.scan !== undefined && terminal.isTerminal)
      terminal.note(`looked at ${page.scan.looked}${page.scan.of === null ? '' : ` of ${page.scan.of}`} rows\n`);
    if (count >= max || next === null) break;
  }
  if (flags.json === true) return terminal.write(`${count === 0 ? '{"items":[' : '\n'}],"next":${safeJson(next)}}\n`);
  if (flags.jsonl === true) return;
  if (count === 0) terminal.note(`${empty}\n`);
  else if (next !== null) terminal.note(`${count} rows. There are more: --limit or --all.\n`);
}

/** An item of one JSON document that is written piece by piece. */
function item(row: unknown, at: number): string {
  return `${at === 0 ? '{"items":[' : ','}\n  ${safeJson(row)}`;
}

/** A user value of the API. */
export interface Payload {
  readonly value?: unknown;
  readonly text?: string;
  readonly length?: number;
  readonly cut?: boolean;
  readonly hidden?: boolean;
}

/** A user value in one line. */
export function payloadText(payload: Payload | null, max = 2_000): string {
  if (payload === null) return '';
  if (payload.hidden === true) return '(hidden)';
  const text = payload.text ?? JSON.stringify(payload.value) ?? '';
  return cut(payload.cut === true ? `${text}…` : text, max);
}

/** A user value in several lines, for details. */
export function payloadBlock(payload: Payload | null): string {
  if (payload === null || payload.hidden === true || payload.text !== undefined) return payloadText(payload, 262_144);
  return safeJson(payload.value, 2);
}
