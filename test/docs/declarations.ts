/** Reads the compiled declarations, the `.d.ts` files: TypeScript 7 has no API for programs, and these files are regular. */
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { root } from './pages.js';

export interface Declaration {
  readonly name: string;
  readonly kind: 'class' | 'function' | 'const' | 'interface' | 'type';
  /** Without the comment's stars; '' without a comment. */
  readonly doc: string;
  /** Of all overloads, as the compiler wrote it, without private and internal members. */
  readonly text: string;
  /** Relative to the repository. */
  readonly file: string;
  /** Whether its module exports it. */
  readonly exported: boolean;
}

interface Statement {
  readonly doc: string;
  readonly text: string;
}

/** The entries of the package with the declaration file of each: `main`, and each subpath by its name. */
export function packageEntries(): Map<string, string> {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, string | { readonly types: string }>;
  };
  const found = new Map<string, string>();
  for (const [path, target] of Object.entries(manifest.exports)) {
    if (typeof target !== 'string') found.set(path === '.' ? 'main' : path.slice(2), target.types);
  }
  return found;
}

/** The exports of an entry of the package, sorted by name. */
export function publicDeclarations(entry: string): Declaration[] {
  const file = packageEntries().get(entry);
  if (file === undefined) throw new Error(`package.json exports no ${entry}`);
  return [...exportsOf(join(root, file))]
    .map(([name, declaration]) => ({ ...declaration, name }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Everything that a file declares at its top, exported or not. */
export function declarationsOf(path: string): Declaration[] {
  const found = new Map<string, Declaration>();
  for (const { doc, text } of statementsOf(readFileSync(path, 'utf8'))) {
    const head =
      /^(export )?(?:declare )?(?:abstract )?(class|function|const|interface|type) ([\w$]+)/.exec(text) ?? undefined;
    if (head === undefined) continue;
    const [, exported, kind, name] = head as unknown as [string, string | undefined, Declaration['kind'], string];
    const earlier = found.get(name);
    found.set(name, {
      name,
      kind,
      doc: [earlier?.doc, doc].filter(Boolean).join('\n\n'),
      text: [earlier?.text, withoutHidden(text)].filter(Boolean).join('\n'),
      file: path.slice(root.length).replace(/^[\\/]/, ''),
      exported: exported !== undefined,
    });
  }
  return [...found.values()].map((declaration) => withInherited(declaration, path));
}

/** A class of ours that extends a class which no entry exports shows the members of that class as its own. */
function withInherited(declaration: Declaration, path: string): Declaration {
  const [head, base = ''] = /class \w+ extends (\w+)/.exec(declaration.text) ?? [''];
  if (declaration.kind !== 'class' || base === '' || base.endsWith('Error')) return declaration;
  const specifier = new RegExp(`import (?:type )?\\{[^}]*\\b${base}\\b[^}]*\\} from '(\\.[^']+)'`).exec(
    readFileSync(path, 'utf8'),
  )?.[1];
  const inherited =
    specifier === undefined ? undefined : declarationsOf(fileOf(path, specifier)).find(({ name }) => name === base);
  if (inherited === undefined) return declaration;
  const members = inherited.text.slice(bodyStart(inherited.text) + 1, -1).trimEnd();
  const open = bodyStart(declaration.text);
  const text = `${declaration.text.slice(0, open + 1)}${declaration.text.slice(open + 1, -1).trimEnd()}${members}\n}`;
  return { ...declaration, text: text.replace(head, head.replace(` extends ${base}`, '')) };
}

/** The file of a relative import of a declaration file. */
function fileOf(from: string, specifier: string): string {
  return resolve(dirname(from), specifier.replace(/\.js$/, '.d.ts'));
}

function exportsOf(path: string): Map<string, Declaration> {
  const found = new Map<string, Declaration>();
  for (const declaration of declarationsOf(path)) if (declaration.exported) found.set(declaration.name, declaration);
  for (const { text } of statementsOf(readFileSync(path, 'utf8'))) {
    const from = /^export (type )?([\s\S]*?) from '(\.[^']+)';$/.exec(text);
    if (from === null) continue;
    const [, , what, specifier] = from as unknown as [string, unknown, string, string];
    const there = exportsOf(fileOf(path, specifier));
    if (what === '*') for (const [name, declaration] of there) found.set(name, declaration);
    else for (const [name, as] of namesIn(what)) found.set(as, there.get(name) ?? missing(name, specifier));
  }
  return found;
}

function namesIn(braces: string): [name: string, as: string][] {
  return braces
    .replaceAll(/[{}]/g, '')
    .split(',')
    .map((one) => one.trim().replace(/^type /, ''))
    .filter((one) => one !== '')
    .map((one) => {
      const [name, as = name] = one.split(' as ');
      return [name as string, as as string];
    });
}

function missing(name: string, specifier: string): never {
  throw new Error(`${specifier} exports no ${name}`);
}

/** The statements or members of a text, each with the documentation comment before it. */
export function statementsOf(text: string): Statement[] {
  const found: Statement[] = [];
  let at = 0;
  let doc = '';
  while (at < text.length) {
    const blank = /\s+/y;
    blank.lastIndex = at;
    if (blank.test(text)) {
      at = blank.lastIndex;
    } else if (text.startsWith('//', at)) {
      at = endOf(text, '\n', at);
    } else if (text.startsWith('/*', at)) {
      const end = endOf(text, '*/', at);
      if (text.startsWith('/**', at)) doc = plain(text.slice(at, end));
      at = end;
    } else {
      const end = statementEnd(text, at);
      found.push({ doc, text: text.slice(at, end) });
      doc = '';
      at = end;
    }
  }
  return found;
}

function endOf(text: string, what: string, from: number): number {
  const found = text.indexOf(what, from + 1);
  return found < 0 ? text.length : found + what.length;
}

function statementEnd(text: string, start: number): number {
  const braced = /^(export )?(declare )?(abstract )?(class|interface|enum|namespace|module)\b/.test(
    text.slice(start, start + 60),
  );
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at] as string;
    if (text.startsWith('/*', at)) at = endOf(text, '*/', at) - 1;
    else if (text.startsWith('//', at)) at = endOf(text, '\n', at) - 1;
    else if (`'"\``.includes(character)) at = stringEnd(text, at);
    else if ('{(['.includes(character)) depth++;
    else if ('})]'.includes(character)) {
      depth--;
      if (depth === 0 && braced && character === '}') return at + 1;
    } else if (character === ';' && depth === 0) return at + 1;
  }
  return text.length;
}

