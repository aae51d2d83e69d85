import { InvalidOperationError, StorageError } from '../../errors/index.js';
import type { Logger } from '../../ports/log.js';
import type {
  AcquiredPartition,
  CommitBatch,
  DeadLetter,
  ExecutionKey,
  HistoryChunk,
  Hub,
  InboxRow,
  InboxWrite,
  InspectionStore,
  InstanceFilter,
  InstanceRow,
  HubTimes,
  Joined,
  NewMember,
  Hint,
  Membership,
  NamedSignal,
  Receipt,
  ReceiptKey,
  StatusCount,
  Store,
  Survivor,
  WorkerStanding,
} from '../../engines/sql/ports/store.js';
import type { BacklogRequest, Connection, Dialect, EndedPage, InstancePage, ReceiptPage } from './dialect.js';
import { readOrCreateHub } from './task-hub.js';

export interface TypeOrmStoreSettings {
  /** The number of partitions of a new task hub. An existing task hub keeps its number. */
  readonly partitionCount: number;
  readonly logger?: Logger | undefined;
}

/**
 * The store on databases that TypeORM supports. The dialect contains the code for one database: connections, membership, the statement of a
 * commit, and reads. Opening, the task hub and the checks for damage are the same everywhere. A store object is opened once. A closed store
 * cannot be opened again.
 */
