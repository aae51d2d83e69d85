/** The table of docs/restate.md: for each number of the checklist, whether it holds on Restate. The recorded run of the suite decides it. */
import { notApplicable, testsByNumber } from '../docs/checklist.js';
import { sections } from '../docs/checklist-items.js';
import { table } from '../docs/tables.js';
import { differences } from './differences.js';
import { results, type PassedTest, type Results } from './results.js';

/** Numbers whose tests stand in the folder of the suite, and need no task hub. */
const withoutHub: readonly number[] = [1];

/** The reason of a number whose tests have no record. */
export const notRecorded = 'no run is recorded';

export interface Standing {
  /** Numbers that the suite tests, and all of whose tests pass. */
  readonly held: readonly number[];
  /** Numbers that the suite tests, with the promise and what does not hold. */
  readonly others: readonly (readonly [number: number, promise: string, what: string])[];
  /** Numbers without a test in the suite: other tests prove them without a task hub. */
  readonly elsewhere: readonly number[];
}

/** Where each number of the checklist stands on Restate. */
export function standing({ passed }: Results): Standing {
  const holding = byNumber(passed, ({ title }) => title);
  const different = byNumber([...differences], ([title]) => title);
  const sources = testsByNumber();
  const held: number[] = [];
  const others: [number, string, string][] = [];
  const elsewhere: number[] = [];
  for (const [number, promise] of sections.flatMap(({ items }) => items)) {
    if (notApplicable[number] !== undefined) continue;
    const count = holding.get(number)?.length ?? 0;
    const reasons = (different.get(number) ?? []).map(([, { kind, reason }]) => `${kind}: ${reason}`);
    const inSuite =
      !withoutHub.includes(number) && (sources.get(number) ?? []).some(({ file }) => file.startsWith('acceptance/'));
    if (reasons.length > 0) {
      const rest = count > 0 ? ` (${count} other tests of it hold)` : '';
      others.push([number, promise, [...new Set(reasons)].join('<br>') + rest]);
    } else if (count > 0) held.push(number);
    else if (inSuite) others.push([number, promise, notRecorded]);
    else elsewhere.push(number);
  }
  return { held, others, elsewhere };
}

export function restateTable(): string {
  const recorded = results();
  const { held, others, elsewhere } = standing(recorded);
  const suite = held.length + others.length;
  const unnumbered = [...differences].filter(([title]) => !/^S\d/.test(title));
  const more = unnumbered.map(([title, { kind, reason }]) => [title, `${kind}: ${reason}`]);
  return [
    `${summary(recorded)}\n`,
    `The suite has tests of ${suite} numbers of the checklist. ${held.length} of them hold without a difference: all of their tests pass. ` +
      `Other tests prove ${elsewhere.length} numbers without a task hub: ${elsewhere.map((number) => `S${number}`).join(', ')}. The numbers that differ:\n`,
    table(
      ['', 'promise', 'on Restate'],
      others.map(([number, promise, what]) => [`S${number}`, promise, what]),
    ),
    'Tests and suites without a number that do not hold:\n',
    table(['test', 'on Restate'], more),
  ].join('\n');
}

/** The versions and the numbers of the recorded run. */
function summary({ sdk, server, passed }: Results): string {
  const counts = new Map<string, number>();
  for (const { nodes } of passed) for (const node of nodes) counts.set(node, (counts.get(node) ?? 0) + 1);
  const runs = [...counts]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([node, count]) => `${count} on Node ${node}`);
  return `Recorded with SDK ${sdk} and server ${server}: of the acceptance suite, these numbers of tests pass: ${runs.join(', ')}.`;
}

/** Items by the numbers in their titles, which begin with one of them. */
function byNumber<Item extends PassedTest | readonly [string, unknown]>(
  items: readonly Item[],
  titleOf: (item: Item) => string,
): ReadonlyMap<number, Item[]> {
  const found = new Map<number, Item[]>();
  for (const item of items) {
    const title = titleOf(item);
    if (!/^[A-Z]\d/.test(title)) continue;
    for (const digits of new Set(Array.from(title.matchAll(/\bS(\d{1,3})\b/g), ([, number]) => number))) {
      found.set(Number(digits), [...(found.get(Number(digits)) ?? []), item]);
    }
  }
  return found;
}
