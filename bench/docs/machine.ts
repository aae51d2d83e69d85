import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { percentile } from '../figure.js';
import { inTemporaryFolder } from '../temporary.js';

/** The machine of the figures. */
export interface Machine {
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly platform: string;
  /** Time to append 4 KiB to a file and sync it. */
  readonly syncP50Ms: number;
  readonly syncP99Ms: number;
  /** Load average of the last 15 minutes. */
  readonly load: number;
  readonly day: string;
}

export async function measuredMachine(): Promise<Machine> {
  const syncs = await inTemporaryFolder(async (folder) => syncTimes(join(folder, 'synced'), 500));
  return {
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    syncP50Ms: rounded(percentile(syncs, 0.5)),
    syncP99Ms: rounded(percentile(syncs, 0.99)),
    load: rounded(loadavg()[2] as number),
    day: new Date().toISOString().slice(0, 10),
  };
}

function syncTimes(file: string, times: number): number[] {
  const page = Buffer.alloc(4096, 1);
  const handle = openSync(file, 'w');
  const took = Array.from({ length: times }, () => {
    const startedMs = performance.now();
    writeSync(handle, page);
    fdatasyncSync(handle);
    return performance.now() - startedMs;
  });
  closeSync(handle);
  return took;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
