/**
 * Keeps its own books of what is committed, and holds every commit against them: what can be seen of I1, I4, I5, I6, I9, I11 and
 * I15 (docs/reliability.md) in the rows alone. It trusts neither the engine nor the store.
 */
import { firstRowId, rowIdsPerBlock } from '../../src/engines/sql/ports/store.js';
import { partitionOf } from '../../src/engines/sql/core/partition.js';
import type { EntityMeta } from '../../src/engines/sql/model/entity-meta.js';
import type { LockOwner, MessageBody } from '../../src/engines/sql/model/messages.js';
import { type RunRecord } from '../../src/engines/sql/model/run-record.js';
import { hasEnded } from '../../src/model/runtime-status.js';
import type {
  AcquiredPartition,
  CommitBatch,
  InboxWrite,
  InstanceWrite,
  NameChange,
} from '../../src/engines/sql/ports/store.js';
import { isAccount, openingBalance } from './programs.js';

interface Row {
  readonly target: string;
  readonly partition: number;
  readonly dueMs: number | null;
  readonly body: MessageBody;
  arrival: number | null;
}

/** Another process sent it, and its owner has not looked yet whether it is a repeat. */
function isRequest({ arrival, body }: Row): boolean {
  return (
    arrival === null && body.kind === 'operation' && body.reply?.to === 'client' && body.reply.receipt !== undefined
  );
}

interface Run {
  readonly execution: string;
  readonly ended: boolean;
}

export class CommitChecker {
  commits = 0;
  /** From one process to another. */
  takeovers = 0;
  /** Partitions that their owners gave away. */
  gives = 0;
  private readonly workers = new Map<number, { seq: number; alive: boolean; readonly process: number }>();
  private readonly owners: { owner: number; epoch: number }[];
  private readonly versions = new Map<string, number>();
  private readonly inbox = new Map<number, Row>();
  /** Every id that a row ever had. */
  private readonly ids = new Set<number>();
  private readonly arrivals = new Set<string>();
  private readonly chunks = new Map<string, { execution: string; count: number }>();
  private readonly runs = new Map<string, Run>();
  private readonly locks = new Map<string, LockOwner>();
  /** Releases that wait, by entity and owner. */
  private readonly releases = new Map<string, number>();
  /** Rows of named signals, by entity and name. */
  private readonly named = new Map<string, Map<string, number>>();
  /** Ids that a message, which was written by another incarnation, has given to the row of its signal. */
  private readonly promised = new Set<number>();
  /** The processes that blocks of row ids were handed out to. */
  private readonly blocks = new Map<number, number>();
  private readonly balances = new Map<string, number>();
  private money = 0;
  /** Accounts whose opening is committed, applied or under way. */
  private readonly opened = new Set<string>();

  constructor(
    partitionCount: number,
    /** No row may be delivered that is due later than this. */
    private readonly latestMs: () => number,
    private readonly report: (checker: string, problem: string) => void,
  ) {
    this.owners = Array.from({ length: partitionCount }, () => ({ owner: 0, epoch: 0 }));
  }

  tookBlock(block: number, process: number): void {
    if (this.blocks.has(block)) this.report('exactly once', `block ${block} was handed out twice`);
    this.blocks.set(block, process);
  }

  joined(incarnation: number, process: number): void {
    if (this.workers.has(incarnation)) this.report('fence', `incarnation ${incarnation} was given twice`);
    this.workers.set(incarnation, { seq: 0, alive: true, process });
  }

  retired(incarnation: number, seq: number | undefined): void {
    const worker = this.workers.get(incarnation);
    if (worker === undefined) return;
    worker.alive = false;
    if (seq !== undefined && worker.seq !== seq)
      this.report('fence', `worker ${incarnation} is at ${worker.seq}, told was ${seq}`);
  }

