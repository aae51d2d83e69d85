/** Lines while the soak runs, and the comparison at its end. */
import Table from 'cli-table3';
import type { Clients } from './clients.js';
import type { Growth, Sample } from './sample.js';

const inMegabytes = new Set(['heap', 'rss', 'file', 'log']);

export function tellSample({ atMs, acked, values }: Sample, isFirst: boolean): void {
  const columns = [...values].map(([name, value]) => [name.replace(/^rows of de_/, ''), shown(name, value)] as const);
  if (isFirst) console.log(['s', 'acked', ...columns.map(([name]) => name)].map(padded).join(''));
  console.log([(atMs / 1_000).toFixed(0), String(acked), ...columns.map(([, value]) => value)].map(padded).join(''));
}

/** Whether nothing grew, and enough was done to show it. */
export function report({
  growth,
  clients,
}: {
  readonly growth: readonly Growth[];
  readonly clients: Clients;
}): boolean {
  const problems: string[] = [];
  const table = new Table({
    head: ['', 'after a quarter', 'at the end', 'allowed'],
    colAligns: ['left', 'right', 'right', 'right'],
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    style: { border: [], head: [] },
  });
  for (const { name, before, after, allowed } of growth) {
    table.push([name, ...[before, after, allowed].map((value) => shown(name, value))]);
    if (after > allowed)
      problems.push(`${name}: ${shown(name, before)}, then ${shown(name, after)}, of ${shown(name, allowed)} allowed`);
  }
  console.log(table.toString());
  for (const [ending, count] of clients.ended) {
    console.log(`clients ${ending}: ${count}`);
    if (count === 0) problems.push(`no client was ${ending}: this shows nothing`);
  }
  console.log(`acknowledged: ${clients.acked}`);
  if (clients.acked < 500) problems.push('less than 500 acknowledged: this shows nothing');
  for (const problem of problems) console.log(`PROBLEM ${problem}`);
  const count = problems.length + clients.surprises.length;
  console.log(count === 0 ? 'nothing grows' : `${count} problems`);
  return count === 0;
}

function shown(name: string, value: number): string {
  if (value === Number.POSITIVE_INFINITY) return 'not compared';
  return inMegabytes.has(name) ? `${(value / 2 ** 20).toFixed(1)} MB` : String(Math.round(value));
}

function padded(text: string): string {
  return text.padStart(12);
}
