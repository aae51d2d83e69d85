import type { SqlValue } from '../dialect.js';
import type { Answer, ServerClient, Statement } from './server-client.js';

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

export interface LinkSettings<Client extends ServerClient> {
  readonly makeClient: () => Client;
  /** Runs on each new connection before it is used. */
  readonly prepare: (client: Client) => Promise<void>;
  /** The time to wait for an answer. The server ends a statement before. */
  readonly answerTimeoutMs: number;
  /** Called when an open connection was lost. */
  readonly onLost?: () => void;
}

/** One open connection. After it was lost, every statement fails: nothing is ever sent on another one, outside of a transaction. */
export class ServerSession<Client extends ServerClient> {
  constructor(
    readonly client: Client,
    private readonly answerTimeoutMs: number,
    /** Called when the connection cannot be used any more, before its end is noticed. */
    private readonly lose: () => void,
  ) {}

  /** @throws NoAnswerError, or the error of the driver */
  query<Row>(statement: Statement, values: readonly SqlValue[] = [], timeoutMs?: number): Promise<Answer<Row>> {
    return this.within(this.client.query<Row>(statement, values), timeoutMs);
  }

  /** The answer of the server, if it comes in time. @throws NoAnswerError, or the error of the driver */
  async within<T>(answer: Promise<T>, timeoutMs = this.answerTimeoutMs): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new NoAnswerError(timeoutMs));
        this.drop();
      }, timeoutMs);
    });
    try {
      return await Promise.race([answer, late]);
    } catch (error) {
      if (this.client.isFatal(error)) this.drop();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Closes the connection without a farewell. */
  drop(): void {
    this.lose();
    this.client.destroy();
  }
}

/**
 * A connection to the server that is made at the first use, and made again after it was lost. Its caller sends one statement after the
 * other.
 */
export class ServerLink<Client extends ServerClient> {
  #session: ServerSession<Client> | undefined;
  #connecting: Promise<ServerSession<Client>> | undefined;
  #closed = false;

  constructor(private readonly settings: LinkSettings<Client>) {}

  /** The client of the open connection. `undefined` if there is no connection. */
  get client(): Client | undefined {
    return this.#session?.client;
  }

  /** The open connection. Makes one if necessary. @throws NotConnectedError */
  async connect(): Promise<ServerSession<Client>> {
    if (this.#session !== undefined) return this.#session;
    this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined));
    return this.#connecting;
  }

  async #connect(): Promise<ServerSession<Client>> {
    if (this.#closed) throw new NotConnectedError(new Error('the store is closed'));
    let client: Client | undefined;
    try {
      // Making a client also throws, for instance if the URL cannot be read.
      const made = (client = this.settings.makeClient());
      const lose = () => this.#lose(made);
      made.onLost(lose);
      await made.connect();
      await this.settings.prepare(made);
      if (this.#closed) throw new Error('the store is closed');
      this.#session = new ServerSession(made, this.settings.answerTimeoutMs, lose);
      return this.#session;
    } catch (error) {
      client?.destroy();
      throw new NotConnectedError(error);
    }
  }

  #lose(client: Client): void {
    if (this.#session?.client !== client) return;
    this.#session = undefined;
    this.settings.onLost?.();
  }

  /** Closes the connection without a farewell. The next use makes another one. */
  drop(): void {
    this.#session?.drop();
  }

  /** @throws NotConnectedError, NoAnswerError, or the error of the driver */
  async query<Row>(statement: Statement, values?: readonly SqlValue[], timeoutMs?: number): Promise<Answer<Row>> {
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
