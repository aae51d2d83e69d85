import { firstSentence, publicDeclarations } from './declarations.js';
import { table } from './tables.js';

/** The table of what an entry exports: name, kind, one line. */
export function publicNames(entry: string): string {
  return table(
    ['name', 'kind', ''],
    publicDeclarations(entry).map(({ name, kind, doc }) => [`\`${name}\``, kind, firstSentence(doc)]),
  );
}
