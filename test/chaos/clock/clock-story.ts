/** A machine whose wall clock jumps: all processes of the story have the same wrong clock. */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { preload } from '../native/compile.js';
import type { Peer } from '../peer-process.js';
import type { StartOptions } from '../processes.js';
import { Story } from '../story.js';
import { plantedProblems, uproot } from './planted.js';

export const courses = ['corrected', 'with restarts', 'with a standby'] as const;
/**
 * `corrected`: the clock is wrong only while processes run, so nothing may come before its time. `with restarts`: it may be wrong when a
 * process starts. `with a standby`: there is a second host besides.
 */
export type Course = (typeof courses)[number];

export class ClockStory extends Story {
  private readonly clock: number;
  private readonly wrapper: readonly string[];
  private ahead = 0;
  /** Jumps of the clock so far. */
  readonly jumps: string[] = [];

  constructor(
    folder: string,
    seed: number,
    readonly course: Course,
  ) {
    mkdirSync(folder, { recursive: true });
    super(folder, seed);
    const file = join(folder, 'clock');
    this.clock = openSync(file, 'w');
    this.wrapper = preload('clock', folder, { CLOCK_FILE: file });
    this.setClock(0);
  }

  /** How many ms the wall clock is ahead of the right time. */
  get aheadMs(): number {
    return this.ahead;
  }

  setClock(aheadMs: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(aheadMs));
    writeSync(this.clock, bytes, 0, 8, 0);
    this.ahead = aheadMs;
  }

  override start(given: StartOptions = {}): Peer {
    return super.start({ ...given, wrapper: [...this.wrapper, ...(given.wrapper ?? [])] });
  }

  /** With the right clock. */
  override async finish(): Promise<string[]> {
    this.setClock(0);
    for (const peer of this.peers) if (peer.exit === undefined) await peer.stop();
    // A process that died may not have told what it planted: the next one planted that again.
    const planted = new Set(this.peers.flatMap((peer) => peer.planted)).size;
    const early = this.course === 'corrected' ? await plantedProblems(this.storage, planted) : [];
    await uproot(this.storage);
    return [...early, ...(await super.finish())];
  }

  override async close(): Promise<void> {
    await super.close();
    closeSync(this.clock);
  }
}