  /** Retention has marked a worker as dead whose lease was over. */
  ended(incarnation: number, seq: number): void {
    if (this.owners.some(({ owner }) => owner === incarnation))
      this.report('fence', `retention ended worker ${incarnation}, which owns partitions`);
    this.retired(incarnation, seq);
  }

  acquired(incarnation: number, partitions: readonly AcquiredPartition[]): void {
    const taker = this.workers.get(incarnation);
    if (taker?.alive !== true) this.report('fence', `dead worker ${incarnation} acquired`);
    const former = this.workers.get(this.owners[partitions[0]?.partition ?? 0]?.owner ?? 0);
    if (former !== undefined && former.process !== taker?.process) this.takeovers++;
    for (const { partition, epoch } of partitions) {
      const row = this.owners[partition] as { owner: number; epoch: number };
      if (row.owner === incarnation) {
        if (epoch !== row.epoch)
          this.report('fence', `partition ${partition} has epoch ${row.epoch}, told was ${epoch}`);
        continue;
      }
      if (this.workers.get(row.owner)?.alive === true)
        this.report('fence', `partition ${partition} was taken from worker ${row.owner}, which is alive`);
      if (epoch !== row.epoch + 1) this.report('fence', `partition ${partition}: epoch ${row.epoch}, then ${epoch}`);
      row.owner = incarnation;
      row.epoch = epoch;
    }
  }

  committed(batch: CommitBatch): void {
    this.commits++;
    this.checkFence(batch);
    for (const id of batch.consumed) this.consume(batch, id);
    for (const [id, arrival] of batch.adopted) this.adopt(batch, id, arrival);
    for (const write of batch.inbox) this.insert(batch, write);
    for (const instance of batch.historyDeleted) this.chunks.delete(instance);
    for (const chunk of batch.history) this.addChunk(chunk);
    for (const write of batch.instances) this.write(batch, write);
    for (const change of batch.named ?? []) this.name(batch, change);
    for (const { target, requestId } of batch.receipts) if (requestId === 'opening') this.opened.add(target);
    this.checkMoney();
    this.checkLocks();
    this.checkNames();
    for (const [partition, next] of batch.gives ?? []) this.give(batch, partition, next);
    if (batch.leave === true) this.left(batch.incarnation);
  }

  private give(batch: CommitBatch, partition: number, next: number): void {
    this.checkOwner(batch, partition, `the owner of partition ${partition}`);
    const row = this.owners[partition] as { owner: number; epoch: number };
    row.owner = next;
    if (next !== 0) row.epoch++;
    this.gives++;
  }

  /** The partitions in which a batch changes something, before it is committed. */
  touched({ consumed, adopted, instances }: CommitBatch): ReadonlySet<number> {
    const partitions = new Set<number>();
    const count = this.owners.length;
    for (const id of [...consumed, ...adopted.map(([row]) => row)]) {
      const row = this.inbox.get(id);
      if (row !== undefined) partitions.add(row.partition);
    }
    for (const { id } of instances) partitions.add(partitionOf(id, count));
    return partitions;
  }

  refused({ incarnation, seq }: CommitBatch, { message }: Error): void {
    this.report('refused', `batch ${seq} of worker ${incarnation}: ${message}`);
  }

  private checkFence({ incarnation, seq }: CommitBatch): void {
    const worker = this.workers.get(incarnation);
    if (worker?.alive !== true) return this.report('fence', `worker ${incarnation} is dead and committed ${seq}`);
    if (worker.seq !== seq - 1) this.report('fence', `worker ${incarnation} committed ${seq} after ${worker.seq}`);
    worker.seq = seq;
  }

  private checkOwner({ incarnation }: CommitBatch, partition: number, what: string): void {
    const { owner } = this.owners[partition] as { owner: number };
    if (owner !== incarnation)
      this.report('single writer', `worker ${incarnation} wrote ${what}, which belongs to ${owner}`);
  }

