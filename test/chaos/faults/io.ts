/** The n-th sync or write of the database fails, or kills the process. A host whose disk fails stops, and the next process continues. */
import { spawnSync } from 'node:child_process';
import { pick, type FaultKind } from '../fault-kind.js';
import { missed } from '../tally.js';

interface Failure {
  readonly calls: string;
  readonly fault: 'error=EIO' | 'signal=SIGKILL';
  readonly name: string;
  /** The last one that may fail, counted for each thread that makes such calls. */
  readonly last: number;
}

const syncs = { calls: 'fsync,fdatasync', last: 60 };
const writes = { calls: 'pwrite64', last: 300 };
const failures: readonly Failure[] = [
  { ...syncs, fault: 'error=EIO', name: 'a sync fails' },
  { ...writes, fault: 'error=EIO', name: 'a write fails' },
  { ...syncs, fault: 'signal=SIGKILL', name: 'killed at a sync' },
  { ...writes, fault: 'signal=SIGKILL', name: 'killed at a write' },
];
/** A process in which the chosen call is never made is ended after so long. */
const reachedWithinMs = 8_000;

export const io: FaultKind = {
  name: 'io',
  weight: 1,
  cyclesPerStory: 4,
  unavailable: () => (spawnSync('strace', ['-V']).status === 0 ? undefined : 'there is no strace'),
  async cycle({ story, random, tally }) {
    const { calls, fault, name, last } = pick(random, failures);
    // Nearer to the beginning more often: there are migrations, joining, and the first commits.
    const when = 1 + Math.floor(last * random() ** 2);
    // Fast, but with it no signal is ever sent.
    const filter = fault === 'error=EIO' ? ['--seccomp-bpf'] : [];
    const wrapper = ['strace', '-f', '-qq', ...filter, '-o', '/dev/null'];
    const inject = ['-e', `trace=${calls}`, '-e', `inject=${calls}:${fault}:when=${when}`];
    const paths = ['', '-wal'].flatMap((suffix) => ['-P', `${story.storage.option}${suffix}`]);
    const peer = story.start({ wrapper: [...wrapper, ...inject, ...paths] });
    const exit = await peer.untilEnded(name, reachedWithinMs).catch(() => undefined);
    if (exit === undefined) {
      story.kill(peer);
      await peer.untilEnded('the process is killed');
      return tally.fault(`io ${missed}`);
    }
    const { failed, cause } = peer.failed ?? {};
    const asWanted =
      fault === 'signal=SIGKILL'
        ? exit.signal === 'SIGKILL'
        : failed === 'DE_STORAGE' || failed === 'DE_STORAGE_BROKEN' || cause === 'DE_STORAGE_BROKEN';
    if (!asWanted) throw new Error(`${name} (the ${when}.), and the process ended otherwise: ${peer.describeEnd()}`);
    tally.fault(`io: ${name}${peer.acked > 0 ? '' : ', at the start'}`);
  },
};
