import { expect } from 'chai';
import { BatchCounts, type CountedBatch } from '../../src/hub/operation-counts.js';
import { Statistics } from '../../src/inspect/statistics.js';
import { ProcessClock, VirtualTime } from '../../src/testing/virtual-clock.js';

type Ended = readonly [entity: string, operation: string, isOk: boolean, durationMs: number | undefined];

const commit = { seq: 1, durationMs: 3, accepted: 2, consumed: 1, inboxRows: 1, instances: 1, historyRows: 0 };

/** A batch in which these operations ended. Each that was timed waited 2 ms. */
function batchOf(...ended: readonly Ended[]): CountedBatch {
  const counts = new BatchCounts();
  for (const [entity, operation, isOk, durationMs] of ended) {
    const count = counts.ended(entity, operation, isOk);
    if (durationMs !== undefined) count.time(durationMs, 2);
  }
  return { commit, endedMs: 0, counts };
}

/** A batch of client messages that waited so long in the intake queue. */
function timesOf(...pairs: readonly (readonly [ms: number, things: number])[]): CountedBatch {
  const counts = new BatchCounts();
  for (const [ms, things] of pairs) counts.waited.add(ms, things);
  return { commit, endedMs: 0, counts };
}

describe('statistics', () => {
  function make() {
    const time = new VirtualTime();
    return { time, statistics: new Statistics(new ProcessClock(time), () => undefined) };
  }

  it('operations are counted by entity and operation, with their durations', () => {
    const { statistics } = make();
    statistics.counted(batchOf(['a', 'x', true, 1], ['b', 'x', true, 1], ['a', 'x', false, 4]));
    statistics.retried({ entity: 'a', operation: 'x' });
    const [ax, bx] = statistics.figures.operations;
    expect(ax).to.include({ entity: 'a', operation: 'x', ok: 1, failed: 1, retries: 1 });
    expect(ax?.duration).to.include({ count: 2, sum: 5, max: 4 });
    expect(ax?.queued).to.include({ count: 2, sum: 4 });
    expect(bx).to.include({ entity: 'b', ok: 1, failed: 0 });
  });

  it('a batch with many names of operations counts each under its own', () => {
    const { statistics } = make();
    const names = Array.from({ length: 30 }, (_, at) => [`e${at % 3}`, `o${Math.floor(at / 3)}`, true, 1] as const);
    statistics.counted(batchOf(...names, ...names.toReversed()));
    const { operations } = statistics.figures;
    expect(operations).to.have.length(30);
    expect(operations.map(({ ok }) => ok)).to.deep.equal(operations.map(() => 2));
  });

  it('operations that were not timed have the duration of the last one that was', () => {
    const { statistics } = make();
    statistics.counted(batchOf(['a', 'x', true, 3], ['a', 'x', true, undefined]));
    statistics.counted(batchOf(['a', 'x', true, undefined], ['a', 'x', true, undefined]));
    const [ax] = statistics.figures.operations;
    expect(ax?.duration).to.include({ count: 4, sum: 12, max: 3 });
    expect(ax?.queued).to.include({ count: 4, sum: 8 });
  });

  it('operations that ended before the first one that was timed get its duration', () => {
    const { statistics } = make();
    statistics.counted(batchOf(['a', 'x', true, undefined], ['a', 'x', true, undefined]));
    expect(statistics.figures.operations[0]).to.deep.include({ ok: 2 });
    expect(statistics.figures.operations[0]?.duration.count).to.equal(0);
    statistics.counted(batchOf(['a', 'x', true, 5]));
    expect(statistics.figures.operations[0]?.duration).to.include({ count: 3, sum: 15, max: 5 });
    expect(statistics.figures.operations[0]?.queued).to.include({ count: 3, sum: 6 });
  });

  it('figures hold what the last commits brought, each in the interval in which it was committed', () => {
    const { time, statistics } = make();
    for (let commits = 1; commits <= 200; commits++) {
      statistics.counted(batchOf(['a', 'x', true, 1]));
      if (commits % 7 !== 0 && commits !== 200) continue;
      const { operations, commits: totals } = statistics.figures;
      expect([operations[0]?.ok, totals.consumed]).to.deep.equal([commits, commits]);
    }
    time.elapsedMs += 5_000;
    statistics.counted({ ...batchOf(['a', 'x', false, 1]), endedMs: time.elapsedMs });
    const { recent } = statistics.figures;
    expect(recent).to.have.length(2);
    expect(recent[0]).to.include({ commits: 200, operations: 200, failed: 0 });
    expect(recent[1]).to.include({ commits: 1, operations: 1, failed: 1 });
  });

  it('a time of the intake queue stands for as many messages as it is told', () => {
    const { statistics } = make();
    statistics.counted(timesOf([1, 1], [2, 1], [3, 1]));
    expect(statistics.figures.intake).to.include({ count: 3, sum: 6, max: 3 });
    statistics.counted(timesOf([0, 16], [16, 16], [32, 8]));
    expect(statistics.figures.intake).to.include({ count: 43, sum: 6 + 16 * 16 + 32 * 8, max: 32 });
  });

  it('names that clients invent are counted together beyond a hundred operations of an entity', () => {
    const { statistics } = make();
    for (let i = 0; i < 1_000; i++) statistics.counted(batchOf(['a', `invented ${i}`, true, 1]));
    const { operations } = statistics.figures;
    expect(operations).to.have.length(101);
    expect(operations.at(-1)).to.include({ operation: '(others)', ok: 900 });
  });

  it('recent intervals are bounded, the oldest first', () => {
    const { time, statistics } = make();
    for (let i = 0; i < 100; i++) {
      statistics.counted({ commit, endedMs: time.elapsedMs, counts: undefined });
      time.elapsedMs += 5_000;
    }
    const { recent, everyMs, commits } = statistics.figures;
    expect(everyMs).to.equal(5_000);
    expect(recent).to.have.length(60);
    expect(recent.map(({ fromMs }) => fromMs)).to.deep.equal(
      recent.map(({ fromMs }) => fromMs).toSorted((a, b) => a - b),
    );
    expect(recent.at(-2)).to.include({ commits: 1, accepted: 2 });
    expect(commits).to.include({ accepted: 200, consumed: 100 });
    expect(commits.size).to.include({ count: 100, sum: 400 });
  });

  it('orchestrations, activities, locks, dead letters, resets and stalls are counted by name', () => {
    const { statistics } = make();
    statistics.runStarted({ name: 'R' });
    statistics.runEnded({ name: 'R', status: 'failed', durationMs: 9 });
    statistics.activityEnded({ name: 'A', outcome: 'failed', durationMs: 2 });
    statistics.lockGranted({ entity: 'a', durationMs: 5 });
    statistics.lockReleased({ entity: 'a', durationMs: 7 });
    statistics.deadLettered({ kind: 'operation' });
    statistics.reset({ code: undefined });
    statistics.counted(timesOf([1, 1]));
    statistics.stalled(60);
    const { runs, activities, locks, deadLetters, resets, intake, stalls } = statistics.figures;
    expect(runs[0]).to.include({ name: 'R', started: 1, completed: 0, failed: 1, terminated: 0 });
    expect(activities[0]).to.include({ name: 'A', ok: 0, failed: 1 });
    expect(locks[0]?.waited.sum).to.equal(5);
    expect(locks[0]?.held.sum).to.equal(7);
    expect(deadLetters).to.deep.equal({ operation: 1 });
    expect(resets).to.deep.equal({ '': 1 });
    expect([intake.count, stalls.max]).to.deep.equal([1, 60]);
  });
});
