/** The comparison of commit costs with stored ones. */
import { number } from '../lines.js';
import type { CommitCosts } from './works.js';

/** Figures that are compared, and their growth that counts as none, 0 to 1. */
const figures = {
  /** The same in each run: the room is for a small change that is worth it. */
  kiloInstructions: { unit: 'kI', digits: 1, tolerance: 0.02 },
  /** A commit writes whole pages. So a row that is a little longer may move others to one page more. */
  bytes: { unit: 'bytes', digits: 0, tolerance: 0.1 },
} as const;

/** The tolerance of instructions with another build of SQLite: another compiler makes other instructions of the same code. */
const ofOtherBuild = 0.15;

export interface Comparison {
  /** One line for each figure that grew beyond the tolerance, and for each work that has no stored figure. */
  readonly worse: readonly string[];
  /** One line for each figure that became smaller than the tolerance. */
  readonly better: readonly string[];
}

export function compareCosts(stored: CommitCosts, now: CommitCosts): Comparison {
  const isSame = stored.driver === now.driver && stored.sqlite === now.sqlite;
  const worse: string[] = [];
  const better: string[] = [];
  for (const cost of now.costs) {
    const name = `${cost.work}, ${number(cost.inFlight)} in flight`;
    const before = stored.costs.find((each) => each.work === cost.work && each.inFlight === cost.inFlight);
    if (before === undefined) {
      worse.push(`${name}: no figure is stored`);
      continue;
    }
    for (const figure of ['kiloInstructions', 'bytes'] as const) {
      const { unit, digits, tolerance } = figures[figure];
      const [from, to] = [before[figure], cost[figure]];
      const allowed = isSame ? tolerance : Math.max(tolerance, ofOtherBuild);
      if (Math.abs(to - from) <= from * allowed) continue;
      const change = `${to > from ? '+' : '−'}${number((Math.abs(to - from) / from) * 100, 1)} %`;
      (to > from ? worse : better).push(`${name}: ${number(from, digits)} → ${number(to, digits)} ${unit} (${change})`);
    }
  }
  return { worse, better };
}
