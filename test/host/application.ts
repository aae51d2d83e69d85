/** An application in a folder of its own, with a copy of this package and the packages that a test gives it. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');

/** Files that stand for a package. */
interface StandIn {
  readonly version: string;
  readonly code: string;
  /** The name of an empty folder in the package. */
  readonly folder?: string;
}

/** By name: a link to the package of this name in the checkout, or files that stand for a package. */
export type Packages = Readonly<Record<string, { readonly link: string } | 'missing' | StandIn>>;

const usual = ['typeorm', 'inversify', 'class-transformer', 'reflect-metadata', 'sqlite3'];
const installed: Packages = Object.fromEntries(usual.map((name) => [name, { link: name }]));

export class Application {
  readonly folder = mkdtempSync(join(tmpdir(), 'durable-entities-application-'));
  readonly #modules = join(this.folder, 'node_modules');
  readonly #own = join(this.#modules, 'durable-entities');

  constructor() {
    cpSync(join(root, 'dist/src'), join(this.#own, 'dist/src'), { recursive: true });
    cpSync(join(root, 'package.json'), join(this.#own, 'package.json'));
  }

  /** Installs the usual packages of this checkout, but for those that are given otherwise. */
  install(packages: Packages = {}): void {
    for (const name of readdirSync(this.#modules))
      if (name !== 'durable-entities') rmSync(join(this.#modules, name), { recursive: true, force: true });
    for (const file of this.files()) rmSync(join(this.folder, file));
    for (const [name, kind] of Object.entries({ ...installed, ...packages })) {
      if (kind === 'missing') continue;
      const folder = join(this.#modules, name);
      if ('link' in kind) {
        symlinkSync(join(root, 'node_modules', kind.link), folder);
        continue;
      }
      mkdirSync(folder);
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version: kind.version, main: 'index.js' }));
      writeFileSync(join(folder, 'index.js'), kind.code);
      if (kind.folder !== undefined) mkdirSync(join(folder, kind.folder));
    }
  }

  /** The value that a program prints as JSON. */
  run(program: string, ...args: string[]): unknown {
    writeFileSync(join(this.folder, 'main.mjs'), program);
    return JSON.parse(execFileSync(process.execPath, ['main.mjs', ...args], { cwd: this.folder, encoding: 'utf8' }));
  }

  /** The files of databases in the folder. */
  files(): string[] {
    return readdirSync(this.folder).filter((file) => file.startsWith('hub.db'));
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
