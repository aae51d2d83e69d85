import type { SqlValue } from '../dialect.js';
import { Serial } from '../serial.js';
import type { ServerClient, Statement } from './server-client.js';
import type { ServerLink, ServerSession } from './server-link.js';

/** Reads pages on a connection that nobody else uses. */
export type PagesOf<Client extends ServerClient, Page> = (link: ServerLink<Client>) => AsyncGenerator<Page>;

export interface ReaderSettings<Client extends ServerClient> {
  readonly make: () => ServerLink<Client>;
  /** The maximum number of connections. */
  readonly max: number;
  /** Whether a read may be sent again on another connection after this error. */
  readonly isConnectionLost: (error: unknown) => boolean;
}

/**
 * The connections that read. A read takes the first idle one, or a new one up to the maximum, or waits for its turn. A connection that was
 * lost is made again, and the read is sent once more.
 */
export class ReaderPool<Client extends ServerClient> {
  readonly #links: ServerLink<Client>[] = [];
  readonly #idle: ServerLink<Client>[] = [];
  readonly #waiting: ((link: ServerLink<Client>) => void)[] = [];
  /** Whether a connection is lent to pages. */
  #lent = false;

  constructor(private readonly settings: ReaderSettings<Client>) {}

  async read<Row>(statement: Statement, values: readonly SqlValue[] = []): Promise<Row[]> {
    return this.use(async (link) => {
      try {
        return (await link.query<Row>(statement, values)).rows;
      } catch (error) {
        if (!this.settings.isConnectionLost(error)) throw error;
        link.drop();
        return (await link.query<Row>(statement, values)).rows;
      }
    });
  }

  /**
   * Pages that are read alone on one connection. Their reader may read other things between two pages: only one connection is lent at a
   * time, and never the only one. If none can be lent, one is made for these pages. A connection that was lost before the first page is made
   * again.
   */
  async *pages<Page>(pagesOf: PagesOf<Client, Page>): AsyncGenerator<Page> {
    const link = this.#lent || this.settings.max < 2 ? undefined : this.#free();
    if (link === undefined) return yield* pagesAlone(this.settings.make, pagesOf);
    this.#lent = true;
    try {
      for (let mayRepeat = true; ; mayRepeat = false) {
        const pages = pagesOf(link);
        try {
          for await (const page of pages) {
            mayRepeat = false;
            yield page;
          }
          return;
        } catch (error) {
          // Also ends what is open on it.
          link.drop();
          if (!mayRepeat || !this.settings.isConnectionLost(error)) throw error;
        }
      }
    } finally {
      this.#lent = false;
      this.#giveBack(link);
    }
  }

  /** Runs the work alone on one connection. */
  async use<T>(work: (link: ServerLink<Client>) => Promise<T>): Promise<T> {
    const link = this.#free() ?? (await new Promise<ServerLink<Client>>((resolve) => this.#waiting.push(resolve)));
    try {
      return await work(link);
    } finally {
      this.#giveBack(link);
    }
  }

  #giveBack(link: ServerLink<Client>): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(link);
    else next(link);
  }

  /** An idle connection, or a new one. `undefined` at the maximum. */
  #free(): ServerLink<Client> | undefined {
    // The last one that was used: an idle application keeps one connection busy, not all of them.
    const idle = this.#idle.pop();
    if (idle !== undefined || this.#links.length >= this.settings.max) return idle;
    const link = this.settings.make();
    this.#links.push(link);
    return link;
  }

  /** Closes the connections after the reads that wait and run. */
  async close(): Promise<void> {
    const all = Array.from({ length: this.#links.length }, () => this.use(async () => {}));
    await Promise.all(all);
    await Promise.all(this.#links.map((link) => link.close()));
  }
}

/** Pages that are read on a connection of their own, which is closed at the end. */
export async function* pagesAlone<Client extends ServerClient, Page>(
  make: () => ServerLink<Client>,
  pagesOf: PagesOf<Client, Page>,
): AsyncGenerator<Page> {
  const link = make();
  try {
    yield* pagesOf(link);
  } finally {
    await link.close();
  }
}

/**
 * Runs the work in a transaction. If the transaction cannot be rolled back, the connection is closed: a later commit inside of it would be
 * acknowledged but never stored.
 * @param begin the statement that begins the transaction
 */
export async function inTransaction<Client extends ServerClient, T>(
  link: ServerLink<Client>,
  begin: string,
  work: (session: ServerSession<Client>) => Promise<T>,
): Promise<T> {
  const session = await link.connect();
  await session.query({ text: begin });
  try {
    const result = await work(session);
    await session.query({ text: 'COMMIT' });
    return result;
  } catch (error) {
    await session.query({ text: 'ROLLBACK' }).catch(() => session.drop());
    throw error;
  }
}

/** The connection that commits: one piece of work after the other. */
export class Writer<Client extends ServerClient> {
  readonly #turns = new Serial();

  constructor(
    readonly link: ServerLink<Client>,
    /** The statement that begins a transaction. */
    private readonly begin: string,
  ) {}

  run<T>(work: (link: ServerLink<Client>) => Promise<T>): Promise<T> {
    return this.#turns.run(() => work(this.link));
  }

  transaction<T>(work: (session: ServerSession<Client>) => Promise<T>): Promise<T> {
    return this.run((link) => inTransaction(link, this.begin, work));
  }

  async close(): Promise<void> {
    await this.#turns.run(() => this.link.close());
  }
}
