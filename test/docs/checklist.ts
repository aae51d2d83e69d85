import { sections } from './checklist-items.js';
import { table } from './tables.js';
import { testsByLabel, testsText, type NamedTest } from './titles.js';

/** Files that name tests of other files. */
export const noTests = ['restate/differences.ts'];

/** Numbers that have no test yet, each with the reason. */
export const withoutTest: Readonly<Record<number, string>> = {};

/** Numbers that cannot apply, each with the reason. */
export const notApplicable: Readonly<Record<number, string>> = {
  32: 'the operation object of the isolated .NET worker: a handler gets the context instead (S35, S43)',
};

/** The tests that bear each number in their title. */
export function testsByNumber(): Map<number, NamedTest[]> {
  const found = testsByLabel(String.raw`S\d{1,3}`, (file) => !file.startsWith('docs/') && !noTests.includes(file));
  return new Map(Array.from(found, ([label, tests]) => [Number(label.slice(1)), tests]));
}

export function checklistTable(): string {
  const tested = testsByNumber();
  const missing: string[] = [];
  const parts = sections.map(({ title, items }) => {
    const rows = items.map(([number, promise]) => {
      const tests = tested.get(number) ?? [];
      if (tests.length > 0) return [`S${number}`, promise, testsText(tests)];
      if (notApplicable[number] !== undefined)
        return [`S${number}`, promise, `does not apply: ${notApplicable[number]}`];
      missing.push(`S${number}`);
      return [`S${number}`, promise, `**missing**: ${withoutTest[number] ?? ''}`];
    });
    return `## ${title}\n\n${table(['', 'promise', 'tests'], rows)}`;
  });
  const summary = missing.length === 0 ? 'None is missing.' : `Missing: ${missing.join(', ')}.`;
  return `${summary}\n\n${parts.join('\n')}`;
}
