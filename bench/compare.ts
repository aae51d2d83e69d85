import { readFileSync } from 'node:fs';
import Table from 'cli-table3';
import type { Figure } from './figure.js';
import { number } from './lines.js';

/** A table of two runs, which compares each figure of the first with the same figure of the second. */
export function comparison(before: string, after: string): string {
  const [first, second] = [before, after].map((file) => JSON.parse(readFileSync(file, 'utf8')) as Figure[]);
  const table = new Table({
    head: ['work', 'in flight', '/s', '', 'ratio', 'p99 ms', '', 'cpu us/msg', '', 'ratio'],
    colAligns: ['left', ...Array.from({ length: 9 }, () => 'right' as const)],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  for (const b of second ?? []) {
    const a = first?.find(({ work, inFlight }) => work === b.work && inFlight === b.inFlight);
    if (a === undefined) continue;
    table.push([
      b.work,
      number(b.inFlight),
      number(a.perSecond),
      number(b.perSecond),
      number(b.perSecond / a.perSecond, 2),
      number(a.p99Ms, 1),
      number(b.p99Ms, 1),
      number(a.cpuUsPerMessage, 1),
      number(b.cpuUsPerMessage, 1),
      number(b.cpuUsPerMessage / a.cpuUsPerMessage, 2),
    ]);
  }
  return table.toString();
}
