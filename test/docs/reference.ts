import { join } from 'node:path';
import { format } from 'prettier';
import { commented, declarationsOf, packageEntries, publicDeclarations, type Declaration } from './declarations.js';
import { root } from './pages.js';

const groups: readonly (readonly [title: string, files: RegExp])[] = [
  ['Host and client', /\/(host|client)\//],
  [
    'Entities',
    /\/(classes\/(entity|operation|task-entity|entity-interface|input)|functions\/(entity-context|tokens))\b/,
  ],
  ['Orchestrations and activities', /\/(functions|classes)\//],
  ['Testing', /\/testing\//],
  ['Errors', /\/errors\//],
  ['Values', /./],
];

/** A name, and the entry that has it: the first in the order of package.json. */
interface Member extends Declaration {
  readonly entry: string;
}

/** Every public name with its declaration and documentation comments. */
export async function reference(): Promise<string> {
  const left = new Set(members());
  const written: string[] = [];
  for (const [title, files] of groups) {
    const chosen = [...left].filter(({ file }) => files.test(file.replace(/\.d\.ts$/, '')));
    if (chosen.length === 0) continue;
    written.push(`## ${title}\n`);
    for (const member of chosen) {
      left.delete(member);
      written.push(await chapter(member));
    }
  }
  return written.join('\n');
}

function members(): Member[] {
  const found = new Map<string, Member>();
  for (const entry of packageEntries().keys()) {
    for (const declaration of publicDeclarations(entry)) {
      if (!found.has(declaration.name)) found.set(declaration.name, { ...declaration, entry });
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function chapter(declaration: Member): Promise<string> {
  const { name, kind, doc, text, entry } = declaration;
  const behind = mentionedBehind(declaration);
  const source = [text, ...behind.map((one) => commented(one.doc, one.text))];
  return [
    `### ${name}\n`,
    entry === 'main' ? `_${kind}_\n` : `_${kind}, from \`durable-entities/${entry}\`_\n`,
    doc === '' ? '' : `${asText(doc)}\n`,
    '```ts',
    `${await formatted(source)}\`\`\`\n`,
  ]
    .filter((line) => line !== '')
    .join('\n');
}

/** The interfaces that the type of a constant names. The name of a constant like `Entity` alone explains nothing. */
function mentionedBehind({ kind, text, file }: Declaration): Declaration[] {
  if (kind !== 'const') return [];
  return declarationsOf(join(root, file)).filter(
    (other) => other.kind === 'interface' && new RegExp(`: ${other.name};`).test(text),
  );
}

function asText(doc: string): string {
  return doc
    .replaceAll(/\s*@throws ?/g, '\n\nThrows ')
    .replaceAll(/\s*@param (\w+)/g, '\n\n`$1`:')
    .trim();
}

async function formatted(parts: readonly string[]): Promise<string> {
  const code = parts.join('\n\n').replaceAll(/^export (declare )?/gm, (_all, declare?: string) => declare ?? '');
  return format(code, { parser: 'babel-ts', singleQuote: true, printWidth: 110 });
}
