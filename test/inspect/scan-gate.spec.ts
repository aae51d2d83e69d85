import { expect } from 'chai';
import { ScanGate } from '../../src/inspect/scan-gate.js';
import { ioTurn, ProcessClock, VirtualTime } from '../../src/testing/virtual-clock.js';
import { deferred } from '../engine/world.js';

describe('the gate for reads that scan', () => {
  it('one read runs at a time, and the gate rests nine times the length of each', async () => {
    const time = new VirtualTime();
    const clock = new ProcessClock(time);
    const gate = new ScanGate(clock);
    const starts: number[] = [];
    const read = () =>
      gate.run(async () => {
        starts.push(time.elapsedMs);
        await new Promise<void>((resolve) => clock.setTimer(10, resolve));
        return starts.length;
      });
    const all = Promise.all([read(), read(), read()]);
    for (let turns = 0; turns < 100; turns++) {
      await ioTurn();
      time.step(time.elapsedMs + 1_000);
    }
    expect(await all).to.deep.equal([1, 2, 3]);
    expect(starts).to.deep.equal([0, 100, 200]);
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
