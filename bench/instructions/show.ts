/** Lines of a terminal for commit costs. */
import { number, percent } from '../lines.js';
import type { CommitCost, Counted } from './works.js';

const titles = ['in flight', 'commits', 'kI/msg', 'JSON', 'bytes/msg', 'writes/commit', 'syncs/commit'];

export const headLine = `${'work'.padEnd(16)}${titles.map((title) => title.padStart(14)).join('')}`;

/** Load, instructions and bytes of a work. */
export function cellsOf(cost: CommitCost): string[] {
  return [
    number(cost.inFlight),
    number(cost.commits),
    number(cost.kiloInstructions, 1),
    percent(cost.jsonShare ?? Number.NaN),
    number(cost.bytes),
    number(cost.writesPerCommit, 1),
  ];
}

/** The line of a work, and a line for each of its most expensive functions. */
export function linesOf({ cost, functions }: Counted, functionsShown: number): string {
  const cells = [...cellsOf(cost), number(cost.syncsPerCommit, 2)];
  const shown = functions.slice(0, functionsShown);
  return [
    cost.work.padEnd(16) + cells.map((cell) => cell.padStart(14)).join(''),
    ...shown.map(([name, share]) => `  ${`${number(share * 100, 1)} %`.padStart(7)}  ${name}`),
  ].join('\n');
}
