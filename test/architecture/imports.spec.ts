import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { expect } from 'chai';

/** What each folder of src/ may import besides itself, and why. `types:` means `import type` only. */
const rules: Record<string, { may: string[]; packages: string[]; because: string }> = {
  errors: { may: ['types:model'], packages: [], because: 'errors are the bottom: everything may throw them' },
  model: {
    may: ['errors'],
    packages: [],
    because: 'words and shapes, usable by everyone',
  },
  core: {
    may: ['model', 'errors'],
    packages: [],
    because: 'decisions that every engine shares are pure: no store, no clock, no user code',
  },
  ports: {
    may: ['engines/sql/ports', 'model', 'errors'],
    packages: [],
    because: 'ports say what an engine needs, not what provides it',
  },
  functions: {
    may: ['model', 'errors'],
    packages: ['node:async_hooks'],
    because: 'the function API knows no engine: another one can host the same definitions',
  },
  contexts: {
    may: ['functions', 'core', 'ports', 'model', 'errors'],
    packages: ['node:crypto'],
    because: 'running user code is the same on every engine; contexts know neither an engine nor the class layer',
  },
  classes: {
    may: ['functions', 'model', 'errors'],
    packages: ['types:inversify', 'class-transformer', 'reflect-metadata', 'node:module'],
    because:
      'the class layer stands on the public function API alone; inversify is loaded when a class needs it (construction/inversify.ts)',
  },
  'engines/sql': {
    may: ['core', 'ports', 'model', 'errors'],
    packages: [],
    because: 'the engine reaches the world through ports only, so that the simulator drives the real one',
  },
  'storage/memory': {
    may: ['engines/sql/ports', 'ports', 'model', 'errors'],
    packages: [],
    because: 'a store knows its port only',
  },
  'storage/typeorm': {
    may: ['engines/sql/ports', 'ports', 'model', 'errors'],
    packages: ['types:typeorm', 'sqlite3', 'node:*'],
    because:
      'a store knows its port only; databases are met nowhere else; TypeORM is loaded when tables are made or migrated (typeorm.ts)',
  },
  client: {
    // `connect` loads the composition root when it is called.
    may: ['host', 'functions', 'classes', 'engines/sql/ports', 'ports', 'model', 'errors'],
    packages: ['node:crypto', 'types:typeorm'],
    because: 'a client reaches the engine through its port, so that it can live in another process',
  },
  host: {
    may: [
      'engines/sql',
      'contexts',
      'core',
      'client',
      'classes',
      'functions',
      'storage/memory',
      'storage/typeorm',
      'ports',
      'model',
      'errors',
    ],
    packages: ['node:*', 'types:inversify', 'types:typeorm'],
    because: 'the composition root',
  },
  testing: {
    may: [
      'host',
      'engines/sql',
      'contexts',
      'core',
      'client',
      'classes',
      'functions',
      'storage/memory',
      'storage/typeorm',
      'ports',
      'model',
      'errors',
    ],
    packages: ['node:async_hooks', 'node:inspector', 'types:inversify'],
    because: 'a composition root of its own, for tests: the real parts, in virtual time',
  },
};

const source = resolve(import.meta.dirname, '../../../src');

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? files(join(folder, entry.name))
      : entry.name.endsWith('.ts')
        ? [join(folder, entry.name)]
        : [],
  );
}

function folderOf(file: string): string {
  const parts = relative(source, file).split(sep);
  if (parts[0] === 'storage' || parts[0] === 'engines') return `${parts[0]}/${parts[1]}`;
  return parts.length === 1 ? '.' : (parts[0] as string);
}

/** The folder, as exactly as a rule may name it: `engines/sql/ports`. */
function exactFolderOf(file: string): string {
  return relative(source, dirname(file)).split(sep).join('/') || '.';
}

/** `import`/`export … from` and dynamic imports of a file. */
function importsOf(file: string): { specifier: string; typeOnly: boolean }[] {
  const text = readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '');
  const found = [];
  for (const match of text.matchAll(/^\s*(import|export)\s+(type\s)?[^'"`;]*?from\s+'([^']+)'/gm)) {
    found.push({ specifier: match[3] as string, typeOnly: match[2] !== undefined });
  }
  for (const match of text.matchAll(/(?:^\s*import|\bimport\()\s*'([^']+)'/gm)) {
    found.push({ specifier: match[1] as string, typeOnly: false });
  }
  return found;
}

function allowed(list: readonly string[], name: string, typeOnly: boolean): boolean {
  return list.some(
    (entry) =>
      entry === name ||
      name.startsWith(`${entry}/`) ||
      (typeOnly && entry === `types:${name}`) ||
      (entry === 'node:*' && name.startsWith('node:')),
  );
}

describe('the folder tree is the architecture', () => {
  const all = files(source);

  it('every folder has a rule, and every rule a folder', () => {
    const folders = new Set(all.map(folderOf).filter((folder) => folder !== '.'));
    expect([...folders].sort()).to.deep.equal(Object.keys(rules).sort());
  });

  for (const [folder, { may, packages, because }] of Object.entries(rules)) {
    it(`${folder} imports ${may.concat(packages).join(', ') || 'nothing'}: ${because}`, () => {
      const broken = [];
      for (const file of all.filter((candidate) => folderOf(candidate) === folder)) {
        for (const { specifier, typeOnly } of importsOf(file)) {
          const local = specifier.startsWith('.');
          const path = resolve(dirname(file), specifier.replace(/\.js$/, '.ts'));
          const fine = local
            ? folderOf(path) === folder || allowed(may, exactFolderOf(path), typeOnly)
            : allowed(packages, specifier, typeOnly);
          if (!fine) broken.push(`${relative(source, file)} imports ${specifier}`);
        }
      }
      expect(broken, because).to.deep.equal([]);
    });
  }

  it('decisions, engine, contexts, classes and clients meet no wall clock, randomness or timer of the platform', () => {
    const forbidden =
      /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bset(Timeout|Interval|Immediate)\(|\bperformance\.now\(|\bprocess\.(nextTick|hrtime)|\bqueueMicrotask\(/;
    const broken = all
      .filter((file) => !['host', 'storage/typeorm', 'storage/memory', 'testing'].includes(folderOf(file)))
      .filter((file) => forbidden.test(readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')))
      .map((file) => relative(source, file));
    expect(broken).to.deep.equal([]);
  });
});
