/** System calls that fail: the n-th sync or write of the database says that the disk is broken. The host stops; the next process goes on. */
import { spawnSync } from 'node:child_process';
import { pick, type FaultKind } from '../fault-kind.js';
import { missed } from '../tally.js';

interface Failure {
  readonly calls: string;
  readonly error: string;
  /** The last one that may fail, counted for each thread that makes such calls. */
  readonly last: number;
}

const failures: readonly Failure[] = [
  { calls: 'fsync,fdatasync', error: 'EIO', last: 150 },
  { calls: 'pwrite64', error: 'EIO', last: 600 },
];
/** A process in which the chosen call is never made is ended after so long. */
const reachedWithinMs = 5_000;

export const io: FaultKind = {
  name: 'io',
  weight: 1,
  cyclesPerStory: 4,
  unavailable: () => (spawnSync('strace', ['-V']).status === 0 ? undefined : 'there is no strace'),
  async cycle({ story, random, tally }) {
    const { calls, error, last } = pick(random, failures);
    // Nearer to the beginning more often: there are migrations, joining, and the first commits.
    const when = 1 + Math.floor(last * random() ** 2);
    const wrapper = ['strace', '-f', '-qq', '--seccomp-bpf', '-o', '/dev/null'];
    const inject = ['-e', `trace=${calls}`, '-e', `inject=${calls}:error=${error}:when=${when}`];
    const paths = ['', '-wal'].flatMap((suffix) => ['-P', `${story.storage.option}${suffix}`]);
    const peer = story.start({ wrapper: [...wrapper, ...inject, ...paths] });
    const end = peer.untilEnded('the disk fails', reachedWithinMs).catch(() => undefined);
    if ((await end) === undefined) {
      story.kill(peer);
      await peer.untilEnded('the process is killed');
      return tally.fault(`io: ${error} ${missed}`);
    }
    const codes = [peer.failed?.failed, peer.failed?.cause];
    if (!codes.includes('DE_STORAGE_BROKEN') && codes[0] !== 'DE_STORAGE')
      throw new Error(`a host whose ${when}. ${calls} failed ended otherwise: ${peer.describeEnd()}`);
    tally.fault(
      `io: ${error} at ${calls === 'pwrite64' ? 'a write' : 'a sync'}${peer.acked > 0 ? '' : ', at the start'}`,
    );
  },
};
