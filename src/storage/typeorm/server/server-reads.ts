import type { DurableError } from '../../../errors/index.js';
import type {
  DeadLetter,
  ExecutionKey,
  HistoryChunk,
  InboxRow,
  InstanceFilter,
  InstanceRow,
  Membership,
  NamedSignal,
  Receipt,
  ReceiptKey,
  StatusCount,
  Store,
  WorkerStanding,
} from '../../../engines/sql/ports/store.js';
import type { EndedPage, InstancePage, ReceiptPage, SqlValue } from '../dialect.js';
import { countOf, queryOf, type QueryWords } from './instance-query.js';
import type { ServerClient, Statement } from './server-client.js';
import type { ReaderPool } from './server-pool.js';

/** The number of rows that are read at once to find the start message of an orchestration. */
const startsPerPage = 50;

/** The statements that have one form. Each dialect has all of them, with the same parameters in the same order. */
export type ReadName =
  | 'members'
  | 'workers'
  | 'ended'
  | 'inbox_count'
  | 'waiting_start'
  | 'instances'
  | 'instances_without_state'
  | 'named_signals'
  | 'history'
  | 'first_chunks'
  | 'receipt'
  | 'receipts'
  | 'receipt_page'
  | 'first_receipts'
  | 'inbox_ids'
  | 'dead_letters'
  | 'dead_letters_by_id'
  | 'waiting';

/** Rows of the inbox whose numbers are damaged. */
export interface DamagedRows {
  readonly count: number;
  readonly example: string | null;
}

/** The SQL of one kind of server that the reads need. */
export interface ReadWords {
  readonly statements: Readonly<Record<ReadName, Statement>>;
  readonly query: QueryWords;
  /** A list of numbers as one value. */
  readonly numbers: (values: readonly number[]) => SqlValue;
  /** Lists of texts, one beside the other, as the values of parameters that follow each other. */
  readonly lists: (...columns: readonly (readonly string[])[]) => SqlValue[];
}

/** The reads of a store on a database server, each on any connection that reads. */
export abstract class ServerReads<Client extends ServerClient> {
  constructor(
    private readonly words: ReadWords,
    private readonly readers: ReaderPool<Client>,
    /** The clock of a test. `undefined` for the clock of the database. */
    private readonly wallMs: (() => number) | undefined,
  ) {}

  /** The clock of a test. `null` for the clock of the database. */
  protected get nowMs(): number | null {
    return this.wallMs?.() ?? null;
  }

  abstract members(): Promise<Membership>;

  async scanWorkers({ after = 0, limit }: { after?: number; limit: number }): Promise<readonly WorkerStanding[]> {
    type Row = Omit<WorkerStanding, 'alive'> & { readonly alive: boolean | number };
    const rows = await this.read<Row>('workers', [after, limit]);
    // A server without truth values answers 0 or 1.
    return rows.map((row) => ({ ...row, alive: Boolean(row.alive) }));
  }

  loadInstances(ids: readonly string[], withState = true): Promise<readonly InstanceRow[]> {
    return this.read(withState ? 'instances' : 'instances_without_state', this.words.lists(ids));
  }

  loadNamedSignals(entities: readonly string[]): Promise<readonly NamedSignal[]> {
    return this.read('named_signals', this.words.lists(entities));
  }

  async scanEnded(status: string, { beforeActiveMs, skip, limit }: EndedPage): Promise<readonly string[]> {
    const rows = await this.read<{ id: string }>('ended', [status, beforeActiveMs, limit, skip]);
    return rows.map(({ id }) => id);
  }

  /** The server reuses free pages by itself, and gives them back only by a statement that locks the table. */
  async giveBackPages(): Promise<{ given: number; left: number }> {
    return { given: 0, left: 0 };
  }

  loadHistory(instance: string, execution: string): Promise<readonly HistoryChunk[]> {
    return this.read('history', [instance, execution]);
  }

  loadFirstChunks(executions: readonly ExecutionKey[]): Promise<readonly HistoryChunk[]> {
    const instances = executions.map(({ instance }) => instance);
    const lists = this.words.lists(
      instances,
      executions.map(({ execution }) => execution),
    );
    return this.read('first_chunks', lists);
  }

  queryInstances(filter: InstanceFilter, page: InstancePage): Promise<readonly InstanceRow[]> {
    const { text, values } = queryOf(this.words.query, filter, page);
    return this.ask({ text }, values);
  }

  countInstances(filter: InstanceFilter): Promise<readonly StatusCount[]> {
    const { text, values } = countOf(this.words.query, filter);
    return this.ask({ text }, values);
  }

  scanReceipts({ after, limit }: ReceiptPage): ReturnType<Store['scanReceipts']> {
    if (after === undefined) return this.read('first_receipts', [limit]);
    return this.read('receipt_page', [after.requestId, after.target, limit]);
  }

  loadReceipts(keys: readonly ReceiptKey[]): Promise<readonly Receipt[]> {
    const [first] = keys;
    // A caller that waits reads one. Its statement is planned once, while one with lists is planned at each read.
    if (first !== undefined && keys.length === 1) return this.read('receipt', [first.requestId, first.target]);
    const requestIds = keys.map(({ requestId }) => requestId);
    const lists = this.words.lists(
      requestIds,
      keys.map(({ target }) => target),
    );
    return this.read('receipts', lists);
  }

  async rowsInInbox(ids: readonly number[]): Promise<readonly number[]> {
    return (await this.read<{ id: number }>('inbox_ids', [this.words.numbers(ids)])).map(({ id }) => id);
  }

  loadDeadLetters(
    page: { after?: number; limit: number } | { ids: readonly number[] },
  ): Promise<readonly DeadLetter[]> {
    return 'ids' in page
      ? this.read('dead_letters_by_id', [this.words.numbers(page.ids)])
      : this.read('dead_letters', [page.after ?? Number.MIN_SAFE_INTEGER, page.limit]);
  }

  readWaiting(target: string, { after, limit }: { after: number; limit: number }): Promise<readonly InboxRow[]> {
    return this.read('waiting', [target, after, limit]);
  }

  async waitingStart(instanceId: string): Promise<InboxRow | undefined> {
    for (let after = 0; ;) {
      const rows = await this.read<InboxRow>('waiting_start', [instanceId, after, startsPerPage]);
      const start = rows.find(({ body }) => isStart(body));
      if (start !== undefined || rows.length < startsPerPage) return start;
      after = rows.at(-1)?.seq ?? after;
    }
  }

  async countInbox(target: string, nowMs: number): Promise<number> {
    const [row] = await this.read<{ count: number }>('inbox_count', [target, nowMs]);
    return row?.count ?? 0;
  }

  abstract damagedInboxRows(): Promise<DamagedRows>;

  protected read<Row>(name: ReadName, values: readonly SqlValue[]): Promise<Row[]> {
    return this.ask(this.words.statements[name], values);
  }

  protected async ask<Row>(statement: Statement, values: readonly SqlValue[]): Promise<Row[]> {
    try {
      return await this.readers.read<Row>(statement, values);
    } catch (error) {
      throw this.explain('reading', error);
    }
  }

  /** Translates an error of the database. */
  abstract explain(doing: string, error: unknown): DurableError;
}

function isStart(body: string): boolean {
  try {
    return (JSON.parse(body) as { kind?: unknown } | null)?.kind === 'start';
  } catch {
    return false;
  }
}
