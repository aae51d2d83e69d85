import { createHash } from 'node:crypto';
import type { SqlValue } from '../dialect.js';
import type { PgClient, PgNotification, PgQuery, PgResult } from './postgres-driver.js';

/** No connection could be made, so the statement was not sent. */
export class NotConnectedError extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** The server did not answer in time. The connection is closed, and the outcome of the statement is unknown. */
export class NoAnswerError extends Error {
  constructor(timeoutMs: number) {
    super(`the server did not answer within ${timeoutMs} ms`);
  }
}

export interface Statement {
  readonly text: string;
  /** The name under which each connection prepares the statement. Absent for a statement that has many forms. */
  readonly name?: string;
}

/**
 * A statement that connections prepare under a name. The name holds the text: where a pooler gives a session that another process has used,
 * the same name is the same statement.
 */
export function prepared(name: string, text: string): Statement {
  return { name: `${name}_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`, text };
}

export interface LinkSettings {
  readonly makeClient: () => PgClient;
  /** Runs on each new connection before it is used. */
  readonly prepare: (client: PgClient) => Promise<void>;
  /** The time to wait for an answer. The server ends a statement before. */
  readonly answerTimeoutMs: number;
  /** Whether statements are prepared by name: one value that all links of a store share. */
  readonly named: { allowed: boolean };
  /** Called when an open connection was lost. */
  readonly onLost?: () => void;
  readonly onNotification?: (message: PgNotification) => void;
}

/** SQLSTATE of a pooler that does not keep prepared statements: the name is unknown, or belongs to another statement. */
const unpreparable = new Set(['26000', '42P05']);

/** One open connection. After it was lost, every statement fails: nothing is ever sent on another one, outside of a transaction. */
export class PostgresSession {
  constructor(
    readonly client: PgClient,
    private readonly settings: LinkSettings,
    /** Called when the connection cannot be used any more, before its end is noticed. */
    private readonly lose: () => void,
  ) {}

  /** @throws NoAnswerError, or the error of the driver */
  async query<Row>(
    { text, name }: Statement,
    values: readonly SqlValue[] = [],
    timeoutMs = this.settings.answerTimeoutMs,
  ): Promise<PgResult<Row>> {
    const { named } = this.settings;
    if (name === undefined || !named.allowed) return this.#ask({ text, values }, timeoutMs);
    try {
      return await this.#ask({ text, values, name }, timeoutMs);
    } catch (error) {
      if (!unpreparable.has(String((error as { code?: unknown }).code))) throw error;
      // A pooler gives each statement another session. The server has run nothing, so the statement may be sent again.
      named.allowed = false;
      return this.#ask({ text, values }, timeoutMs);
    }
  }

  async #ask<Row>(query: PgQuery, timeoutMs: number): Promise<PgResult<Row>> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new NoAnswerError(timeoutMs));
        this.drop();
      }, timeoutMs);
    });
    try {
      return await Promise.race([this.client.query<Row>(query), late]);
    } catch (error) {
      // The server ends the connection after such an error.
      if (isFatal(error)) this.drop();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Closes the connection without a farewell. */
  drop(): void {
    this.lose();
    this.client.connection.stream.destroy();
  }
}

function isFatal(error: unknown): boolean {
  const { severity } = error as { severity?: unknown };
  return severity === 'FATAL' || severity === 'PANIC';
}

/**
 * A connection to the server that is made at the first use, and made again after it was lost. Its caller sends one statement after the
 * other.
 */
export class PostgresLink {
  #session: PostgresSession | undefined;
  #connecting: Promise<PostgresSession> | undefined;
  #closed = false;

  constructor(private readonly settings: LinkSettings) {}

  /** The client of the open connection. `undefined` if there is no connection. */
  get client(): PgClient | undefined {
    return this.#session?.client;
  }

  /** The open connection. Makes one if necessary. @throws NotConnectedError */
  async connect(): Promise<PostgresSession> {
    if (this.#session !== undefined) return this.#session;
    this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined));
    return this.#connecting;
  }

  async #connect(): Promise<PostgresSession> {
    if (this.#closed) throw new NotConnectedError(new Error('the store is closed'));
    let client: PgClient | undefined;
    try {
      // The constructor also throws, for instance if the URL cannot be read.
      const made = (client = this.settings.makeClient());
      const lose = () => this.#lose(made);
      made.on('error', lose).on('end', lose);
      if (this.settings.onNotification !== undefined) made.on('notification', this.settings.onNotification);
      await made.connect();
      await this.settings.prepare(made);
      if (this.#closed) throw new Error('the store is closed');
      this.#session = new PostgresSession(made, this.settings, lose);
      return this.#session;
    } catch (error) {
      client?.connection.stream.destroy();
      throw new NotConnectedError(error);
    }
  }

  #lose(client: PgClient): void {
    if (this.#session?.client !== client) return;
    this.#session = undefined;
    this.settings.onLost?.();
  }

  /** Closes the connection without a farewell. The next use makes another one. */
  drop(): void {
    this.#session?.drop();
  }

  /** @throws NotConnectedError, NoAnswerError, or the error of the driver */
  async query<Row>(statement: Statement, values?: readonly SqlValue[], timeoutMs?: number): Promise<PgResult<Row>> {
    return (await this.connect()).query<Row>(statement, values, timeoutMs);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#connecting?.catch(() => {});
    const client = this.#session?.client;
    this.#session = undefined;
    await client?.end().catch(() => {});
  }
}
