/**
 * A file system of a few megabytes. Linux only: the whole run is started again in a namespace in which it may mount, and what it
 * mounted ends with it.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const mark = 'CHAOS_MAY_MOUNT';
const namespace = ['unshare', '-rm'] as const;

/** Why this process can make none. */
export function noSmallDisk(): string | undefined {
  return process.env[mark] === '1'
    ? undefined
    : 'no namespace can be made here in which a tmpfs may be mounted (unshare -rm)';
}

/** Runs this program again where it may mount, if that is possible. Returns its exit code, or `undefined` if this process must continue. */
export function runAgainWhereMountable(): number | undefined {
  if (process.env[mark] !== undefined) return undefined;
  const [unshare, flags] = namespace;
  const tried = spawnSync(unshare, [flags, 'mount', '-t', 'tmpfs', 'chaos', '/mnt']);
  if (tried.status !== 0) return undefined;
  const again = spawnSync(unshare, [flags, process.execPath, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, [mark]: '1' },
  });
  return again.status ?? 1;
}

export class SmallDisk {
  constructor(
    readonly folder: string,
    megabytes: number,
  ) {
    mkdirSync(folder, { recursive: true });
    run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'chaos', folder);
  }

  /** Leaves no room at all. */
  fill(): void {
    const file = openSync(this.filler, 'a');
    try {
      for (const size of [65_536, 4_096, 1]) writeUntilFull(file, Buffer.alloc(size));
    } finally {
      closeSync(file);
    }
  }

  makeRoom(): void {
    rmSync(this.filler);
  }

  unmount(): void {
    run('umount', this.folder);
  }

  private get filler(): string {
    return join(this.folder, 'filler');
  }
}

function run(command: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
}

function writeUntilFull(file: number, block: Buffer): void {
  try {
    for (;;) writeSync(file, block);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
