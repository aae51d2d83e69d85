/**
 * Pages of the package. A registry and `node_modules` show them without the rest of the repository, so a link to a page that is not in the
 * package becomes its text. The pages of the repository are put aside while the package is packed, and put back afterwards.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** The pages, as paths in the repository. `files` of package.json names them too. */
export const packedPages = ['README.md', 'CHANGELOG.md', 'SECURITY.md', 'docs/guides/errors.md'] as const;

/** Files that a page of the package may link to. */
export const packedFiles: ReadonlySet<string> = new Set([...packedPages, 'LICENSE', 'NOTICES.txt']);

/** A part of a page that only readers of the repository need. */
const repositoryOnly = /<!-- repository -->\n[\s\S]*?<!-- \/repository -->\n\n?/g;
const repositoryMark = /<!-- \/?repository -->/;

/** The page as the package has it. @throws Error if a part that is only for the repository has no end */
export function packedPage(path: string, text: string): string {
  const kept = text.replaceAll(repositoryOnly, '');
  if (repositoryMark.test(kept)) throw new Error(`${path}: a mark of a part for the repository stands alone`);
  return kept.replaceAll(/(?<!!)\[([^\]\n]*)\]\(([^)\s]+)\)/g, (link: string, words: string, target: string) => {
    if (/^(?:[a-z]+:|#)/.test(target)) return link;
    const [file] = target.split('#') as [string];
    return packedFiles.has(normalize(join(dirname(path), file)).replaceAll('\\', '/')) ? link : words;
  });
}

/**
 * Puts the pages of the package in the place of those of the repository.
 * @param aside folder for the latter
 * @throws Error if a page was edited after a run that was interrupted: its text before is still there, and must not be overwritten
 */
export function putPackedPages(root: string, aside: string): void {
  restorePages(root, aside);
  const left = packedPages.find((path) => existsSync(join(aside, path)));
  if (left !== undefined)
    throw new Error(`${left}: merge the text of ${join(aside, left)} into it, and delete that file.`);
  for (const path of packedPages) {
    mkdirSync(dirname(join(aside, path)), { recursive: true });
    copyFileSync(join(root, path), join(aside, path));
    writeFileSync(join(root, path), packedPage(path, readFileSync(join(root, path), 'utf8')));
  }
}

/** Puts the pages of the repository back. Does nothing to a page that somebody has edited since. */
export function restorePages(root: string, aside: string): void {
  for (const path of packedPages) {
    const saved = join(aside, path);
    if (!existsSync(saved)) continue;
    const isUntouched = readFileSync(join(root, path), 'utf8') === packedPage(path, readFileSync(saved, 'utf8'));
    if (isUntouched) copyFileSync(saved, join(root, path));
    else console.error(`${path} was edited while the package was packed. The text before is in ${saved}.`);
    if (isUntouched) rmSync(saved);
  }
}
