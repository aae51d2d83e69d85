/** Notices of bundled packages: name, version, licence and its text. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/** Texts of licences for packages that name one and ship without its text: a package of the same licence has it. */
const standardTexts: Readonly<Record<string, string>> = { 'Apache-2.0': '@opentelemetry/api/LICENSE' };
const modules = resolve(import.meta.dirname, '../../node_modules');

/** @param folders folders of packages @throws Error if a package has no licence text */
export function noticesOf(folders: readonly string[]): string {
  const notices = folders.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
    const file = readdirSync(folder).find((each) => /^licen[cs]e(-\w+)?(\.\w+)?$/i.test(each));
    const standard = standardTexts[license ?? ''];
    const text = file === undefined ? standard && join(modules, standard) : join(folder, file);
    if (license === undefined || text === undefined) throw new Error(`${name} has no licence, so it cannot be bundled`);
    return `${name} ${version} (${license})\n\n${readFileSync(text, 'utf8').trim()}\n`;
  });
  return `This package contains code of the following packages.\n\n${notices.toSorted().join('\n---\n\n')}`;
}
