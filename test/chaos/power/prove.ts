/**
 * Shows that the harness sees what a sync is for. The same recording is replayed on three disks: one that keeps its word, one that
 * syncs as rarely as with `synchronous=NORMAL`, one that never does. Nothing may be wrong on the first. On the second acknowledgements
 * must be missing, but no file may be damaged, as SQLite promises: so the disk is not made worse than disks are. On the third
 * acknowledgements must be missing too.
 */
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChaosOptions } from '../options.js';
import { honesties, type Honesty } from './honesty.js';
import { PowerStory } from './power-story.js';

const failuresPerDisk = 40;
const recorded = { lives: 3, ackedMax: 1_000 } as const;

interface Seen {
  readonly disks: number;
  readonly sound: number;
  readonly lost: number;
  readonly damaged: number;
  readonly first: string | undefined;
}

const expectations: Readonly<Record<Honesty, (seen: Seen) => boolean>> = {
  honest: ({ disks, sound }) => sound === disks,
  normal: ({ lost, damaged }) => lost > 0 && damaged === 0,
  off: ({ lost }) => lost > 0,
};

/** Resolves with the exit code. */
export async function prove({ seed }: ChaosOptions, folder: string): Promise<number> {
  const home = join(folder, 'power');
  mkdirSync(home);
  const story = new PowerStory(home, seed);
  let isProven = true;
  try {
    await story.record(recorded.lives, recorded.ackedMax);
    for (const honesty of honesties) {
      const seen = await look(story, honesty);
      const isAsExpected = expectations[honesty](seen);
      isProven &&= isAsExpected;
      const { disks, lost, damaged, first } = seen;
      console.log(
        `${honesty}: ${disks} disks, acknowledgements are missing on ${lost}, ${damaged} are damaged` +
          `${first === undefined ? '' : ` (for example: ${first})`}: ${isAsExpected ? 'as expected' : 'NOT AS EXPECTED'}`,
      );
    }
  } finally {
    await story.close();
  }
  if (isProven) await rm(folder, { recursive: true });
  console.log(isProven ? 'the harness sees it' : `NOT PROVEN, repeat with: --only power --prove --seed ${seed}`);
  return isProven ? 0 : 1;
}

async function look(story: PowerStory, honesty: Honesty): Promise<Seen> {
  const seen = { disks: 0, sound: 0, lost: 0, damaged: 0, first: undefined as string | undefined };
  for await (const { problems } of story.failures({ honesty, keepsImages: honesty === 'honest' })) {
    if (problems.length === 0) seen.sound++;
    if (problems.some((problem) => problem.startsWith('lost'))) seen.lost++;
    if (problems.some((problem) => problem.startsWith('the file is damaged'))) seen.damaged++;
    seen.first ??= problems[0];
    if (++seen.disks === failuresPerDisk) break;
  }
  return seen;
}
