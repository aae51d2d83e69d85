import { expect } from 'chai';
import { Backoff } from '../../src/engines/sql/connected/backoff.js';
import { ioTurn, ProcessClock, VirtualTime } from '../../src/testing/virtual-clock.js';

describe('looks of a connected client', () => {
  /** The instants, in ms, at which it looks until this time; `found` says whether a look finds something. */
  async function looks(untilMs: number, found: (ms: number) => boolean = () => false): Promise<number[]> {
    const time = new VirtualTime();
    const at: number[] = [];
    const look = async () => {
      at.push(time.elapsedMs);
      return found(time.elapsedMs);
    };
    const backoff = new Backoff(new ProcessClock(time), look);
    backoff.hurry();
    do await ioTurn();
    while (time.step(untilMs));
    backoff.stop();
    return at;
  }

  it('G10: come in the first milliseconds, when an idle machine answers, and then ever more rarely', async () => {
    const at = await looks(600);
    expect(at).to.deep.equal([0, 1, 2, 5, 17, 65, 257, 507]);
  });

  it('G10: are no more than in version 0.1 for who waits long', async () => {
    // It waited 8, 16, 32, 64, 128, and then 250 ms each time.
    const before = (ms: number) =>
      [0, 8, 24, 56, 120, 248].filter((at) => at <= ms).length + Math.max(0, Math.floor((ms - 248) / 250));
    for (const ms of [500, 5_000, 60_000]) expect((await looks(ms)).length).to.be.at.most(before(ms));
  });

  it('G10: come soon again after something was found', async () => {
    const at = await looks(320, (ms) => ms === 257);
    expect(at).to.deep.equal([0, 1, 2, 5, 17, 65, 257, 261, 273]);
  });
});
