import { randomBytes } from 'node:crypto';
import type { DurableError } from '../../../errors/index.js';
import type { Logger } from '../../../ports/log.js';
import type {
  AcquiredPartition,
  CommitBatch,
  Hint,
  HubTimes,
  InboxRow,
  InspectionStore,
  Joined,
  NewMember,
  Partitions,
  Store,
  Survivor,
} from '../../../engines/sql/ports/store.js';
import type { BacklogRequest, SqlSession } from '../dialect.js';
import { SqlInspection } from '../sql-inspection.js';
import type { ServerClient } from './server-client.js';
import type { ServerLink, ServerSession } from './server-link.js';
import type { ServerInspection } from './server-inspection.js';
import type { PagesOf, ReaderPool, Writer } from './server-pool.js';
import { ServerReads, type ReadWords } from './server-reads.js';

/** Hints between the processes of a task hub. */
export interface Hints {
  listen(callback: (hint: Hint | undefined) => void): () => void;
  /** Never fails. */
  wakeOthers(hint: Hint): void;
  /** Takes the number of rows that a poll has found. */
  found(rows: number): void;
  close(): Promise<void>;
}

/** A request for a backlog, with the numbers of its partitions. */
export interface NumberedBacklog {
  readonly gained: readonly number[];
  readonly owned: readonly number[];
  readonly limit: number;
}

export interface Acquisition {
  readonly incarnation: number;
  readonly token: string;
  readonly partitions: Partitions;
  readonly suspicious: boolean;
}

export type FencedMember = NewMember & {
  readonly token: string;
  readonly nowMs: number | null;
  /** Whether the row tells others that this worker holds a presence lock. */
  readonly presence: boolean;
};

/** The presence locks of one kind of server. */
export interface ServerPresence {
  /** Whether a worker that joins now shall hold a lock. */
  isPossible(): Promise<boolean>;
  /** Takes the lock, unless it is held. Resolves with whether it is held. Never fails. */
  hold(incarnation: number): Promise<boolean>;
  /** See `Store.absent`. @throws the error of the driver */
  absent(incarnations: readonly number[]): Promise<readonly number[]>;
}

/** How members join, end and take partitions on one kind of server. */
export interface ServerMembership<Client extends ServerClient> {
  join(writer: Writer<Client>, member: FencedMember): Promise<Omit<Joined, 'presence'>>;
  takeBlock(writer: Writer<Client>): Promise<number>;
  /** Marks a row of this process as dead. Resolves with its final `seq`, or `undefined` if there is no such row. */
  retire(writer: Writer<Client>, incarnation: number, survivor: Survivor | undefined): Promise<number | undefined>;
  /**
   * Marks the row of another worker as dead, if its `seq` is still this one. Waits for no lock: see `Store.takeOver`. Resolves with whether
   * the row is dead.
   */
  takeOver(writer: Writer<Client>, incarnation: number, seq: number): Promise<boolean>;
  /**
   * Takes those of the wanted partitions whose owner is dead. A first statement lists the dead: death is for ever, so an old list is never
   * wrong. A second one names them. A condition "not among the living" would take partitions from a worker that joined after the statement
   * began: the row of a partition is read again after its lock, the table of workers is not. `mended` are partitions whose rows were missing.
   * @throws LeaseLostError
   */
  acquire(
    writer: Writer<Client>,
    wanted: Acquisition,
  ): Promise<{ readonly mended: readonly number[]; readonly owned: readonly AcquiredPartition[] }>;
  readTimes(writer: Writer<Client>, nowMs: number | null): Promise<HubTimes>;
}

export interface ServerParts<Client extends ServerClient> {
  readonly writer: Writer<Client>;
  readonly readers: ReaderPool<Client>;
  readonly hints: Hints;
  readonly inspection: ServerInspection<Client>;
  readonly membership: ServerMembership<Client>;
  /** Absent if the server has no presence locks. */
  readonly presence?: ServerPresence | undefined;
  readonly words: ReadWords;
  /** Reads a backlog on a connection that nobody else uses meanwhile. */
  readonly backlogPages: (pagesOf: PagesOf<Client, readonly InboxRow[]>) => AsyncGenerator<readonly InboxRow[]>;
  /** The clock of a test. `undefined` for the clock of the database. */
  readonly wallMs?: (() => number) | undefined;
  readonly logger?: Logger | undefined;
}

/** A part of the fence that no other process can know: a database that lost its last transactions may give an incarnation twice. */
function newToken(): string {
  return randomBytes(16).toString('hex');
}

/** An open database on a server: one connection that commits, and some that read. */
export abstract class ServerConnection<Client extends ServerClient> extends ServerReads<Client> {
  readonly alone = false;
  readonly shared = true;
  /** By incarnation: the tokens of the rows that this store has made, and that may still be alive. */
  readonly #tokens = new Map<number, string>();
  #partitionCount: number | undefined;

  constructor(private readonly server: ServerParts<Client>) {
    super(server.words, server.readers, server.wallMs);
  }

  protected abstract sqlSession(session: ServerSession<Client>): SqlSession;

  /** Applies a batch. Resolves with the time of the database. */
  protected abstract apply(link: ServerLink<Client>, batch: CommitBatch, token: string): Promise<number>;

