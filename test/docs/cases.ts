/** The page of cases: each row with its tests, made from the titles of the tests. */
import { caseSections, leftOpen } from './case-items.js';
import { table } from './tables.js';
import { testsByLabel, testsText, type NamedTest } from './titles.js';

/** The number of rows in each section, by its letter. */
export const caseCounts: Readonly<Record<string, number>> = { P: 9, G: 11, O: 9, T: 22, M: 21 };

/** Files that hold texts with numbers, and no tests. */
const noTests = ['docs/case-items.ts', 'docs/generated.spec.ts', 'restate/differences.ts', 'simulation/mutants.ts'];

/** The tests that bear each number in their title. */
export function testsByCase(): Map<string, NamedTest[]> {
  return testsByLabel(String.raw`[PGOTM]\d{1,2}`, (file) => !noTests.includes(file));
}

/** The rows that have neither a test nor a reason to be open. */
export function missingCases(tested: ReadonlyMap<string, unknown>, open: Readonly<Record<string, string>>): string[] {
  const labels = caseSections.flatMap(({ items }) => items.map(([label]) => label));
  return labels.filter((label) => !tested.has(label) && open[label] === undefined);
}

export function casesTable(): string {
  const tested = testsByCase();
  const parts = caseSections.map(({ title, items }) => {
    const rows = items.map(([label, line]) => {
      const reason = leftOpen[label];
      const open = reason === undefined ? [] : [`**open**: ${reason}`];
      const tests = tested.get(label);
      return [label, line, [...open, ...(tests === undefined ? [] : [testsText(tests)])].join('<br>')];
    });
    return `## ${title}\n\n${table(['', 'right', 'tests'], rows)}`;
  });
  return `Open: ${Object.keys(leftOpen).join(', ') || 'none'}.\n\n${parts.join('\n')}`;
}
