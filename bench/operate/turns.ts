/** Comparison of costs that are measured by turns: the ratio of each pair of neighbouring rounds, and the median of all pairs. */

/** One pair of neighbouring rounds. */
export type Pair = readonly [without: number, beside: number];

export interface Comparison {
  /** By how much more the work costs beside the observer: 0.01 is one percent. The median of all pairs. */
  readonly more: number;
  /** The interval that holds the true median in 19 of 20 measurements. */
  readonly from: number;
  readonly to: number;
}

/**
 * Other programs, garbage collection and the compiler disturb single rounds, and the neighbour of a round sees the same machine. So the ratio
 * of neighbours is compared, and its median ignores what disturbs a few.
 */
export function compared(pairs: readonly Pair[]): Comparison {
  const ratios = pairs.map(([without, beside]) => beside / without - 1).toSorted((a, b) => a - b);
  const { length } = ratios;
  // The ranks between which the median lies, by the normal approximation of the binomial distribution.
  const rank = Math.max(0, Math.floor((length - 1.96 * Math.sqrt(length)) / 2));
  const at = (index: number) => ratios[index] ?? Number.NaN;
  const more = (at(Math.floor((length - 1) / 2)) + at(Math.ceil((length - 1) / 2))) / 2;
  return { more, from: at(rank), to: at(length - 1 - rank) };
}

/**
 * Measures the sides by turns, each second time in the other order, and compares each with the first one. The rounds before the first count
 * compile the code.
 */
export async function byTurns<Side>(
  sides: readonly Side[],
  { rounds, warm }: { readonly rounds: number; readonly warm: number },
  measure: (side: Side) => Promise<number>,
): Promise<ReadonlyMap<Side, readonly Pair[]>> {
  const [first, ...others] = sides;
  const pairs = new Map<Side, Pair[]>(others.map((side) => [side, []]));
  for (let round = -warm; round < rounds; round += 1) {
    const costs = new Map<Side, number>();
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) costs.set(side, await measure(side));
    if (round < 0) continue;
    for (const side of others) pairs.get(side)?.push([costs.get(first as Side) as number, costs.get(side) as number]);
  }
  return pairs;
}
