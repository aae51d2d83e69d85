import type { DurableError } from '../../../errors/index.js';
import type { Logger } from '../../../ports/log.js';
import type {
  AcquiredPartition,
  CommitBatch,
  Hint,
  HubTimes,
  InboxRow,
  InboxWrite,
  Joined,
  NewMember,
  Store,
  Survivor,
} from '../../../engines/sql/ports/store.js';
import type { BacklogRequest, Connection, SqlSession } from '../dialect.js';
import { readBacklog } from './backlog.js';
import { commitSql } from './commit-function.js';
import { commitParameters } from './commit-parameters.js';
import { missingRows } from './commit-refusal.js';
import type { PostgresHints } from './hints.js';
import {
  acquire,
  join,
  mendPartitions,
  newToken,
  ownedBy,
  readTimes,
  retire,
  takeBlock,
  takeOver,
} from './membership.js';
import type { Names } from './names.js';
import { numbersOf, pollStatement, type PolledRow, type PollFloor } from './poll.js';
import { commitError, postgresError } from './postgres-errors.js';
import { prepared, type PostgresLink, type PostgresSession, type Statement } from './postgres-link.js';
import type { ReaderPool, Writer } from './postgres-pool.js';
import { PostgresReads } from './postgres-reads.js';
import { numberArray } from './reads.js';
import { PostgresSqlSession } from './sql-session.js';
import { writeWithin, type OwnDatabase } from './within.js';

export interface PostgresParts {
  readonly names: Names;
  readonly writer: Writer;
  readonly readers: ReaderPool;
  readonly hints: PostgresHints;
  readonly floor: PollFloor;
  readonly database: OwnDatabase;
  /** Makes a connection for one backlog. */
  readonly makeLink: () => PostgresLink;
  /** The clock of a test. `undefined` for the clock of the database. */
  readonly wallMs?: (() => number) | undefined;
  readonly logger?: Logger | undefined;
}

/** An open PostgreSQL database: one connection that commits, some that read, and one that listens. */
export class PostgresConnection extends PostgresReads implements Connection {
  readonly alone = false;
  readonly shared = true;
  readonly #commit: Statement;
  readonly #poll: Statement;
  /** By incarnation: the tokens of the rows that this store has made, and that may still be alive. */
  readonly #tokens = new Map<number, string>();
  #partitionCount: number | undefined;

  constructor(private readonly parts: PostgresParts) {
    super(parts.names, parts.readers, parts.wallMs);
    this.#commit = prepared('commit', commitSql(parts.names));
    this.#poll = pollStatement(parts.names);
  }

