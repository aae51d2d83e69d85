import type {
  DeadLetter,
  ExecutionKey,
  HistoryChunk,
  InboxRow,
  InstanceFilter,
  InstanceRow,
  Member,
  Membership,
  NamedSignal,
  Receipt,
  ReceiptKey,
  StatusCount,
  Store,
  WorkerStanding,
} from '../../../engines/sql/ports/store.js';
import { readNames } from '../../../engines/sql/model/stored.js';
import type { EndedPage, InstancePage, ReceiptPage, SqlValue } from '../dialect.js';
import type { Names } from './names.js';
import { postgresError } from './postgres-errors.js';
import type { Statement } from './postgres-link.js';
import type { ReaderPool } from './postgres-pool.js';
import { countOf, queryOf } from './query.js';
import { numberArray, readStatements, textArray, type ReadName } from './reads.js';

/** The number of rows that are read at once to find the start message of an orchestration. */
const startsPerPage = 50;

type MemberRow = Omit<Member, 'names'> & { readonly names: string };

/** The reads of the store, each on any connection that reads. */
export class PostgresReads {
  readonly #statements: Readonly<Record<ReadName, Statement>>;

  constructor(
    private readonly names: Names,
    private readonly readers: ReaderPool,
    /** The clock of a test. `undefined` for the clock of the database. */
    private readonly wallMs: (() => number) | undefined,
  ) {
    this.#statements = readStatements(names);
  }

  async members(): Promise<Membership> {
    const values = [this.wallMs?.() ?? null];
    type Row = { nowMs: number; members: MemberRow[] | null; owners: [number, number][] | null };
    const [row] = await this.#read<Row>('members', values);
    const owners: number[] = [];
    for (const [partition, owner] of row?.owners ?? []) owners[partition] = owner;
    const members = (row?.members ?? []).map((member) => ({ ...member, names: readNames(member.names) }));
    // A missing row of a damaged table has no owner.
    return { nowMs: row?.nowMs ?? 0, members, owners: Array.from(owners, (owner) => owner ?? 0) };
  }

  scanWorkers({ after = 0, limit }: { after?: number; limit: number }): Promise<readonly WorkerStanding[]> {
    return this.#read('workers', [after, limit]);
  }

  loadInstances(ids: readonly string[], withState = true): Promise<readonly InstanceRow[]> {
    return this.#read(withState ? 'instances' : 'instances_without_state', [textArray(ids)]);
  }

  loadNamedSignals(entities: readonly string[]): Promise<readonly NamedSignal[]> {
    return this.#read('named_signals', [textArray(entities)]);
  }

  async scanEnded(status: string, { beforeActiveMs, skip, limit }: EndedPage): Promise<readonly string[]> {
    const rows = await this.#read<{ id: string }>('ended', [status, beforeActiveMs, limit, skip]);
    return rows.map(({ id }) => id);
  }

  /** The server reuses free pages by itself, and gives them back only by VACUUM FULL, which locks the table. */
  async giveBackPages(): Promise<{ given: number; left: number }> {
    return { given: 0, left: 0 };
  }

  loadHistory(instance: string, execution: string): Promise<readonly HistoryChunk[]> {
    return this.#read('history', [instance, execution]);
  }

  loadFirstChunks(executions: readonly ExecutionKey[]): Promise<readonly HistoryChunk[]> {
    const instances = textArray(executions.map(({ instance }) => instance));
    return this.#read('first_chunks', [instances, textArray(executions.map(({ execution }) => execution))]);
  }

  queryInstances(filter: InstanceFilter, page: InstancePage): Promise<readonly InstanceRow[]> {
    const { text, values } = queryOf(this.names, filter, page);
    return this.ask({ text }, values);
  }

  countInstances(filter: InstanceFilter): Promise<readonly StatusCount[]> {
    const { text, values } = countOf(this.names, filter);
    return this.ask({ text }, values);
  }

  scanReceipts({ after, limit }: ReceiptPage): ReturnType<Store['scanReceipts']> {
    if (after === undefined) return this.#read('first_receipts', [limit]);
    return this.#read('receipt_page', [after.requestId, after.target, limit]);
  }

  loadReceipts(keys: readonly ReceiptKey[]): Promise<readonly Receipt[]> {
    const requestIds = textArray(keys.map(({ requestId }) => requestId));
    return this.#read('receipts', [requestIds, textArray(keys.map(({ target }) => target))]);
  }

  async rowsInInbox(ids: readonly number[]): Promise<readonly number[]> {
    return (await this.#read<{ id: number }>('inbox_ids', [numberArray(ids)])).map(({ id }) => id);
  }

  loadDeadLetters(
    page: { after?: number; limit: number } | { ids: readonly number[] },
  ): Promise<readonly DeadLetter[]> {
    return 'ids' in page
      ? this.#read('dead_letters_by_id', [numberArray(page.ids)])
      : this.#read('dead_letters', [page.after ?? Number.MIN_SAFE_INTEGER, page.limit]);
  }

  readWaiting(target: string, { after, limit }: { after: number; limit: number }): Promise<readonly InboxRow[]> {
    return this.#read('waiting', [target, after, limit]);
  }

  async waitingStart(instanceId: string): Promise<InboxRow | undefined> {
    for (let after = 0; ;) {
      const rows = await this.#read<InboxRow>('waiting_start', [instanceId, after, startsPerPage]);
      const start = rows.find(({ body }) => isStart(body));
      if (start !== undefined || rows.length < startsPerPage) return start;
      after = rows.at(-1)?.seq ?? after;
    }
  }

  async countInbox(target: string, nowMs: number): Promise<number> {
    const [row] = await this.#read<{ count: number }>('inbox_count', [target, nowMs]);
    return row?.count ?? 0;
  }

  async damagedInboxRows(): Promise<{ count: number; example: string | null }> {
    const [row] = await this.#read<{ count: number; example: string | null }>('damaged_inbox', []);
    return row ?? { count: 0, example: null };
  }

  #read<Row>(name: ReadName, values: readonly SqlValue[]): Promise<Row[]> {
    return this.ask(this.#statements[name], values);
  }

  protected async ask<Row>(statement: Statement, values: readonly SqlValue[]): Promise<Row[]> {
    try {
      return await this.readers.read<Row>(statement, values);
    } catch (error) {
      throw postgresError('reading', error);
    }
  }
}

function isStart(body: string): boolean {
  try {
    return (JSON.parse(body) as { kind?: unknown } | null)?.kind === 'start';
  } catch {
    return false;
  }
}
