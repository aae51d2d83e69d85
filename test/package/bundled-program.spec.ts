import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { build, type BuildOptions } from 'esbuild';
import { amount } from '../amount.js';

const root = resolve(import.meta.dirname, '../../..');

/** A program that makes tables, injects a service, and has a field that must not be stored. */
const program = `
import 'reflect-metadata';
import { Exclude } from 'class-transformer';
import { Container, inject } from 'inversify';
import { DurableHost, Entity, EntityId, Operation } from 'durable-entities';

@Entity({ name: 'Person', effects: 'none' })
class Person {
  @Exclude() password = ['very', 'secret'].join('-');
  greeting = '';
  constructor(@inject('word') private readonly word: string) {}
  @Operation() greet(name: string): string { return (this.greeting = this.word + ' ' + name); }
}
async function main(): Promise<void> {
  const container = new Container();
  container.bind('word').toConstantValue('Hello');
  const lines: string[] = [];
  const log = (_fields: object, message: string) => void lines.push(message);
  const logger = { debug: log, info: log, warn: log, error: log };
  const storage = process.argv[2] as string;
  const host = await DurableHost.start({ storage, register: [Person], container, logger });
  try {
    const greeting = await host.client.callEntity(new EntityId('Person', 'ann'), 'greet', 'Ann');
    console.log(JSON.stringify({ greeting, lines }));
  } finally {
    await host.stop();
  }
}
main().catch((error) => {
  console.log(JSON.stringify({ name: error.name, code: error.code, message: error.message, hint: error.hint }));
});
`;

const commonjs =
  `import { createRequire as nodeRequire } from 'node:module'; const require = nodeRequire(import.meta.url); ` +
  'const __filename = import.meta.filename; const __dirname = import.meta.dirname;';

/** The same names as an application has: this package and its peers. */
function linkPackages(folder: string, names: readonly string[]): void {
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  for (const name of names) {
    const target = name === 'durable-entities' ? root : join(root, 'node_modules', name);
    symlinkSync(target, join(folder, 'node_modules', name));
  }
}

const without = (names: readonly string[], name: string) => names.filter((each) => each !== name);

