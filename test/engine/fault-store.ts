import { LeaseLostError, StorageError, UnknownOutcomeError } from '../../src/errors/index.js';
import { StoreBusyError, StoreRefusedError } from '../../src/engines/sql/ports/store-errors.js';
import type { CommitBatch, NewMember, Hint, ReceiptKey, Store, Survivor } from '../../src/engines/sql/ports/store.js';
import type { VirtualTime } from '../../src/testing/virtual-clock.js';

export type Access =
  | 'acquireExclusiveLock'
  | 'members'
  | 'join'
  | 'retire'
  | 'takeOver'
  | 'absent'
  | 'acquire'
  | 'readTimes'
  | 'takeBlock'
  | 'commit'
  | 'loadInstances'
  | 'loadNamedSignals'
  | 'loadHistory'
  | 'loadFirstChunks'
  | 'queryInstances'
  | 'countInstances'
  | 'scanWorkers'
  | 'scanEnded'
  | 'giveBackPages'
  | 'scanReceipts'
  | 'loadReceipts'
  | 'rowsInInbox'
  | 'waitingStart'
  | 'readBacklog'
  | 'readWaiting'
  | 'poll'
  | 'loadDeadLetters';

/** The faults of one access. */
export type Fault =
  /** A commit is refused before it is executed, for a transient reason. Any other access fails before it is executed. */
  | 'busy'
  /** Failed before, without a reason. */
  | 'fail'
  /** Refused for good (commits), or failed before. */
  | 'refuse'
  /** Done, but the answer is lost. */
  | 'unknown-applied'
  /** Not done, and the answer is lost. */
  | 'unknown-lost'
  /** The answer is lost, and it is done some time later, if it still can be. */
  | 'late'
  /** Somebody marks the worker dead right before. */
  | 'fenced'
  /** Answered much later. */
  | 'slow'
  /** The process dies: before, after, or the request is executed when the process is long dead. */
  | 'crash-before'
  | 'crash-after'
  | 'crash-late';

export const commitFaults: readonly Fault[] = [
  'busy',
  'fail',
  'refuse',
  'unknown-applied',
  'unknown-lost',
  'late',
  'fenced',
  'slow',
];
export const crashes: readonly Fault[] = ['crash-before', 'crash-after', 'crash-late'];

/** How many turns of I/O pass before a request is executed, and before its answer is there. */
export type Latency = (access: Access) => readonly [before: number, after: number];

/** One process's way to the store, with faults. */
export class FaultStore implements Store {
  readonly accesses: Access[] = [];
  /** Every batch that was given to `commit`, in order, with whether it was executed. */
  readonly batches: { readonly batch: CommitBatch; applied: boolean; readonly atMs: number }[] = [];
  /** Asked right before each access is executed. */
  plan: (access: Access, index: number) => Fault | undefined = () => undefined;
  latency: Latency = () => [1, 1];
  /** How many turns more a slow answer takes. */
  slowness: () => number = () => 40;
  /** How many turns later a late request is executed. */
  lateness: () => number = () => 4;
  /** Resolves when the process can hear an answer; absent: it always can. */
  awake: (() => Promise<void>) | undefined;
  /** Holds accesses of a kind until the promise resolves: before they are executed, or only their answers. */
  readonly holdBefore = new Map<Access, Promise<void>>();
  readonly holdAnswer = new Map<Access, Promise<void>>();
  onCrash: () => void = () => {};
  /** The process is gone: the operating system takes its hold from it. */
  onKill: () => void = () => {};
  /** The connection that holds the presence lock of the process is lost, or there again. */
  onCut: () => void = () => {};
  onMend: () => void = () => {};
  /** How hints arrive. */
  hint: (callback: () => void) => void = (callback) => {
    this.time.activity++;
    void this.time.turns(1).then(callback);
  };
  private dead = false;
  /** The last that joined here; 0: none. */
  incarnation = 0;

  constructor(
    private readonly inner: Store,
    private readonly time: VirtualTime,
  ) {}

  /** From now on no answer arrives. */
  kill(): void {
    this.dead = true;
    this.onKill();
  }

  open() {
    return this.inner.open();
  }

  close() {
    return this.inner.close();
  }

  /** Without faults: an inspector changes nothing, and the engine never uses it. */
  inspect() {
    return this.inner.inspect();
  }

