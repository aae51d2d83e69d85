import { expect } from 'chai';
import { ScanGate } from '../../src/inspect/scan-gate.js';
import { ioTurn, ProcessClock, VirtualTime } from '../../src/testing/virtual-clock.js';
import { deferred } from '../engine/world.js';

describe('the gate for reads that scan', () => {
  const time = new VirtualTime();
  const clock = new ProcessClock(time);

  /** Lets time pass, from timer to timer, until the work is done. */
  async function settle(work: Promise<unknown>): Promise<void> {
    let isDone = false;
    void work.finally(() => (isDone = true));
    for (await ioTurn(); !isDone; await ioTurn()) {
      if (time.nextTimerMs !== undefined) time.step(time.nextTimerMs);
    }
  }

  /** The starts of reads of 40 ms that are asked for together, in ms from now. */
  async function startsOf(gate: ScanGate, count: number): Promise<number[]> {
    const beganMs = time.elapsedMs;
    const starts: number[] = [];
    const read = () =>
      gate.run(async () => {
        starts.push(Math.round(time.elapsedMs - beganMs));
        await new Promise<void>((resolve) => clock.setTimer(40, resolve));
      });
    await settle(Promise.all(Array.from({ length: count }, read)));
    return starts;
  }

  it('reads run one at a time, without a rest until they have spent 100 ms, and then take a tenth of the time', async () => {
    expect(await startsOf(new ScanGate(clock), 6)).to.deep.equal([0, 40, 80, 240, 640, 1_040]);
  });

  it('a pause of an hour gives no more credit than 100 ms', async () => {
    const gate = new ScanGate(clock);
    await startsOf(gate, 6);
    await settle(new Promise<void>((resolve) => clock.setTimer(3_600_000, resolve)));
    expect(await startsOf(gate, 5)).to.deep.equal([0, 40, 80, 240, 640]);
  });

  it('a read that fails rejects, and the next one runs', async () => {
    const gate = new ScanGate(new ProcessClock(new VirtualTime()));
    const failed = gate.run(() => Promise.reject(new Error('it fails')));
    const next = gate.run(async () => 'done');
    expect(await failed.catch((error: Error) => error.message)).to.equal('it fails');
    expect(await next).to.equal('done');
  });

  it('more than 64 waiting reads are refused', async () => {
    const gate = new ScanGate(new ProcessClock(new VirtualTime()));
    const held = deferred();
    const reads = Array.from({ length: 64 }, () => gate.run(() => held.promise));
    const refused = await gate.run(async () => 'never').catch((error: { code: string }) => error.code);
    expect(refused).to.equal('DE_INVALID_OPERATION');
    held.resolve();
    await Promise.all(reads);
    expect(await gate.run(async () => 'again')).to.equal('again');
  });
});
