/** Tests by the number that their title begins with: `S98` of the checklist, `P3` of the reported cases, `H8` of the compatible API. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './pages.js';

export interface NamedTest {
  readonly file: string;
  readonly title: string;
}

/** Any number that a title may begin with. */
const labels = String.raw`(?:S\d{1,3}|[BPGOTMH]\d{1,2})`;

/**
 * The tests that bear each number. `label` is the source of a pattern of one number. A text that begins with a number is the title of a
 * test. Tests of types have it in the comment that begins their file.
 */
export function testsByLabel(label: string, isTest: (file: string) => boolean): Map<string, NamedTest[]> {
  const found = new Map<string, NamedTest[]>();
  const first = String.raw`(?:${labels} )*${label}\b`;
  const titles = new RegExp(
    String.raw`(['"${'`'}])(${first}(?:\\.|(?!\1)[^\n])*)\1|^\/\*\* (${first}.*?)(?: \*\/)?$`,
    'gm',
  );
  for (const file of readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' }).sort()) {
    const path = file.replaceAll('\\', '/');
    if (!path.endsWith('.ts') || !isTest(path)) continue;
    const text = readFileSync(join(root, 'test', file), 'utf8');
    for (const [, , quoted, comment] of text.matchAll(titles)) {
      if (comment !== undefined && path.endsWith('.spec.ts')) continue;
      const title = (quoted ?? comment ?? '').replaceAll(/\\(.)/g, '$1');
      const numbers = Array.from(title.matchAll(new RegExp(String.raw`\b${label}\b`, 'g')), ([number]) => number);
      for (const number of new Set(numbers)) {
        found.set(number, [...(found.get(number) ?? []), { file: path, title: bare(title) }]);
      }
    }
  }
  return found;
}

/** The title without its numbers. */
function bare(title: string): string {
  return title.replace(new RegExp(`^(?:${labels}[ ,:]*)+`), '').replaceAll(/\$\{[^}]*\}/g, '…');
}

/** The cell of a table: each file with the titles of its tests. */
export function testsText(tests: readonly NamedTest[]): string {
  const byFile = new Map<string, string[]>();
  for (const { file, title } of tests) byFile.set(file, [...(byFile.get(file) ?? []), title]);
  return Array.from(
    byFile,
    ([file, titles]) =>
      `[${file.replace(/(\.(server|browser))?(\.spec)?\.ts$/, '')}](../test/${file}): ${titles.map(safe).join('; ')}`,
  ).join('<br>');
}

/** Titles of tests are plain text. */
function safe(title: string): string {
  return title.replaceAll(/[<>*_[\]]/g, (character) => `\\${character}`);
}