  /** Translates the error of a commit. */
  protected abstract refusal(link: ServerLink<Client>, batch: CommitBatch, error: unknown): Promise<DurableError>;

  async acquireExclusiveLock(): Promise<'none'> {
    return 'none';
  }

  async releaseExclusiveLock(): Promise<void> {}

  exclusively<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return this.server.writer.run(async (link) => work(this.sqlSession(await link.connect())));
  }

  transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return this.server.writer.transaction((session) => work(this.sqlSession(session)));
  }

  async join(member: NewMember): Promise<Joined> {
    const { membership, presence, writer } = this.server;
    const isPresent = member.kind !== 'client' && (await presence?.isPossible()) === true;
    const fenced = { ...member, token: newToken(), nowMs: this.nowMs, presence: isPresent };
    const joined = await this.#explained('joining', () => membership.join(writer, fenced));
    this.#tokens.set(joined.incarnation, fenced.token);
    return { ...joined, presence: isPresent };
  }

  takeBlock(): Promise<number> {
    const { membership, writer } = this.server;
    return this.#explained('taking a block of row ids', () => membership.takeBlock(writer));
  }

  async retire(incarnation: number, survivor?: Survivor): Promise<{ seq: number | undefined }> {
    const { membership, writer } = this.server;
    const seq = await this.#explained('retiring a worker', () => membership.retire(writer, incarnation, survivor));
    this.#tokens.delete(incarnation);
    return { seq };
  }

  async holdPresence(incarnation: number): Promise<boolean> {
    return (await this.server.presence?.hold(incarnation)) ?? false;
  }

  async absent(incarnations: readonly number[]): Promise<readonly number[]> {
    const { presence } = this.server;
    if (presence === undefined) return [];
    return this.#explained('looking for workers that are gone', () => presence.absent(incarnations));
  }

  takeOver(incarnation: number, seq: number): Promise<boolean> {
    const { membership, writer } = this.server;
    return this.#explained('taking over from a worker', () => membership.takeOver(writer, incarnation, seq));
  }

  async acquire(
    incarnation: number,
    { partitions = 'all', suspicious = false }: Parameters<Store['acquire']>[1] = {},
  ): Promise<readonly AcquiredPartition[]> {
    const { membership, writer, logger } = this.server;
    const wanted = { incarnation, token: this.#tokens.get(incarnation) ?? '', partitions, suspicious };
    const { mended, owned } = await this.#explained('acquiring partitions', () => membership.acquire(writer, wanted));
    if (mended.length > 0)
      logger?.error(
        { partitions: mended },
        'Rows of partitions were missing. The tables are damaged; these rows were made anew.',
      );
    return owned;
  }

  readTimes(): Promise<HubTimes> {
    const { membership, writer } = this.server;
    return this.#explained('reading the times', () => membership.readTimes(writer, this.nowMs));
  }

  commit(batch: CommitBatch): Promise<{ nowMs: number }> {
    return this.server.writer.run(async (link) => {
      try {
        const nowMs = await this.apply(link, batch, this.#tokens.get(batch.incarnation) ?? '');
        if (batch.leave === true) this.#tokens.delete(batch.incarnation);
        return { nowMs };
      } catch (error) {
        throw await this.refusal(link, batch, error);
      }
    });
  }

  listen(callback: (hint: Hint | undefined) => void): () => void {
    return this.server.hints.listen(callback);
  }

  wakeOthers(hint: Hint): void {
    this.server.hints.wakeOthers(hint);
  }

  inspect(): InspectionStore {
    return new SqlInspection(this.server.inspection);
  }

  async close(): Promise<void> {
    await this.server.inspection.close();
    await this.server.writer.close();
    await this.server.readers.close();
    await this.server.hints.close();
  }

  /** The connection is used by nobody else: the caller may read other things between two pages. */
  async *readBacklog({ gained, owned, limit }: BacklogRequest): AsyncGenerator<readonly InboxRow[]> {
    const request = { gained: await this.numbersOf(gained), owned: await this.numbersOf(owned), limit };
    try {
      yield* this.server.backlogPages((link) => this.backlog(link, request));
    } catch (error) {
      throw this.explain('reading the backlog', error);
    }
  }

  /** The pages of a backlog, all of one snapshot. */
  protected abstract backlog(link: ServerLink<Client>, request: NumberedBacklog): AsyncGenerator<readonly InboxRow[]>;

  /** The numbers of the partitions. */
  protected async numbersOf(partitions: Partitions): Promise<readonly number[]> {
    if (partitions !== 'all') return partitions;
    return Array.from({ length: await this.#countPartitions() }, (_, number) => number);
  }

  async #countPartitions(): Promise<number> {
    if (this.#partitionCount !== undefined) return this.#partitionCount;
    const text = `SELECT partition_count AS count FROM ${this.server.words.query.table('task_hub')} WHERE id = 1`;
    const [row] = await this.ask<{ count: number }>({ text }, []);
    return (this.#partitionCount = row?.count ?? 0);
  }

  async #explained<T>(doing: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.explain(doing, error);
    }
  }
}
