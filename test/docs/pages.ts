import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../../..');

/** The pages that this folder answers for: paths relative to the repository. */
export function pages(): string[] {
  const inDocs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .map((path) => `docs/${path.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.md') && !path.startsWith('docs/adr/'));
  return ['README.md', 'SECURITY.md', ...inDocs.sort()];
}

export function textOf(page: string): string {
  return readFileSync(join(root, page), 'utf8');
}

/** Where two versions of a page part: chai's difference of two long texts is nothing to read. */
export function firstDifference(is: string, should: string): string {
  const [before, after] = [is.split('\n'), should.split('\n')];
  const line = after.findIndex((text, index) => text !== before[index]);
  return `line ${line + 1}\n  is:     ${before[line]?.slice(0, 200)}\n  should: ${after[line]?.slice(0, 200)}`;
}