  acquireExclusiveLock(incarnation?: number) {
    return this.access('acquireExclusiveLock', () => this.inner.acquireExclusiveLock(incarnation));
  }

  releaseExclusiveLock() {
    return this.inner.releaseExclusiveLock();
  }

  members() {
    return this.access('members', () => this.inner.members());
  }

  async join(member: NewMember) {
    const joined = await this.access('join', () => this.inner.join(member));
    if (member.kind !== 'client') this.incarnation = joined.incarnation;
    return joined;
  }

  takeBlock() {
    return this.access('takeBlock', () => this.inner.takeBlock());
  }

  retire(incarnation: number, survivor?: Survivor) {
    return this.access('retire', () => this.inner.retire(incarnation, survivor));
  }

  /** A lock that is held needs no statement, so no fault is injected. */
  async holdPresence(incarnation: number) {
    return this.dead ? never() : this.inner.holdPresence(incarnation);
  }

  absent(incarnations: readonly number[]) {
    return this.access('absent', () => this.inner.absent(incarnations));
  }

  takeOver(incarnation: number, seq: number) {
    return this.access('takeOver', () => this.inner.takeOver(incarnation, seq));
  }

  acquire(...args: Parameters<Store['acquire']>) {
    return this.access('acquire', () => this.inner.acquire(...args));
  }

  readTimes() {
    return this.access('readTimes', () => this.inner.readTimes());
  }

  commit(batch: CommitBatch) {
    // The store gets a copy of the batch, so the engine may still change its own objects.
    const sent = copyOf(batch);
    const entry = { batch: sent, applied: false, atMs: this.time.elapsedMs };
    this.batches.push(entry);
    return this.access('commit', async () => {
      const answer = await this.inner.commit(sent);
      entry.applied = true;
      return answer;
    });
  }

  waitingStart(instanceId: string) {
    return this.access('waitingStart', () => this.inner.waitingStart(instanceId));
  }

  countInbox(target: string, nowMs: number) {
    return this.inner.countInbox(target, nowMs);
  }

  writeWithin(transaction: unknown, rows: Parameters<Store['writeWithin']>[1]) {
    return this.inner.writeWithin(transaction, rows);
  }

  readHub() {
    return this.dead ? never() : this.inner.readHub();
  }

  listen(callback: (hint: Hint | undefined) => void) {
    return this.inner.listen((hint) => {
      if (!this.dead) this.hint(() => callback(hint));
    });
  }

  wakeOthers(hint: Hint) {
    if (!this.dead) this.inner.wakeOthers(hint);
  }

  loadInstances(ids: readonly string[], withState?: boolean) {
    return this.access('loadInstances', () => this.inner.loadInstances(ids, withState));
  }

  loadNamedSignals(entities: readonly string[]) {
    return this.access('loadNamedSignals', () => this.inner.loadNamedSignals(entities));
  }

  loadHistory(instance: string, execution: string) {
    return this.access('loadHistory', () => this.inner.loadHistory(instance, execution));
  }

  rowsInInbox(ids: readonly number[]) {
    return this.access('rowsInInbox', () => this.inner.rowsInInbox(ids));
  }

  loadDeadLetters(page: Parameters<Store['loadDeadLetters']>[0]) {
    return this.access('loadDeadLetters', () => this.inner.loadDeadLetters(page));
  }

  scanWorkers(...args: Parameters<Store['scanWorkers']>) {
    return this.access('scanWorkers', () => this.inner.scanWorkers(...args));
  }

  scanEnded(...args: Parameters<Store['scanEnded']>) {
    return this.access('scanEnded', () => this.inner.scanEnded(...args));
  }

  giveBackPages(pages: { max: number; keep: number }) {
    return this.access('giveBackPages', () => this.inner.giveBackPages(pages));
  }

  countInstances(...args: Parameters<Store['countInstances']>) {
    return this.access('countInstances', () => this.inner.countInstances(...args));
  }

  loadFirstChunks(...args: Parameters<Store['loadFirstChunks']>) {
    return this.access('loadFirstChunks', () => this.inner.loadFirstChunks(...args));
  }

  queryInstances(...args: Parameters<Store['queryInstances']>) {
    return this.access('queryInstances', () => this.inner.queryInstances(...args));
  }

  scanReceipts(...args: Parameters<Store['scanReceipts']>) {
    return this.access('scanReceipts', () => this.inner.scanReceipts(...args));
  }

