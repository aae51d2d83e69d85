import { expect } from 'chai';
import { KeptValue } from '../../src/inspect/kept-value.js';
import { ProcessClock, VirtualTime } from '../../src/testing/virtual-clock.js';

describe('a value that is kept', () => {
  it('a value is read once in a while, and again when it is old', async () => {
    const time = new VirtualTime();
    let reads = 0;
    const value = new KeptValue(new ProcessClock(time), 5_000, async () => ++reads);
    expect(await Promise.all([value.get(), value.get()])).to.deep.equal([1, 1]);
    time.elapsedMs += 4_999;
    expect(await value.get()).to.equal(1);
    time.elapsedMs += 1;
    expect(await value.get()).to.equal(2);
  });

  it('a value that takes long to read is kept five times as long', async () => {
    const time = new VirtualTime();
    let reads = 0;
    const value = new KeptValue(new ProcessClock(time), 5_000, async () => {
      time.elapsedMs += 2_000;
      return ++reads;
    });
    expect(await value.get()).to.equal(1);
    time.elapsedMs += 9_999;
    expect(await value.get()).to.equal(1);
    time.elapsedMs += 1;
    expect(await value.get()).to.equal(2);
  });

  it('a failed read is not kept', async () => {
    let reads = 0;
    const value = new KeptValue(new ProcessClock(new VirtualTime()), 5_000, async () => {
      if (++reads === 1) throw new Error('it fails');
      return reads;
    });
    expect(await value.get().catch((error: Error) => error.message)).to.equal('it fails');
    expect(await value.get()).to.equal(2);
  });
});