  private consume(batch: CommitBatch, id: number): void {
    const row = this.inbox.get(id);
    if (row === undefined) {
      const before = this.ids.has(id) ? 'a second time' : 'that never was';
      return this.report('exactly once', `row ${id} was consumed ${before}`);
    }
    this.checkOwner(batch, row.partition, `row ${id}`);
    this.inbox.delete(id);
    if (row.arrival !== null) this.arrivals.delete(`${row.partition}/${row.arrival}`);
    const { body } = row;
    if (body.kind === 'schedule' && body.row !== undefined) this.promised.add(body.row);
    // One that has a name may have been replaced or cancelled; whether it ran all the same, the senders know.
    const runs = body.kind === 'operation' && body.name === undefined;
    if (row.dueMs !== null && row.dueMs > this.latestMs() && runs)
      this.report('timers', `${row.target} got a signal ${row.dueMs - this.latestMs()} ms early`);
    // A request that was not admitted before is a repeat, or this batch admits and applies it.
    if (!isRequest(row)) this.countRow(row, -1);
  }

  private adopt(batch: CommitBatch, id: number, arrival: number): void {
    const row = this.inbox.get(id);
    if (row === undefined) return this.report('exactly once', `row ${id} was adopted and is not there`);
    this.checkOwner(batch, row.partition, `row ${id}`);
    if (row.dueMs !== null && row.dueMs > this.latestMs())
      this.report('timers', `a row for ${row.target} was taken ${row.dueMs - this.latestMs()} ms early`);
    if (row.arrival !== null) this.arrivals.delete(`${row.partition}/${row.arrival}`);
    const admitted = isRequest(row);
    row.arrival = arrival;
    if (admitted) this.countRow(row, 1);
    this.arrive(row);
  }

  private arrive({ partition, arrival, target }: Row): void {
    const place = `${partition}/${arrival}`;
    if (this.arrivals.has(place)) this.report('order', `two rows have place ${place}, the second for ${target}`);
    this.arrivals.add(place);
  }

  private insert({ incarnation }: CommitBatch, { id, partition, target, dueMs, arrival, body }: InboxWrite): void {
    if (this.ids.has(id)) this.report('exactly once', `row ${id} was written twice`);
    this.ids.add(id);
    const row: Row = { target, partition, dueMs, arrival, body: JSON.parse(body) as MessageBody };
    if (this.blocks.get(blockOf(id)) !== this.workers.get(incarnation)?.process && !this.promised.delete(id))
      this.report('single writer', `${incarnation} wrote row ${id}`);
    const home = row.body.kind === 'activity' ? row.body.instance : target;
    if (partitionOf(home, this.owners.length) !== partition)
      this.report('partitions', `a row for ${home} lies in partition ${partition}`);
    this.inbox.set(id, row);
    if (arrival !== null) this.arrive(row);
    if (!isRequest(row)) this.countRow(row, 1);
  }

  private countRow({ target, body }: Row, sign: 1 | -1): void {
    if (body.kind === 'release') {
      const key = releaseKey(target, body.owner);
      this.releases.set(key, (this.releases.get(key) ?? 0) + sign);
    } else if (body.kind === 'operation' && body.operation === 'add' && isAccount(target))
      this.money += sign * Number(body.input);
  }

  private addChunk({ instance, execution, chunk }: CommitBatch['history'][number]): void {
    const known = this.chunks.get(instance);
    if (known !== undefined && known.execution !== execution)
      this.report('history', `${instance} has chunks of ${known.execution} beside those of ${execution}`);
    const count = known?.execution === execution ? known.count : 0;
    if (chunk !== count) this.report('history', `chunk ${chunk} of ${instance} follows ${count} others`);
    this.chunks.set(instance, { execution, count: chunk + 1 });
  }

