import Table from 'cli-table3';
import { percentile } from '../figure.js';
import { number } from '../lines.js';
import { compared, valueOf, type Line } from './contestants.js';

/** The figures of this library and of a peer in one round. */
export interface Round {
  readonly peer: string;
  readonly ours: readonly Line[];
  readonly theirs: readonly Line[];
}

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** The comparison of one figure of this library with one of a peer. */
export interface Comparison {
  readonly work: string;
  readonly peer: string;
  /** The name of the work in the script of the peer. */
  readonly theirWork: string;
  readonly unit: '/s' | 'ms';
  readonly ours: Spread;
  readonly theirs: Spread;
  /** The ratio of the speeds, calculated for each round. */
  readonly ratio: Spread;
}

export function comparisons(rounds: readonly Round[]): Comparison[] {
  const rows: Comparison[] = [];
  for (const { ours, theirs, unit } of compared) {
    const pairs = new Map<string, { peer: string; theirWork: string; ours: number[]; theirs: number[] }>();
    for (const round of rounds) {
      const mine = valueOf(round.ours.find(({ w }) => w === ours) ?? { w: '' }, unit);
      if (mine === undefined) continue;
      for (const line of round.theirs) {
        const other = line.w.startsWith(theirs) ? valueOf(line, unit) : undefined;
        if (other === undefined) continue;
        const key = `${round.peer} ${line.w}`;
        const pair = pairs.get(key) ?? { peer: round.peer, theirWork: line.w, ours: [], theirs: [] };
        pairs.set(key, pair);
        pair.ours.push(mine);
        pair.theirs.push(other);
      }
    }
    for (const pair of pairs.values()) {
      const ratios = pair.ours.map((mine, i) => {
        const other = pair.theirs[i] as number;
        return unit === '/s' ? mine / other : other / mine;
      });
      const { peer, theirWork } = pair;
      rows.push({
        work: ours,
        peer,
        theirWork,
        unit,
        ours: spread(pair.ours),
        theirs: spread(pair.theirs),
        ratio: spread(ratios),
      });
    }
  }
  return rows;
}

function spread(values: readonly number[]): Spread {
  return { min: Math.min(...values), median: percentile([...values], 0.5), max: Math.max(...values) };
}

/** The cells of a comparison, for a terminal and a page. */
export function cellsOf({ work, peer, theirWork, unit, ours, theirs, ratio }: Comparison): string[] {
  const shown = ({ min, median, max }: Spread, digits: number) =>
    `${number(median, digits)} (${number(min, digits)} to ${number(max, digits)})`;
  const digits = unit === 'ms' ? 2 : 0;
  return [work, peer, theirWork, unit, shown(ours, digits), shown(theirs, digits), shown(ratio, 1)];
}

export const comparisonHead = ['our work', 'peer', 'its work', '', 'we', 'they', 'times faster'];

export function comparisonTable(rows: readonly Comparison[]): string {
  const table = new Table({
    head: comparisonHead,
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  for (const row of rows) table.push(cellsOf(row));
  return table.toString();
}
