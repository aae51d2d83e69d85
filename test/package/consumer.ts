/** An empty project outside of the checkout, into which the packed library is installed as an application does it. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../../..');

export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly peerDependencies: Readonly<Record<string, string>>;
  /** The optional ones. */
  readonly peerDependenciesMeta: Readonly<Record<string, unknown>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};

/** Runs a command in the project, and gives what it printed. @throws Error if it fails */
export type Run = (command: string, args: readonly string[], folder?: string) => string;

export interface Consumer {
  readonly project: string;
  /** The packed library: the name of a file in the project. */
  readonly tarball: string;
  readonly run: Run;
}

/**
 * Packs the library, and installs it in a new project with its peers. Install scripts do not run there: the native part of sqlite3 that was
 * built for this checkout is copied, which saves a minute.
 */
export function installPacked(): Consumer {
  const project = mkdtempSync(join(tmpdir(), 'durable-entities-package-'));
  const run: Run = (command, args, folder = project) => {
    try {
      return execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
    } catch (error) {
      console.log((error as { stdout?: string }).stdout ?? '');
      throw error;
    }
  };
  const printed = run('npm', ['pack', '--silent', '--pack-destination', project], root);
  // The steps before it print too.
  const tarball = printed.trim().split('\n').at(-1) as string;
  const needed = Object.keys(manifest.peerDependencies).filter((name) => !(name in manifest.peerDependenciesMeta));
  const packages = [...needed, 'typescript', '@types/node'].map((name) => `${name}@${manifest.devDependencies[name]}`);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  const consumer = { project, tarball, run };
  install(consumer, [`./${tarball}`, ...packages]);
  return consumer;
}

/**
 * Installs packages in the project of the consumer. Their install scripts do not run. Peers do not count, because two versions of one tool
 * may be installed, and each wants other versions of its peers.
 */
export function install({ project, run }: Consumer, packages: readonly string[]): void {
  run('npm', ['install', '--silent', '--ignore-scripts', '--prefer-offline', '--legacy-peer-deps', ...packages]);
  cpSync(join(root, 'node_modules/sqlite3/build'), join(project, 'node_modules/sqlite3/build'), { recursive: true });
}

/** @throws Error if the values differ as JSON */
export function expectEqual(what: string, actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) {
    throw new Error(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
  }
  console.log(`  ${what}: as expected`);
}