  private write(batch: CommitBatch, write: InstanceWrite): void {
    const { id } = write;
    const partition = partitionOf(id, this.owners.length);
    this.checkOwner(batch, partition, id);
    const before = this.versions.get(id) ?? 0;
    const expected = write.op === 'put' ? write.version - 1 : write.version;
    if (before !== expected) this.report('serial', `${id} has version ${before}, written over ${expected}`);
    if (write.op === 'delete') {
      this.versions.delete(id);
      this.locks.delete(id);
      this.named.delete(id);
      this.runs.delete(id);
      this.balance(id, null);
      return;
    }
    if (write.partition !== partition) this.report('partitions', `${id} lies in partition ${write.partition}`);
    this.versions.set(id, write.version);
    if (write.kind === 'orchestration') return this.writeRun(id, write.state);
    const { lock } = JSON.parse(write.meta ?? '{}') as EntityMeta;
    if (lock === undefined) this.locks.delete(id);
    else this.locks.set(id, lock);
    this.balance(id, write.state);
  }

  private name(batch: CommitBatch, [entity, name, row]: NameChange): void {
    this.checkOwner(batch, partitionOf(entity, this.owners.length), `a name of ${entity}`);
    const names = this.named.get(entity) ?? new Map<string, number>();
    if (row === null) names.delete(name);
    else names.set(name, row);
    this.named.set(entity, names);
    if (names.size > 0 && !this.versions.has(entity)) this.report('names', `${entity} has names and no row`);
  }

  private writeRun(id: string, state: string | null): void {
    const { execution, status, chunks } = JSON.parse(state as string) as RunRecord;
    const ended = hasEnded(status);
    const stored = this.chunks.get(id);
    const count = stored?.execution === execution ? stored.count : 0;
    if (count !== chunks) this.report('history', `${id} has ${count} chunks of ${execution} and counts ${chunks}`);
    const before = this.runs.get(id);
    if (before?.execution === execution && before.ended && !ended)
      this.report('exactly once', `execution ${execution} of ${id} had ended and is ${status}`);
    this.runs.set(id, { execution, ended });
  }

  private balance(id: string, state: string | null): void {
    if (!isAccount(id)) return;
    const now = state === null ? 0 : (JSON.parse(state) as number);
    this.money += now - (this.balances.get(id) ?? 0);
    this.balances.set(id, now);
  }

  /** In every snapshot: what the accounts hold and what is under way to them is what was paid in. */
  private checkMoney(): void {
    const paidIn = this.opened.size * openingBalance;
    if (this.money !== paidIn) this.report('conservation', `${this.money} of ${paidIn} are there`);
  }

  /** Each lock belongs to an execution that has not ended, or its release message waits. */
  private checkLocks(): void {
    for (const [entity, owner] of this.locks) {
      const run = this.runs.get(owner.instance);
      const goesOn = run !== undefined && run.execution === owner.execution && !run.ended;
      if (!goesOn && (this.releases.get(releaseKey(entity, owner)) ?? 0) <= 0)
        this.report('locks', `${entity} is locked by ${owner.instance}, ${owner.execution}, which is over`);
    }
  }

  /** A name means a row that waits for its entity under that name. */
  private checkNames(): void {
    for (const [entity, named] of this.named) {
      for (const [name, id] of named) {
        const row = this.inbox.get(id);
        if (row?.target !== entity || row.body.kind !== 'operation' || row.body.name !== name)
          this.report('names', `${entity} has the name ${name} for row ${id}, which is not there or not of that name`);
      }
    }
  }

  private left(incarnation: number): void {
    (this.workers.get(incarnation) as { alive: boolean }).alive = false;
    for (const row of this.owners) if (row.owner === incarnation) row.owner = 0;
  }

  /** Whether a committed row waits for which this holds. */
  waits(found: (target: string, body: MessageBody) => boolean): boolean {
    for (const { target, body } of this.inbox.values()) if (found(target, body)) return true;
    return false;
  }
}

function releaseKey(entity: string, { instance, execution, section }: LockOwner): string {
  return `${entity} ${instance} ${execution} ${section}`;
}

function blockOf(id: number): number {
  return Math.floor((id - firstRowId(0)) / rowIdsPerBlock);
}
