/** The rows of the compatible HTTP API, each with its tests, made from the titles of the tests. */
import { compatibleSections } from './compatible-items.js';
import { table } from './tables.js';
import { testsByLabel, testsText, type NamedTest } from './titles.js';

/** The tests that bear each number in their title. */
export function testsByRow(): Map<string, NamedTest[]> {
  return testsByLabel(String.raw`H\d{1,2}`, (file) => file.startsWith('http/compatible/'));
}

export function compatibleTable(): string {
  const tested = testsByRow();
  const parts = compatibleSections.map(({ title, items }) => {
    const rows = items.map(({ label, request, azure, differs }) => [
      label,
      request,
      azure,
      differs === undefined ? 'holds' : `**differs**: ${differs}`,
      testsText(tested.get(label) ?? []),
    ]);
    return `### ${title}\n\n${table(['', 'request', 'Azure', 'here', 'tests'], rows)}`;
  });
  // The page lies one folder deeper than the other generated tables.
  return parts.join('\n').replaceAll('](../test/', '](../../test/');
}