function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== text[start]) at += text[at] === '\\' ? 2 : 1;
  return at;
}

/** The text of a comment without its stars. */
function plain(comment: string): string {
  return comment
    .replace(/^\/\*\*/, '')
    .replace(/\*\/$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
    .join('\n')
    .trim();
}

/** Leaves out what users cannot or should not reach. */
function withoutHidden(text: string): string {
  if (!/^(export )?(declare )?(abstract )?(class|interface)\b/.test(text)) return text;
  const open = bodyStart(text);
  const isError = /^\S* ?(declare )?(abstract )?class \w+Error extends/.test(text);
  const members = statementsOf(text.slice(open + 1, -1)).filter(
    (member) =>
      !/^(static )?(private|#)/.test(member.text) &&
      !member.doc.includes('@internal') &&
      // Only this package makes its errors.
      !(isError && member.text.startsWith('constructor(')),
  );
  const shown = members.map((member) => commented(member.doc, member.text));
  return `${text.slice(0, open + 1)}\n${shown.join('\n')}\n}`;
}

/** A declaration below its documentation comment. */
export function commented(doc: string, text: string): string {
  if (doc === '') return text;
  return doc.includes('\n') ? `/**\n * ${doc.replaceAll('\n', '\n * ')}\n */\n${text}` : `/** ${doc} */\n${text}`;
}

/** The brace that opens the body: the first one outside of type arguments. */
function bodyStart(text: string): number {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (text.startsWith('=>', at)) at++;
    else if ('<(['.includes(character)) depth++;
    else if ('>)]'.includes(character)) depth--;
    else if (character === '{' && depth === 0) return at;
  }
  return text.length;
}

/** The first sentence of a documentation comment, on one line. */
export function firstSentence(doc: string): string {
  const body = (doc.split(/\n\s*\n|(?:^|\s)@\w+/)[0] as string).replaceAll(/\s+/g, ' ').trim();
  return /^.*?[.!?](?= [A-Z`'"]|$)/.exec(body)?.[0] ?? body;
}