describe('a program that esbuild bundled', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'durable-bundled-'));
    const source = join(folder, 'source');
    linkPackages(source, ['durable-entities', 'class-transformer', 'inversify', 'reflect-metadata', 'typeorm', 'pg']);
    writeFileSync(join(source, 'main.ts'), program);
  });
  after(() => rm(folder, { recursive: true }));

  /** Builds the program into a folder with only these packages, and runs it there. */
  async function run(name: string, options: BuildOptions, packages: readonly string[]): Promise<Outcome> {
    const target = join(folder, name);
    linkPackages(target, packages);
    const outfile = join(target, options.format === 'cjs' ? 'main.cjs' : 'main.mjs');
    await build({
      entryPoints: [join(folder, 'source/main.ts')],
      bundle: true,
      platform: 'node',
      outfile,
      logLevel: 'silent',
      tsconfigRaw: { compilerOptions: { experimentalDecorators: true, target: 'ES2022' } },
      // The variables of CommonJS, for packages in the bundle that are CommonJS.
      ...(options.format === 'esm' && { banner: { js: commonjs } }),
      ...options,
    });
    const database = join(target, 'hub.db');
    const { stdout } = await promisify(execFile)(process.execPath, [outfile, database], { cwd: target });
    const stored = ['', '-wal'].map((end) =>
      existsSync(database + end) ? readFileSync(database + end, 'latin1') : '',
    );
    return { ...(JSON.parse(stdout) as object), stored: stored.join('') };
  }

  const peers = ['durable-entities', 'class-transformer', 'inversify', 'reflect-metadata', 'typeorm', 'sqlite3'];
  const native = ['sqlite3'];
  /** One format for each place of the packages. `npm run test:long` tries each place in both formats. */
  const formatsFor = (first: 'cjs' | 'esm') =>
    [first, first === 'cjs' ? 'esm' : 'cjs'].slice(0, amount({ usual: 1, long: 2 })) as ('cjs' | 'esm')[];

  for (const format of formatsFor('esm')) {
    it(`runs as ${format} with its packages outside of the bundle`, async () => {
      const outcome = await run(`${format}-external`, { format, packages: 'external' }, peers);
      expect(outcome.greeting, JSON.stringify(outcome)).to.equal('Hello Ann');
    });
  }

  for (const format of formatsFor('esm')) {
    it(`runs as ${format} with this package in the bundle and the peers outside of it`, async () => {
      const external = ['class-transformer', 'inversify', 'reflect-metadata', 'typeorm', 'sqlite3', 'pg', 'mysql2'];
      const outcome = await run(`${format}-peers`, { format, external }, peers);
      expect(outcome.greeting, JSON.stringify(outcome)).to.equal('Hello Ann');
    });
  }

  for (const format of formatsFor('cjs')) {
    it(`T12: runs as ${format} with all packages in the bundle, and stores no excluded field`, async () => {
      const outcome = await run(`${format}-full`, { format, external: native }, native);
      expect(outcome.greeting, JSON.stringify({ ...outcome, stored: '' })).to.equal('Hello Ann');
      expect(outcome.stored).to.contain('Hello Ann').and.not.contain('very-secret');
    });
  }

  it('T12: is refused where class-transformer is in the bundle and this package is outside of it', async () => {
    const external = without(peers, 'class-transformer');
    const outcome = await run('own-annotations', { format: 'esm', external, minify: true }, peers);
    expect(outcome).to.include({ code: 'DE_REGISTRATION', stored: '' });
    expect(outcome.message).to.contain('main.mjs').and.contain('class-transformer of its own');
    expect(outcome.hint).to.contain('--external:class-transformer');
  });

  for (const format of formatsFor('cjs')) {
    it(`finds TypeORM in the bundle as ${format}, or tells that it is not installed`, async () => {
      const entry = join(root, 'dist/src/storage/typeorm/typeorm.js');
      const contents = `
        import(${JSON.stringify(entry)}).then(
          ({ DataSource }) => console.log(typeof DataSource),
          ({ code, message }) => console.log(code, message),
        );`;
      const banner = { js: format === 'esm' ? commonjs : '' };
      const shared = { bundle: true, platform: 'node', logLevel: 'silent', banner, format } as const;
      const printed: string[] = [];
      for (const external of [[], ['typeorm']]) {
        const outfile = join(folder, `typeorm-${external.length}.${format === 'cjs' ? 'cjs' : 'mjs'}`);
        await build({ ...shared, stdin: { contents, resolveDir: root }, external, outfile });
        // No package is beside the bundle.
        const { stdout } = await promisify(execFile)(process.execPath, [outfile]);
        printed.push(stdout.trim());
      }
      expect(printed[0]).to.equal('function');
      expect(printed[1]).to.match(/^DE_PACKAGE .*"typeorm" cannot be used: it is not installed/);
    });
  }

  it('M10: is told of second copies of this package and of its peers, with their places', async () => {
    const target = join(folder, 'twice');
    const other = join(target, 'other');
    linkPackages(target, peers);
    linkPackages(other, ['typeorm', 'inversify']);
    const copied = ['durable-entities', 'class-transformer', 'reflect-metadata'];
    for (const name of copied) {
      const from = name === 'durable-entities' ? root : join(root, 'node_modules', name);
      const to = join(other, 'node_modules', name);
      for (const part of name === 'durable-entities' ? ['package.json', 'dist/src'] : ['.'])
        cpSync(join(from, part), join(to, part), { recursive: true });
    }
    const load = `export * from 'durable-entities';`;
    writeFileSync(join(other, 'other.mjs'), load);
    writeFileSync(
      join(target, 'main.mjs'),
      `import './other/other.mjs';
       import { DurableHost } from 'durable-entities';
       const lines = [];
       const log = (fields, message) => void lines.push(message);
       const logger = { debug: log, info: log, warn: log, error: log };
       const host = await DurableHost.start({ storage: ':memory:', register: [], logger });
       await host.stop();
       console.log(JSON.stringify(lines));`,
    );
    const { stdout } = await promisify(execFile)(process.execPath, [join(target, 'main.mjs')]);
    const told = (JSON.parse(stdout) as string[]).filter((line) => line.includes('2 copies of'));
    expect(told).to.have.length(copied.length);
    for (const name of copied) {
      const line = told.find((each) => each.includes(`copies of ${name}:`));
      const first = name === 'durable-entities' ? root : join(root, 'node_modules', name);
      expect(line)
        .to.contain(first)
        .and.contain(realpathSync(join(other, 'node_modules', name)));
    }
  });
});

interface Outcome {
  readonly greeting?: string;
  readonly lines?: readonly string[];
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly hint?: string;
  /** The bytes of the database file. */
  readonly stored: string;
}
