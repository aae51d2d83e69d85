import type { SqlValue } from '../dialect.js';
import { Serial } from '../serial.js';
import type { ServerClient, Statement } from './server-client.js';
import type { ServerLink, ServerSession } from './server-link.js';

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

  /** Runs the work alone on one connection. */
  async use<T>(work: (link: ServerLink<Client>) => Promise<T>): Promise<T> {
    const link = await this.#take();
    try {
      return await work(link);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(link);
      else next(link);
    }
  }

  async #take(): Promise<ServerLink<Client>> {
    // The last one that was used: an idle application keeps one connection busy, not all of them.
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#links.length >= this.settings.max) return new Promise((resolve) => this.#waiting.push(resolve));
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
