/** Reads the tree of `src`: its files, what each imports, and where the circles are. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

export const source = resolve(import.meta.dirname, '../../../src');

export interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

/** A file of `src`. `name` is its path below `src`, with slashes. */
export interface SourceFile {
  readonly name: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

/** The files of a tree, by name. A test of the rules makes a tree of its own. */
export type SourceTree = ReadonlyMap<string, SourceFile>;

export function sourceFile(name: string, text: string): SourceFile {
  return { name, text, imports: importsOf(text) };
}

export function treeOf(files: readonly SourceFile[]): SourceTree {
  return new Map(files.map((file) => [file.name, file]));
}

export function readTree(): SourceTree {
  return treeOf(
    pathsBelow(source).map((path) =>
      sourceFile(relative(source, path).split(sep).join('/'), readFileSync(path, 'utf8')),
    ),
  );
}

function pathsBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return pathsBelow(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

/** `import`/`export … from`, dynamic imports, and imports in types. */
function importsOf(text: string): Import[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '');
  const found: Import[] = [];
  for (const match of code.matchAll(/^\s*(?:import|export)\s+(type\s)?[^'"`;]*?from\s+'([^']+)'/gm)) {
    found.push({ specifier: match[2] as string, typeOnly: match[1] !== undefined });
  }
  for (const match of code.matchAll(/(?:^\s*import|\bimport\()\s*'([^']+)'/gm)) {
    found.push({ specifier: match[1] as string, typeOnly: false });
  }
  return found;
}

/** The file that a relative import of `from` names. */
export function targetOf(from: string, specifier: string): string {
  return join(dirname(from), specifier.replace(/\.js$/, '.ts')).split(sep).join('/');
}

/** The folder of a file, below `src`; '.' for `index.ts`. */
export function folderOf(name: string): string {
  return dirname(name);
}

/** Groups of files that import each other, types included (strongly connected components), each sorted. */
export function circlesOf(tree: SourceTree): string[][] {
  const places = new Map<string, { index: number; low: number; open: boolean }>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (name: string): { index: number; low: number; open: boolean } => {
    const place = { index: places.size, low: places.size, open: true };
    places.set(name, place);
    stack.push(name);
    for (const { specifier } of tree.get(name)?.imports ?? []) {
      if (!specifier.startsWith('.')) continue;
      const target = targetOf(name, specifier);
      if (!tree.has(target)) continue;
      const other = places.get(target);
      if (other === undefined) place.low = Math.min(place.low, visit(target).low);
      else if (other.open) place.low = Math.min(place.low, other.index);
    }
    if (place.low === place.index) {
      const circle = stack.splice(stack.indexOf(name));
      for (const member of circle) (places.get(member) as { open: boolean }).open = false;
      if (circle.length > 1) circles.push(circle.toSorted());
    }
    return place;
  };
  for (const name of tree.keys()) if (!places.has(name)) visit(name);
  return circles;
}