export class TypeOrmStore implements Store {
  #opening: Promise<Hub> | undefined;
  #connection: Connection | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    private readonly dialect: Dialect,
    private readonly settings: TypeOrmStoreSettings,
  ) {}

  async open(): Promise<Hub> {
    if (this.#opening !== undefined || this.#closing !== undefined)
      throw new InvalidOperationError('This store was opened before.', 'Create a new store object for each `open`.');
    this.#opening = this.#open();
    return this.#opening;
  }

  async #open(): Promise<Hub> {
    let connection: Connection | undefined;
    try {
      connection = await this.dialect.connect();
      const hub = await this.#hub(connection);
      await connection.releaseExclusiveLock();
      this.#connection = connection;
      await this.#reportDamage(connection);
      this.settings.logger?.debug({ partitionCount: hub.partitionCount }, 'The storage is open.');
      return hub;
    } catch (error) {
      await connection?.close();
      // Nothing is locked or open, so the caller may try again.
      this.#opening = undefined;
      throw error;
    }
  }

  /** Logs damaged rows of the inbox. They stay in the table, and are never read. */
  async #reportDamage(connection: Connection): Promise<void> {
    const { count, example } = await connection.damagedInboxRows();
    if (count === 0) return;
    const text =
      'Messages in the inbox have ids or arrivals that are not safe integers. They are damaged, and stay in the table.';
    this.settings.logger?.error({ rows: count, example }, text);
  }

  async #hub(connection: Connection): Promise<Hub> {
    const { partitionCount, logger } = this.settings;
    const hub = await readOrCreateHub(connection, partitionCount).catch((error: unknown) => {
      throw connection.explain('reading the task hub', error);
    });
    if (hub.partitionCount !== partitionCount && this.#connection === undefined)
      logger?.warn(
        { stored: hub.partitionCount, partitionCount },
        'The task hub keeps its partition count. The option partitionCount has no effect.',
      );
    return hub;
  }

  async readHub(): Promise<Hub> {
    return this.#hub(this.#use());
  }

  async waitingStart(instanceId: string): Promise<InboxRow | undefined> {
    return this.#use().waitingStart(instanceId);
  }

  async countInbox(target: string, nowMs: number): Promise<number> {
    return this.#use().countInbox(target, nowMs);
  }

  async writeWithin(transaction: unknown, rows: readonly InboxWrite[]): Promise<void> {
    await this.#use().writeWithin(transaction, rows);
  }

  listen(callback: (hint: Hint | undefined) => void): () => void {
    return this.#use().listen(callback);
  }

  wakeOthers(hint: Hint): void {
    this.#connection?.wakeOthers(hint);
  }

  async acquireExclusiveLock(incarnation?: number): Promise<'held' | 'refused' | 'none'> {
    return this.#use().acquireExclusiveLock(incarnation);
  }

  async releaseExclusiveLock(): Promise<void> {
    await this.#connection?.releaseExclusiveLock();
  }

  async members(): Promise<Membership> {
    return this.#use().members();
  }

  async join(member: NewMember): Promise<Joined> {
    return this.#use().join(member);
  }

  async takeBlock(): Promise<number> {
    return this.#use().takeBlock();
  }

  async retire(incarnation: number, survivor?: Survivor): Promise<{ seq: number | undefined }> {
    return this.#use().retire(incarnation, survivor);
  }

  async holdPresence(incarnation: number): Promise<boolean> {
    return this.#use().holdPresence(incarnation);
  }

  async absent(incarnations: readonly number[]): Promise<readonly number[]> {
    return this.#use().absent(incarnations);
  }

  async takeOver(incarnation: number, seq: number): Promise<boolean> {
    return this.#use().takeOver(incarnation, seq);
  }

  async acquire(...args: Parameters<Store['acquire']>): Promise<readonly AcquiredPartition[]> {
    return this.#use().acquire(...args);
  }

  async readTimes(): Promise<HubTimes> {
    return this.#use().readTimes();
  }

  async commit(batch: CommitBatch): Promise<{ nowMs: number }> {
    return this.#use().commit(batch);
  }

  async scanWorkers(page: { after?: number; limit: number }): Promise<readonly WorkerStanding[]> {
    return this.#use().scanWorkers(page);
  }

  async loadInstances(ids: readonly string[], withState = true): Promise<readonly InstanceRow[]> {
    return this.#use().loadInstances(ids, withState);
  }

  async loadNamedSignals(entities: readonly string[]): Promise<readonly NamedSignal[]> {
    return this.#use().loadNamedSignals(entities);
  }

  async scanEnded(status: string, page: EndedPage): Promise<readonly string[]> {
    return this.#use().scanEnded(status, page);
  }

  async giveBackPages(pages: { max: number; keep: number }): Promise<{ given: number; left: number }> {
    return this.#use().giveBackPages(pages);
  }

  async loadHistory(instance: string, execution: string): Promise<readonly HistoryChunk[]> {
    return this.#use().loadHistory(instance, execution);
  }

  async loadFirstChunks(executions: readonly ExecutionKey[]): Promise<readonly HistoryChunk[]> {
    return this.#use().loadFirstChunks(executions);
  }

  async queryInstances(filter: InstanceFilter, page: InstancePage): Promise<readonly InstanceRow[]> {
    return this.#use().queryInstances(filter, page);
  }

  async countInstances(filter: InstanceFilter): Promise<readonly StatusCount[]> {
    return this.#use().countInstances(filter);
  }

  async scanReceipts(page: ReceiptPage): ReturnType<Store['scanReceipts']> {
    return this.#use().scanReceipts(page);
  }

  async loadReceipts(keys: readonly ReceiptKey[]): Promise<readonly Receipt[]> {
    return this.#use().loadReceipts(keys);
  }

  async *readBacklog(request: BacklogRequest): AsyncGenerator<readonly InboxRow[]> {
    yield* this.#use().readBacklog(request);
  }

  async readWaiting(target: string, page: { after: number; limit: number }): Promise<readonly InboxRow[]> {
    return this.#use().readWaiting(target, page);
  }

  async poll(page: Parameters<Store['poll']>[0]): ReturnType<Store['poll']> {
    return this.#use().poll(page);
  }

  async rowsInInbox(ids: readonly number[]): Promise<readonly number[]> {
    return this.#use().rowsInInbox(ids);
  }

  async loadDeadLetters(
    page: { after?: number; limit: number } | { ids: readonly number[] },
  ): Promise<readonly DeadLetter[]> {
    return this.#use().loadDeadLetters(page);
  }

  inspect(): InspectionStore {
    return this.#use().inspect();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#opening?.catch(() => {});
    await this.#connection?.close();
  }

  #use(): Connection {
    if (this.#connection === undefined || this.#closing !== undefined)
      throw new StorageError('The store is not open.', 'Call `open` first. A closed store cannot be opened again.');
    return this.#connection;
  }
}
