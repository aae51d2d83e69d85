import { expect } from 'chai';
import {
  bounds,
  heartbeatMs,
  heartbeatOf,
  isFull,
  isMemoryFresh,
  mayStartOutside,
  shouldSeal,
  silenceMsMax,
} from '../../src/engines/sql/core/pace.js';

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
    expect(mayStartOutside(9_999, 15_000, false)).to.equal(true);
    expect(mayStartOutside(10_000, 15_000, false)).to.equal(false);
  });

  it('lets external effects start within one beat if a worker is missed by its presence lock, before others may take over', () => {
    for (const leaseMs of [1_000, 3_000, 15_000, 60_000]) {
      const beatMs = heartbeatMs(leaseMs);
      expect(mayStartOutside(beatMs - 1, leaseMs, true)).to.equal(true);
      expect(mayStartOutside(beatMs, leaseMs, true)).to.equal(false);
      expect(silenceMsMax(leaseMs)).to.equal(beatMs + 1_000);
      expect(isMemoryFresh(Math.min(silenceMsMax(leaseMs), leaseMs), leaseMs, true)).to.equal(false);
    }
  });

  it('commits more often for a worker whose presence lock is not held', () => {
    expect([heartbeatOf(15_000, true), heartbeatOf(15_000, false), heartbeatOf(1_500, true)]).to.deep.equal([
      1_000, 5_000, 500,
    ]);
  });

  it('commits for an idle worker each third of a lease', () => {
    expect(heartbeatMs(15_000)).to.equal(5_000);
  });
});
