/** Another version of Node, from the npm package `node-<platform>-<arch>`. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

export interface OtherNode {
  /** Runs this version with arguments. The programs that it starts run on this version too. Returns whether it succeeded. */
  run(given: readonly string[]): boolean;
}

/** Tells whether the text is a version or the beginning of one: `24`, `22.12`. */
export function isNodeVersion(text: string): boolean {
  return /^\d+(\.\d+){0,2}$/.test(text);
}

/** Installs the version in a temporary folder. Gives `undefined` to the function if that fails. Deletes the folder afterwards. */
export function withNode<T>(version: string, use: (node: OtherNode | undefined) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'durable-entities-node-'));
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const bin = join(folder, 'node_modules', name, 'bin');
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH']}` };
  const run = (command: string, given: readonly string[], env = process.env) =>
    spawnSync(command, given, { stdio: 'inherit', env }).status === 0;
  const install = ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', `${name}@${version}`];
  try {
    const isInstalled = run('npm', install);
    return use(isInstalled ? { run: (given) => run(join(bin, 'node'), given, env) } : undefined);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
