/** The database's files are moved, deleted or replaced under a host that runs: it must not acknowledge what nobody will find. */
import { copyFile, link, mkdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { between, pick, type FaultKind } from '../fault-kind.js';
import { pause } from '../pause.js';
import type { Story } from '../story.js';

const ways = ['moved', 'deleted', 'replaced', 'its log deleted'] as const;
/** Clients send all the time, so the next commit comes at once. */
const noticedWithinMs = 10_000;

export const file: FaultKind = {
  name: 'file',
  weight: 1,
  cyclesPerStory: 4,
  async cycle({ story, random, tally }) {
    const peer = await story.serving();
    const standby = random() < 0.5 ? story.running('b') : undefined;
    await standby?.until('the standby begins', () => standby.phase === 'ready');
    await pause(between(random, 50, 400));
    const way = pick(random, ways);
    const { file } = story.storage;
    const stored = [file, `${file}-wal`];
    const kept = await keep(story, stored);
    await take(way, file);
    const goneAtMs = Date.now();
    for (const host of [peer, ...(standby === undefined ? [] : [standby])]) {
      await host.untilEnded(`the host notices that its database was ${way}`, noticedWithinMs);
      const { failed, cause } = host.failed ?? {};
      if (failed !== 'DE_STORAGE_BROKEN' && cause !== 'DE_STORAGE_BROKEN')
        throw new Error(`it ended otherwise: ${host.describeEnd()}`);
    }
    checkNothingAcknowledged(story, goneAtMs);
    for (const path of [...stored, `${file}-shm`]) await rm(path, { force: true });
    for (const [from, to] of kept) await rename(from, to);
    tally.fault(`file: ${way}${standby === undefined ? '' : ', under a host and its standby'}`);
  },
};

/** A second name for each file, which still holds what was committed when the first one is gone. */
async function keep(story: Story, paths: readonly string[]): Promise<[from: string, to: string][]> {
  const folder = join(story.folder, `kept-${story.peers.length}`);
  await mkdir(folder);
  const names = paths.map((path): [string, string] => [join(folder, basename(path)), path]);
  for (const [from, to] of names) await link(to, from);
  return names;
}

async function take(way: (typeof ways)[number], file: string): Promise<void> {
  switch (way) {
    case 'moved':
      for (const suffix of ['-wal', '-shm', '']) await rename(file + suffix, `${file}${suffix}.moved`);
      return;
    case 'deleted':
      for (const suffix of ['', '-wal', '-shm']) await rm(file + suffix);
      return;
    case 'replaced':
      await copyFile(file, `${file}.copy`);
      return rename(`${file}.copy`, file);
    case 'its log deleted':
      return rm(`${file}-wal`);
  }
}

function checkNothingAcknowledged(story: Story, sinceMs: number): void {
  for (const [client, entries] of story.histories())
    for (const { number, atMs, done } of entries)
      if (atMs > sinceMs && done !== undefined)
        throw new Error(`${client}:${number} was sent when the files were gone, and was acknowledged`);
}
