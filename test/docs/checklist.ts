import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sections } from './checklist-items.js';
import { root } from './pages.js';
import { table } from './tables.js';

/** Numbers that have no test yet, each with the reason. */
export const withoutTest: Readonly<Record<number, string>> = {};

/** Numbers that cannot apply, each with the reason. */
export const notApplicable: Readonly<Record<number, string>> = {
  32: 'the operation object of the isolated .NET worker: a handler gets the context instead (S35, S43)',
};

interface NamedTest {
  readonly file: string;
  readonly title: string;
}

/** The tests that bear each number in their name. */
export function testsByNumber(): Map<number, NamedTest[]> {
  const found = new Map<number, NamedTest[]>();
  for (const file of readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' }).sort()) {
    if (!file.endsWith('.ts') || file.startsWith('docs')) continue;
    const text = readFileSync(join(root, 'test', file), 'utf8');
    // A text that begins with a number is a test's name; tests of types have it in the comment that begins the file.
    const titles = text.matchAll(/(['"`])(S\d{1,3}\b(?:\\.|(?!\1)[^\n])*)\1|^\/\*\* (S\d{1,3}\b.*?)(?: \*\/)?$/gm);
    for (const [, , quoted, comment] of titles) {
      const title = (quoted ?? comment ?? '').replaceAll(/\\(.)/g, '$1');
      for (const number of new Set(Array.from(title.matchAll(/\bS(\d{1,3})\b/g), (match) => Number(match[1])))) {
        found.set(number, [...(found.get(number) ?? []), { file: file.replaceAll('\\', '/'), title: bare(title) }]);
      }
    }
  }
  return found;
}

function bare(title: string): string {
  return title.replace(/^(?:(?:S\d{1,3}|B\d{1,2})[ ,:]*)+/, '').replaceAll(/\$\{[^}]*\}/g, '…');
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

function testsText(tests: readonly NamedTest[]): string {
  const byFile = new Map<string, string[]>();
  for (const { file, title } of tests) byFile.set(file, [...(byFile.get(file) ?? []), title]);
  return Array.from(
    byFile,
    ([file, titles]) => `[${file.replace(/\.(spec\.)?ts$/, '')}](../test/${file}): ${titles.map(safe).join('; ')}`,
  ).join('<br>');
}

/** Test names are plain text. */
function safe(title: string): string {
  return title.replaceAll(/[<>*_[\]]/g, (character) => `\\${character}`);
}
