import { expect } from 'chai';
import { Backoff } from '../../src/engines/sql/connected/backoff.js';
import { ioTurn, ProcessClock, VirtualTime } from '../../src/testing/virtual-clock.js';

describe('the reads of a connected client', () => {
  /** The instants, in milliseconds, of all reads and failures until this time. `found` says whether a read finds something, or throws. */
  async function watch(untilMs: number, found: (ms: number) => boolean) {
    const time = new VirtualTime();
    const at: number[] = [];
    const failed: [number, string][] = [];
    const look = async () => {
      at.push(time.elapsedMs);
      return found(time.elapsedMs);
    };
    const backoff = new Backoff(new ProcessClock(time), look, ({ message }) => failed.push([time.elapsedMs, message]));
    backoff.hurry();
    do await ioTurn();
    while (time.step(untilMs));
    backoff.stop();
    return { at, failed };
  }

  async function looks(untilMs: number, found: (ms: number) => boolean = () => false): Promise<number[]> {
    return (await watch(untilMs, found)).at;
  }

  it('G10: a connected client reads within the first milliseconds, and then less and less often', async () => {
    const at = await looks(600);
    expect(at).to.deep.equal([0, 1, 2, 5, 17, 65, 257, 507]);
  });

  it('G10: a connected client that waits long reads no more often than in version 0.1', async () => {
    // It waited 8, 16, 32, 64, 128, and then 250 ms each time.
    const before = (ms: number) =>
      [0, 8, 24, 56, 120, 248].filter((at) => at <= ms).length + Math.max(0, Math.floor((ms - 248) / 250));
    for (const ms of [500, 5_000, 60_000]) expect((await looks(ms)).length).to.be.at.most(before(ms));
  });

  it('G10: a connected client reads again soon after a read found something', async () => {
    const at = await looks(320, (ms) => ms === 257);
    expect(at).to.deep.equal([0, 1, 2, 5, 17, 65, 257, 261, 273]);
  });

  it('a connected client reads at once when a hint comes, and leaves a pause between two hints', async () => {
    const time = new VirtualTime();
    const at: number[] = [];
    const look = async () => {
      at.push(time.elapsedMs);
      return false;
    };
    const backoff = new Backoff(new ProcessClock(time), look, () => {});
    backoff.hurry();
    const until = async (ms: number) => {
      do await ioTurn();
      while (time.step(ms));
    };
    await until(100);
    expect(at).to.deep.equal([0, 1, 2, 5, 17, 65]);
    backoff.hint();
    backoff.hint();
    await ioTurn();
    // One read at once, which the second hint repeats because that read may have missed what it says.
    expect(at.slice(6)).to.deep.equal([100, 100]);
    backoff.hint();
    await ioTurn();
    expect(at.slice(8), 'a third read waits for a timer').to.deep.equal([]);
    await until(100);
    expect(at.slice(8)).to.deep.equal([100]);
    backoff.stop();
  });

  it('a connected client spends at most half of the time with reads, however often hints come and however long a read takes', async () => {
    const time = new VirtualTime();
    const clock = new ProcessClock(time);
    const readMs = 8;
    let reads = 0;
    const look = async () => {
      reads++;
      await new Promise<void>((resolve) => clock.setTimer(readMs, resolve));
      return true;
    };
    const backoff = new Backoff(clock, look, () => {});
    const hintEachMs = () =>
      clock.setTimer(1, () => {
        backoff.hint();
        if (time.elapsedMs < 800) hintEachMs();
      });
    hintEachMs();
    do await ioTurn();
    while (time.step(800));
    backoff.stop();
    expect(reads).to.be.within(40, 52);
  });

  it('a connected client follows a hint within 250 ms, however long its last read took', async () => {
    const time = new VirtualTime();
    const clock = new ProcessClock(time);
    const at: number[] = [];
    const look = async () => {
      at.push(time.elapsedMs);
      await new Promise<void>((resolve) => clock.setTimer(at.length <= 2 ? 5_000 : 0, resolve));
      return true;
    };
    const backoff = new Backoff(clock, look, () => {});
    backoff.hurry();
    // The second read is as slow as the first one, and a hint comes while it lasts.
    clock.setTimer(7_000, () => backoff.hint());
    do await ioTurn();
    while (at.length < 3 && time.step(30_000));
    backoff.stop();
    expect(at[1]).to.be.within(5_000, 5_020);
    expect((at[2] as number) - (at[1] as number)).to.be.within(5_000, 5_250);
  });

  describe('where hints come with the answers', () => {
    /**
     * One call after the other, each with an answer after some milliseconds. Resolves with the reads of each call, from its begin.
     * @param rests whether a second passes between the calls
     */
    async function calls(
      answers: readonly { afterMs: number; hint: boolean | 'during the read' }[],
      rests = true,
    ): Promise<number[][]> {
      const time = new VirtualTime();
      const clock = new ProcessClock(time);
      const reads: number[][] = [];
      let waits = false;
      let begunMs = 0;
      let answeredMs = 0;
      let hintsDuringRead = false;
      const look = async () => {
        if (!waits) return undefined;
        reads.at(-1)!.push(time.elapsedMs - begunMs);
        waits = time.elapsedMs < answeredMs;
        if (!waits && hintsDuringRead) backoff.hint();
        return !waits;
      };
      const backoff: Backoff = new Backoff(clock, look, () => {});
      for (const { afterMs, hint } of answers) {
        reads.push([]);
        begunMs = time.elapsedMs;
        answeredMs = begunMs + afterMs;
        hintsDuringRead = hint === 'during the read';
        waits = true;
        backoff.hurry();
        if (hint === true) clock.setTimer(afterMs, () => (waits ? backoff.hint() : backoff.heard()));
        do await ioTurn();
        while ((waits || rests) && time.step(begunMs + 1_000));
      }
      backoff.stop();
      return reads;
    }
    const hinted = { afterMs: 3, hint: true };
    const missed = { afterMs: 3, hint: false };

    it('a caller reads when the hint says so, after three such answers', async () => {
      expect(await calls(Array.from({ length: 5 }, () => hinted))).to.deep.equal([
        [0, 1, 2, 3],
        [0, 1, 2, 3],
        [0, 1, 2, 3],
        [3],
        [3],
      ]);
    });

    it('a caller whose calls follow each other reads once a call', async () => {
      const reads = await calls(
        Array.from({ length: 6 }, () => ({ afterMs: 5, hint: true })),
        false,
      );
      expect(reads.slice(3)).to.deep.equal([[5], [5], [5]]);
    });

    it('a hint that comes while the answer is read counts as well', async () => {
      const duringRead = { afterMs: 3, hint: 'during the read' } as const;
      expect(await calls(Array.from({ length: 4 }, () => duringRead))).to.deep.equal([
        [0, 1, 2, 5],
        [0, 1, 2, 5],
        [0, 1, 2, 5],
        [6],
      ]);
    });

    it('a caller that waits long reads as before', async () => {
      const [, , , long] = await calls([hinted, hinted, hinted, { afterMs: 900, hint: false }]);
      expect(long).to.deep.equal([6, 18, 66, 258, 508, 758]);
    });

    it('a caller reads early again after two answers without a hint, and one that comes later counts', async () => {
      const late = { afterMs: 8, hint: true };
      const reads = await calls([hinted, hinted, hinted, missed, late, missed, missed, hinted]);
      expect(reads.slice(3)).to.deep.equal([[6], [6, 8], [6], [6], [0, 1, 2, 3]]);
    });
  });

  it('the waits of a connected client fail when its reads have failed for 30 seconds in a row', async () => {
    const fail = (from: number, to: number) => (ms: number) => {
      if (ms >= from && ms < to) throw new Error('no disk');
      return false;
    };
    expect((await watch(60_000, fail(0, 29_000))).failed, 'a read in between succeeds').to.deep.equal([]);
    const { failed } = await watch(30_500, fail(0, Infinity));
    expect(failed[0]).to.deep.equal([30_007, 'no disk']);
  });
});
