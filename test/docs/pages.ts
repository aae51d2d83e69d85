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
