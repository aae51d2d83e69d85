import type { SqlValue } from '../dialect.js';
import { Serial } from '../serial.js';
import { isConnectionLost } from './postgres-errors.js';
import type { PostgresLink, PostgresSession, Statement } from './postgres-link.js';

/**
 * The connections that read. A read takes the first idle one, or a new one up to the maximum, or waits for its turn. A connection that was
 * lost is made again, and the read is sent once more.
 */
export class ReaderPool {
  readonly #links: PostgresLink[] = [];
  readonly #idle: PostgresLink[] = [];
  readonly #waiting: ((link: PostgresLink) => void)[] = [];

  constructor(
    private readonly make: () => PostgresLink,
    private readonly max: number,
  ) {}

  async read<Row>(statement: Statement, values: readonly SqlValue[] = []): Promise<Row[]> {
    return this.use(async (link) => {
      try {
        return (await link.query<Row>(statement, values)).rows;
      } catch (error) {
        if (!isConnectionLost(error)) throw error;
        link.drop();
        return (await link.query<Row>(statement, values)).rows;
      }
    });
  }

  /** Runs the work alone on one connection. */
  async use<T>(work: (link: PostgresLink) => Promise<T>): Promise<T> {
    const link = await this.#take();
    try {
      return await work(link);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(link);
      else next(link);
    }
  }

  async #take(): Promise<PostgresLink> {
    // The last one that was used: an idle application keeps one connection busy, not all of them.
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#links.length >= this.max) return new Promise((resolve) => this.#waiting.push(resolve));
    const link = this.make();
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
 */
export async function inTransaction<T>(
  link: PostgresLink,
  mode: string,
  work: (session: PostgresSession) => Promise<T>,
): Promise<T> {
  const session = await link.connect();
  await session.query({ text: `BEGIN ${mode}` });
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
export class Writer {
  readonly #turns = new Serial();

  constructor(readonly link: PostgresLink) {}

  run<T>(work: (link: PostgresLink) => Promise<T>): Promise<T> {
    return this.#turns.run(() => work(this.link));
  }

  transaction<T>(work: (session: PostgresSession) => Promise<T>): Promise<T> {
    return this.run((link) => inTransaction(link, 'ISOLATION LEVEL READ COMMITTED', work));
  }

  async close(): Promise<void> {
    await this.#turns.run(() => this.link.close());
  }
}
