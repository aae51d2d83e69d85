import type { SqlValue } from '../dialect.js';
import type { Answer, ServerClient, Statement } from '../server/server-client.js';
import type { ServerLink, ServerSession } from '../server/server-link.js';
import type { RawConnection, RawResult } from './mysql-driver.js';

export type MysqlLink = ServerLink<MysqlClient>;
export type MysqlSession = ServerSession<MysqlClient>;

/** The answer to a statement. `insertId` is the number that the statement has generated. */
export interface MysqlAnswer<Row> extends Answer<Row> {
  readonly insertId: number;
}

/** A statement that connections prepare. */
export function prepared(text: string): Statement {
  return { text, name: text };
}

export interface MysqlClientSettings {
  /** Makes the connection of the package. */
  readonly open: () => Promise<RawConnection>;
  readonly connectTimeoutMs: number;
}

/** A connection of the package `mysql2`. */
export class MysqlClient implements ServerClient {
  #raw: RawConnection | undefined;
  readonly #onLost: (() => void)[] = [];
  /** Statements without an answer. The driver forgets them when a connection is destroyed. */
  readonly #open = new Set<(error: Error) => void>();
  #destroyed = false;

  constructor(private readonly settings: MysqlClientSettings) {}

  /** The open connection of the package. */
  get raw(): RawConnection {
    if (this.#raw === undefined) throw new Error('the connection is not open');
    return this.#raw;
  }

  async connect(): Promise<void> {
    const raw = await this.settings.open();
    this.#raw = raw;
    if (this.#destroyed) this.destroy();
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const lost = (error = new Error('the server closed the connection')) => {
          reject(error);
          for (const callback of this.#onLost) callback();
        };
        raw.on('connect', () => resolve());
        raw.on('error', lost).on('end', () => lost());
        const { connectTimeoutMs } = this.settings;
        // The driver stops its own timer at the first packet of the server.
        timer = setTimeout(() => reject(new Error(`no connection within ${connectTimeoutMs} ms`)), connectTimeoutMs);
      });
    } finally {
      clearTimeout(timer);
    }
  }

  query<Row>({ text, name }: Statement, values: readonly SqlValue[] = []): Promise<MysqlAnswer<Row>> {
    const query = positional(text, values);
    return new Promise((resolve, reject) => {
      const answered = (error: Error | null, result: unknown) => {
        this.#open.delete(reject);
        if (error === null) resolve(answerOf<Row>(result));
        else reject(error);
      };
      this.#open.add(reject);
      if (name === undefined && values.length === 0) this.raw.query(query, answered);
      else this.raw.execute(query, answered);
    });
  }

  /** The rows of a statement, as they come. At most `limit` wait here. */
  rows<Row>(text: string, limit: number): AsyncIterable<Row> {
    return this.raw.query({ sql: text }).stream({ highWaterMark: limit }) as AsyncIterable<Row>;
  }

  isFatal(error: unknown): boolean {
    return (error as { fatal?: unknown } | null)?.fatal === true;
  }

  onLost(callback: () => void): void {
    this.#onLost.push(callback);
  }

  destroy(): void {
    this.#destroyed = true;
    this.#raw?.destroy();
    this.#raw?.stream.destroy();
    for (const reject of this.#open) reject(new Error('the connection was closed'));
    this.#open.clear();
  }

  end(): Promise<void> {
    return new Promise((resolve) => this.raw.end(() => resolve()));
  }
}

/** A call of a procedure answers with its result sets, and a statement that changes rows with their number. */
function answerOf<Row>(result: unknown): MysqlAnswer<Row> {
  if (!Array.isArray(result)) {
    const { affectedRows, insertId } = result as RawResult;
    return { rows: [], rowCount: affectedRows, insertId };
  }
  const rows = (Array.isArray(result[0]) ? result[0] : result) as Row[];
  return { rows, rowCount: rows.length, insertId: 0 };
}

/**
 * The statement with `?` in place of `$1`, `$2`, …, and its values in the order of their use. Numbers are bound as texts: the driver would
 * send them as floating-point numbers, which a server does not accept everywhere.
 */
function positional(text: string, values: readonly SqlValue[]): { sql: string; values: (string | null)[] } {
  const used: (string | null)[] = [];
  const sql = text.replaceAll(/`[^`]*`|\$(\d+)/g, (found, number: string | undefined) => {
    if (number === undefined) return found;
    const value = values[Number(number) - 1] ?? null;
    used.push(typeof value === 'number' ? String(value) : value);
    return '?';
  });
  return { sql, values: used };
}
