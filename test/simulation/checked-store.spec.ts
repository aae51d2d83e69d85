/** Books of the checker beside the rows of the memory store. */
import { expect } from 'chai';
import type { CommitBatch } from '../../src/engines/sql/ports/store.js';
import { MemoryDatabase } from '../../src/storage/memory/index.js';
import { CheckedStore } from './checked-store.js';
import { CommitChecker } from './commit-checker.js';

const leaseMs = 15_000;
const nothing = {
  leaseMs,
  hubTimeMs: 0,
  activeMs: 0,
  consumed: [],
  adopted: [],
  instances: [],
  history: [],
  historyDeleted: [],
  inbox: [],
  receipts: [],
};

describe('the checker of the simulator', () => {
  let nowMs: number;
  let problems: string[];
  let store: CheckedStore;

  beforeEach(async () => {
    nowMs = 0;
    problems = [];
    const database = new MemoryDatabase({ partitionCount: 2, shared: true });
    const checker = new CommitChecker(
      2,
      () => nowMs,
      (_, problem) => void problems.push(problem),
    );
    store = new CheckedStore(database, () => nowMs, checker, 1, { committed() {}, acquired() {} });
    await store.open();
  });

  async function join(): Promise<number> {
    return (await store.join({ name: 'worker', leaseMs, names: [], version: '' })).incarnation;
  }

  async function commit(incarnation: number, seq: number, effects: Partial<CommitBatch>): Promise<void> {
    await store.commit({ ...nothing, incarnation, seq, ...effects });
  }

  it('lets others take a partition that was given to a worker which retention has ended', async () => {
    const [giver, ended] = [await join(), await join()];
    await store.acquire(giver, { partitions: [0] });
    nowMs = leaseMs + 1;
    await commit(giver, 1, { workersEnded: [[ended, 0]] });
    await commit(giver, 2, { gives: [[0, ended]] });
    await store.acquire(giver, { partitions: [0] });
    expect(problems).to.deep.equal([]);
  });

  it('still reports a partition that is taken from a worker whose lease is not over', async () => {
    const [giver, living] = [await join(), await join()];
    await store.acquire(giver, { partitions: [0] });
    await commit(giver, 1, { workersEnded: [[living, 0]], gives: [[0, living]] });
    store['rows'].partitions[0] = { owner: giver, epoch: 3, crashes: 0 };
    await store.acquire(giver, { partitions: [0] });
    expect(problems).to.deep.equal([`partition 0 was taken from worker ${living}, which is alive`]);
  });
});
