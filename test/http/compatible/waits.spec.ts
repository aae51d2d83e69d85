import { expect } from 'chai';
import { Waits, waitsMax } from '../../../src/http/compatible/waits.js';

describe('requests that wait', () => {
  it('beyond the limit a further one is refused, and each end makes room for one', async () => {
    const waits = new Waits();
    const ends: (() => void)[] = [];
    const wait = () => new Promise<void>((resolve) => ends.push(resolve));
    const first = waits.run(wait);
    const others = Array.from({ length: waitsMax - 1 }, () => waits.run(wait));
    expect(others.every((each) => each !== undefined)).to.equal(true);
    expect(waits.run(wait)).to.equal(undefined);
    ends[0]?.();
    await first;
    expect(waits.run(wait)).not.to.equal(undefined);
    expect(waits.run(wait)).to.equal(undefined);
  });

  it('a wait that fails makes room too', async () => {
    const waits = new Waits();
    for (let i = 0; i < waitsMax * 2; i++) {
      const failed = waits.run(() => Promise.reject(new Error('no')));
      expect(failed).not.to.equal(undefined);
      await failed?.catch(() => {});
    }
  });
});