  /** The clock of a test. `null` for the clock of the database. */
  get #nowMs(): number | null {
    return this.parts.wallMs?.() ?? null;
  }

  async acquireExclusiveLock(): Promise<'none'> {
    return 'none';
  }

  async releaseExclusiveLock(): Promise<void> {}

  exclusively<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return this.parts.writer.run(async (link) => work(new PostgresSqlSession(await link.connect(), this.parts.names)));
  }

  transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return this.parts.writer.transaction((session) => work(new PostgresSqlSession(session, this.parts.names)));
  }

  explain(doing: string, error: unknown): DurableError {
    return postgresError(doing, error);
  }

  async join(member: NewMember): Promise<Joined> {
    const token = newToken();
    const joined = await this.#change('joining', (session) =>
      join(session, this.parts.names, { ...member, token, nowMs: this.#nowMs }),
    );
    this.#tokens.set(joined.incarnation, token);
    return joined;
  }

  takeBlock(): Promise<number> {
    return this.#change('taking a block of row ids', (session) => takeBlock(session, this.parts.names));
  }

  async retire(incarnation: number, survivor?: Survivor): Promise<{ seq: number | undefined }> {
    const { names } = this.parts;
    const seq = await this.#change('retiring a worker', (session) => retire(session, names, incarnation, survivor));
    this.#tokens.delete(incarnation);
    return { seq };
  }

  takeOver(incarnation: number, seq: number): Promise<boolean> {
    const { names } = this.parts;
    return this.#change('taking over from a worker', (session) => takeOver(session, names, { incarnation, seq }));
  }

  acquire(
    incarnation: number,
    { partitions = 'all', suspicious = false }: Parameters<Store['acquire']>[1] = {},
  ): Promise<readonly AcquiredPartition[]> {
    const { names, logger } = this.parts;
    const token = this.#tokens.get(incarnation) ?? '';
    return this.#explained('acquiring partitions', () =>
      this.parts.writer.run(async (link) => {
        const mended = await mendPartitions(link, names, incarnation);
        if (mended.length > 0)
          logger?.error(
            { partitions: mended },
            'Rows of partitions were missing. The tables are damaged; these rows were made anew.',
          );
        await acquire(link, names, { incarnation, token, partitions, suspicious });
        return ownedBy(link, names, incarnation);
      }),
    );
  }

  readTimes(): Promise<HubTimes> {
    return this.#explained('reading the times', () =>
      this.parts.writer.run(async (link) => readTimes(await link.connect(), this.parts.names, this.#nowMs)),
    );
  }

  commit(batch: CommitBatch): Promise<{ nowMs: number }> {
    const { names, floor } = this.parts;
    return this.parts.writer.run(async (link) => {
      const values = commitParameters(batch, this.#tokens.get(batch.incarnation) ?? '', this.#nowMs);
      const applied = floor.commitBegins();
      try {
        const { rows } = await link.query<{ nowMs: number }>(this.#commit, values);
        applied();
        if (batch.leave === true) this.#tokens.delete(batch.incarnation);
        return { nowMs: rows[0]?.nowMs ?? 0 };
      } catch (error) {
        const missing = await missingRows(link, names, batch, error).catch(() => undefined);
        throw commitError(batch, error, missing);
      }
    });
  }

  /** The connection is used by nobody else: the caller may read other things between two pages. */
  async *readBacklog({ gained, owned, limit }: BacklogRequest): AsyncGenerator<readonly InboxRow[]> {
    const count = await this.#countPartitions();
    const request = { gained: numbersOf(gained, count), owned: numbersOf(owned, count), limit };
    const link = this.parts.makeLink();
    try {
      yield* readBacklog(link, this.parts.names, request);
    } catch (error) {
      throw postgresError('reading the backlog', error);
    } finally {
      await link.close();
    }
  }

  async poll({ partitions, nowMs, limit }: Parameters<Store['poll']>[0]): ReturnType<Store['poll']> {
    const { floor, hints } = this.parts;
    const numbers = numbersOf(partitions, await this.#countPartitions());
    for (;;) {
      const poll = floor.begin(numbers);
      const values = [numberArray(numbers), nowMs, limit, numberArray(poll.floors)];
      const found = await this.ask<PolledRow>(this.#poll, values);
      if (!floor.learn(poll, found)) continue;
      const rows = found.flatMap(toInboxRow);
      hints.found(rows.length);
      return { rows, nextDueMs: found[0]?.nextDueMs ?? undefined };
    }
  }

  writeWithin(transaction: unknown, rows: readonly InboxWrite[]): Promise<void> {
    return writeWithin(transaction, this.parts.database, rows);
  }

  listen(callback: (hint: Hint | undefined) => void): () => void {
    return this.parts.hints.listen(callback);
  }

  wakeOthers(hint: Hint): void {
    this.parts.hints.wakeOthers(hint);
  }

  async close(): Promise<void> {
    await this.parts.writer.close();
    await this.parts.readers.close();
    await this.parts.hints.close();
  }

  async #countPartitions(): Promise<number> {
    if (this.#partitionCount !== undefined) return this.#partitionCount;
    const text = `SELECT partition_count AS count FROM ${this.parts.names.qualified('task_hub')} WHERE id = 1`;
    const [row] = await this.ask<{ count: number }>({ text }, []);
    return (this.#partitionCount = row?.count ?? 0);
  }

  /** Runs the work in a transaction, and translates its errors. */
  #change<T>(doing: string, work: (session: PostgresSession) => Promise<T>): Promise<T> {
    return this.#explained(doing, () => this.parts.writer.transaction(work));
  }

  async #explained<T>(doing: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw postgresError(doing, error);
    }
  }
}

/** The inbox row of a polled row. A poll without messages returns one row whose `seq` is null, which is dropped here. */
function toInboxRow({ seq, id, partition, target, arrival, dueMs, attempts, body }: PolledRow): InboxRow[] {
  return seq === null ? [] : [{ seq, id, partition, target, arrival, dueMs, attempts, body }];
}