  loadReceipts(keys: readonly ReceiptKey[]) {
    return this.access('loadReceipts', () => this.inner.loadReceipts(keys));
  }

  async *readBacklog(request: Parameters<Store['readBacklog']>[0]) {
    const pages = this.inner.readBacklog(request)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const page = await this.access('readBacklog', () => pages.next());
        if (page.done === true) return;
        yield page.value;
      }
    } finally {
      await pages.return?.();
    }
  }

  readWaiting(target: string, page: { after: number; limit: number }) {
    return this.access('readWaiting', () => this.inner.readWaiting(target, page));
  }

  poll(page: Parameters<Store['poll']>[0]) {
    return this.access('poll', () => this.inner.poll(page));
  }

  private async access<T>(access: Access, execute: () => Promise<T>): Promise<T> {
    if (this.dead) return never();
    const index = this.accesses.length;
    this.accesses.push(access);
    this.time.activity++;
    this.time.pendingIo++;
    try {
      const [before, after] = this.latency(access);
      await this.time.turns(before);
      await this.wait(this.holdBefore.get(access));
      const fault = this.plan(access, index);
      const answer = await this.faulty(access, fault, execute);
      await this.wait(this.holdAnswer.get(access));
      await this.time.turns(fault === 'slow' ? after + this.slowness() : after);
      await this.answered();
      return answer;
    } catch (error) {
      if (!(error instanceof Crash)) await this.time.turns(1);
      await this.answered();
      throw error;
    }
  }

  /** The answer arrives, unless the process is dead. */
  private async answered(): Promise<void> {
    this.time.pendingIo--;
    this.time.activity++;
    await this.awake?.();
    if (this.dead) await never();
  }

  private async wait(hold: Promise<void> | undefined): Promise<void> {
    if (hold === undefined) return;
    // A held request is nothing the test waits for: time may pass.
    this.time.pendingIo--;
    await hold;
    this.time.pendingIo++;
  }

  private async faulty<T>(access: Access, fault: Fault | undefined, execute: () => Promise<T>): Promise<T> {
    const commit = access === 'commit';
    switch (fault) {
      case undefined:
      case 'slow':
        return execute();
      case 'busy':
        throw commit ? new StoreBusyError('busy (a fault)') : new StorageError('failed (a fault)');
      case 'refuse':
        throw commit ? new StoreRefusedError('refused (a fault)') : new StorageError('failed (a fault)');
      case 'fail':
        throw new StorageError('failed (a fault)');
      case 'unknown-applied':
        await execute();
        throw commit ? new UnknownOutcomeError('applied, in truth (a fault)') : new StorageError('no answer (a fault)');
      case 'unknown-lost':
        throw commit ? new UnknownOutcomeError('not applied, in truth (a fault)') : new StorageError('lost (a fault)');
      case 'late':
        this.later(execute);
        throw commit ? new UnknownOutcomeError('applied later (a fault)') : new StorageError('late (a fault)');
      case 'fenced':
        await this.endByAnother();
        if (commit) throw new LeaseLostError(this.incarnation, 0);
        return execute();
      case 'crash-before':
        return this.crash();
      case 'crash-after':
        await execute();
        return this.crash();
      case 'crash-late':
        this.later(execute);
        return this.crash();
    }
  }

  /** Another process takes over from the worker that joined here last. */
  private async endByAnother(): Promise<void> {
    const { members } = await this.inner.members();
    const own = members.find(({ incarnation }) => incarnation === this.incarnation);
    if (own !== undefined) await this.inner.takeOver(own.incarnation, own.seq);
  }

  private later(execute: () => Promise<unknown>): void {
    void (async () => {
      await this.time.turns(this.lateness());
      try {
        await execute();
      } catch {
        // Refused in the meantime: the reset came first.
      }
    })();
  }

  private crash(): never {
    this.kill();
    this.onCrash();
    throw new Crash();
  }
}

class Crash extends Error {}

/** Rows are flat: two levels are all there is. */
function copyOf(batch: CommitBatch): CommitBatch {
  return Object.fromEntries(
    Object.entries(batch).map(([name, part]) => [name, Array.isArray(part) ? part.map(copyOfRow) : part]),
  ) as unknown as CommitBatch;
}

function copyOfRow(row: unknown): unknown {
  if (Array.isArray(row)) return [...(row as unknown[])];
  return typeof row === 'object' ? { ...row } : row;
}

function never(): Promise<never> {
  return new Promise(() => {});
}
