import { StoreRefusedError } from '../../src/engines/sql/ports/store-errors.js';
import type { CommitBatch, Store, Survivor } from '../../src/engines/sql/ports/store.js';
import { MemoryStore, type MemoryDatabase } from '../../src/storage/memory/index.js';
import type { CommitChecker } from './commit-checker.js';

/** The memory store as one process sees it, with a checker that hears of everything. */
export class CheckedStore extends MemoryStore {
  constructor(
    private readonly rows: MemoryDatabase,
    time: () => number,
    private readonly checker: CommitChecker,
    /** Number of the process. */
    private readonly process: number,
    private readonly heard: {
      committed(batch: CommitBatch, touched: ReadonlySet<number>): void;
      acquired(incarnation: number): void;
    },
  ) {
    super(rows, time);
  }

  override async join(member: Parameters<Store['join']>[0]) {
    const living = [...this.rows.workers].filter(([, { alive }]) => alive);
    const joined = await super.join(member);
    for (const [former, { alive, seq }] of living) if (!alive) this.checker.retired(former, seq);
    this.checker.joined(joined.incarnation, this.process);
    return joined;
  }

  override async takeBlock() {
    const block = await super.takeBlock();
    this.checker.tookBlock(block, this.process);
    return block;
  }

  override async retire(incarnation: number, survivor?: Survivor) {
    const retired = await super.retire(incarnation, survivor);
    this.checker.retired(incarnation, retired.seq);
    return retired;
  }

  override async takeOver(incarnation: number, seq: number) {
    const dead = await super.takeOver(incarnation, seq);
    if (dead) this.checker.retired(incarnation, undefined);
    return dead;
  }

  override async acquire(...args: Parameters<Store['acquire']>) {
    const acquired = await super.acquire(...args);
    this.checker.acquired(args[0], acquired);
    if (acquired.length > 0) this.heard.acquired(args[0]);
    return acquired;
  }

  override async commit(batch: CommitBatch) {
    const { workersEnded = [] } = batch;
    const living = workersEnded.filter(([incarnation]) => this.rows.isAlive(incarnation));
    const answer = await super.commit(batch).catch((error: Error) => {
      // Nothing is wrong with this store: what the engine had made does not fit what is committed.
      if (error instanceof StoreRefusedError) this.checker.refused(batch, error);
      throw error;
    });
    for (const [incarnation, seq] of living) if (!this.rows.isAlive(incarnation)) this.checker.ended(incarnation, seq);
    const touched = this.checker.touched(batch);
    this.checker.committed(batch);
    this.heard.committed(batch, touched);
    return answer;
  }
}
