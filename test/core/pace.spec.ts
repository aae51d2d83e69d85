import { expect } from 'chai';
import { bounds, heartbeatMs, isFull, isLeaseFresh, shouldSeal } from '../../src/engines/sql/core/pace.js';

const nothing = { messages: 0, runMessages: 0, bytes: 0, computingMs: 0 };

describe('the pace', () => {
  it('calls a batch full at 20 ms of computing, or when 20,000 messages or 4 MiB of them wait in it', () => {
    expect(isFull(nothing)).to.equal(false);
    expect(isFull({ ...nothing, messages: 19_999, bytes: bounds.batchBytes - 1, computingMs: 19.99 })).to.equal(false);
    expect(isFull({ ...nothing, messages: 20_000 })).to.equal(true);
    expect(isFull({ ...nothing, bytes: 4 * 1024 * 1024 })).to.equal(true);
    expect(isFull({ ...nothing, computingMs: 20 })).to.equal(true);
  });

  it('computes on for up to 200 ms while 256 messages or more wait for orchestrations', () => {
    expect(isFull({ ...nothing, runMessages: 255, computingMs: 20 })).to.equal(true);
    expect(isFull({ ...nothing, runMessages: 256, computingMs: 199 })).to.equal(false);
    expect(isFull({ ...nothing, runMessages: 256, computingMs: 200 })).to.equal(true);
  });

  it('keeps the heartbeat of the shortest lease, however wide a batch is', () => {
    expect(bounds.sealWideAfterMs).to.be.lessThan(heartbeatMs(1_000));
  });

  it('seals when the committer is free and nothing is ready or the batch is full', () => {
    const full = { ...nothing, computingMs: 30 };
    for (const free of [true, false]) {
      for (const ready of [true, false]) {
        expect(shouldSeal(free, ready, nothing)).to.equal(free && !ready);
        expect(shouldSeal(free, ready, full)).to.equal(free);
      }
    }
  });

  it('lets external effects start within two thirds of a lease after the last good commit began', () => {
    expect(isLeaseFresh(9_999, 0, 15_000)).to.equal(true);
    expect(isLeaseFresh(10_000, 0, 15_000)).to.equal(false);
    expect(isLeaseFresh(110_000, 100_001, 15_000)).to.equal(true);
  });

  it('commits for an idle worker each third of a lease', () => {
    expect(heartbeatMs(15_000)).to.equal(5_000);
  });
});
