/** The table of docs/restate.md: for each number of the checklist, whether it holds on Restate. */
import { notApplicable, testsByNumber } from '../docs/checklist.js';
import { sections } from '../docs/checklist-items.js';
import { table } from '../docs/tables.js';
import { differences } from './differences.js';

export function restateTable(): string {
  const tests = testsByNumber();
  let held = 0;
  let all = 0;
  const rows = sections.flatMap(({ items }) =>
    items.flatMap(([number, promise]) => {
      if (notApplicable[number] !== undefined) return [];
      all++;
      const different = [...differences].flatMap(([title, { kind, reason }]) =>
        new RegExp(`(^|\\W)S${number}\\b`).test(/^(?:S\d+[ ,:]*)*/.exec(title)?.[0] ?? '')
          ? [`${kind}: ${reason}`]
          : [],
      );
      if (different.length === 0) {
        held++;
        return [];
      }
      const others = (tests.get(number) ?? []).length - different.length;
      const rest = others > 0 ? ` (${others} other tests of it hold)` : '';
      return [[`S${number}`, promise, [...new Set(different)].join('<br>') + rest]];
    }),
  );
  const unnumbered = [...differences].filter(([title]) => !/^S\d/.test(title));
  const more = unnumbered.map(([title, { kind, reason }]) => [title, `${kind}: ${reason}`]);
  return [
    `${held} of ${all} numbers of the checklist hold without a difference. The others:\n`,
    table(['', 'promise', 'on Restate'], rows),
    'Tests and suites without a number that do not hold, or have not ended yet:\n',
    table(['test', 'on Restate'], more),
  ].join('\n');
}
