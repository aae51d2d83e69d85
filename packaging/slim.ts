/**
 * Makes the compiled files small: JavaScript without comments, which the declarations have too, without white space that nobody needs, and with
 * short names of local variables. The compiler makes the files again after the packing (`postpack`).
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { minifySync, parseSync, Visitor } from 'rolldown/utils';

/** @param folder `dist/src` @param bundles paths of files within the folder that are small already, without extension */
export function slim(folder: string, bundles: readonly string[]): void {
  const kept = new Set(bundles.map((name) => join(folder, `${name}.js`)));
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name);
    if (name.endsWith('.map')) rmSync(path);
    else if (name.endsWith('.js') && !kept.has(path)) writeFileSync(path, small(path, readFileSync(path, 'utf8')));
  }
}

/** Names of functions, classes and members stay, and each statement is one line, so that stack traces can be read. */
function small(path: string, code: string): string {
  const { code: made, errors } = minifySync(path, code, {
    module: true,
    compress: false,
    mangle: { toplevel: false, keepNames: true },
    codegen: { removeWhitespace: true, legalComments: 'none' },
  });
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  return inLines(path, made.replaceAll(namedPackage, '$1("$2")'));
}

/** The name of a package in a call: bundlers of applications expect quotation marks around it, and the minifier writes a template. */
const namedPackage = /\b(require|import)\(`([^`$\\]+)`\)/g;

/** The code with a line break before each statement and each member of a class. */
function inLines(path: string, code: string): string {
  const { program, errors } = parseSync(path, code, { sourceType: 'module' });
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  const starts: number[] = [];
  const each = (nodes: readonly { readonly start: number }[]) => {
    for (const { start } of nodes) starts.push(start);
  };
  new Visitor({
    Program: ({ body }) => each(body),
    BlockStatement: ({ body }) => each(body),
    StaticBlock: ({ body }) => each(body),
    ClassBody: ({ body }) => each(body),
    SwitchCase: ({ consequent }) => each(consequent),
  }).visit(program);
  const ordered = starts.toSorted((a, b) => a - b);
  const lines = ordered.map((start, at) => code.slice(start, ordered[at + 1]));
  return `${code.slice(0, ordered[0])}${lines.join('\n')}`;
}
