import { createHash } from 'node:crypto';
import type { Hint } from '../../../engines/sql/ports/store.js';
import type { Logger } from '../../../ports/log.js';
import { Serial } from '../serial.js';
import { AdaptivePolling } from '../server/adaptive-polling.js';
import { NotConnectedError } from '../server/server-link.js';
import { readHint, WaitingHints } from './hint-text.js';
import type { Names } from './names.js';
import type { PgNotification } from './postgres-driver.js';
import type { PostgresLink, PostgresSession } from './postgres-client.js';

export interface HintTimes {
  /** The interval at which the listener notifies itself. */
  readonly echoEveryMs: number;
  /** The time to wait for that echo. */
  readonly echoWithinMs: number;
  /** The interval at which listeners are called without content, while hints do not arrive. */
  readonly blindMs: number;
}

export const hintTimes: HintTimes = { echoEveryMs: 5_000, echoWithinMs: 2_000, blindMs: 25 };

/** The number of echoes that may be missing before the first one. */
const missesMax = 3;

const echo = 'echo ';

/** One channel for each task hub: the name holds schema and prefix, whatever their length. */
export function channelOf({ schema, prefix }: Names): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([schema, prefix]))
    .digest('hex');
  return `durable_entities_${hash.slice(0, 24)}`;
}

export interface HintParts {
  readonly channel: string;
  /** Makes the connection that listens to the channel. `onNotification` and `onLost` belong to it. */
  readonly makeLink: (on: { onNotification: (message: PgNotification) => void; onLost: () => void }) => PostgresLink;
  /** Whether a pooler stands between: it accepts LISTEN, and never delivers. */
  readonly isPooled: boolean;
  readonly logger?: Logger | undefined;
  readonly times?: HintTimes;
}

/**
 * LISTEN and NOTIFY on a connection of their own. A hint is sent after its commit: inside of the commit NOTIFY would hold a lock over the
 * sync. One is in flight, and what comes meanwhile goes together. The listener notifies itself at intervals. While that echo is missing, it
 * connects again, and calls its listeners often without content.
 */
export class PostgresHints {
  readonly #link: PostgresLink;
  readonly #times: HintTimes;
  readonly #callbacks = new Set<(hint: Hint | undefined) => void>();
  readonly #waiting = new WaitingHints();
  /** An echo and a hint may be asked for at the same time, and a connection takes one statement at a time. */
  readonly #turns = new Serial();
  #sending: Promise<void> | undefined;
  #hasEcho = false;
  #everHeard = false;
  #misses = 0;
  /** Whether no hint ever arrives. */
  #isSilent: boolean;
  /** Behind a pooler no hint ever arrives. Then the callers look by themselves. */
  readonly #polling = new AdaptivePolling(() => this.#tell(undefined));
  #echoNumber = 0;
  #echoTimer: NodeJS.Timeout | undefined;
  #blindTimer: NodeJS.Timeout | undefined;
  #closed = false;
  /** Callers that wait for the first echo. */
  #awaiting: ((arrived: boolean) => void)[] = [];

  constructor(private readonly parts: HintParts) {
    this.#times = parts.times ?? hintTimes;
    this.#isSilent = parts.isPooled;
    this.#link = parts.makeLink({
      onNotification: (message) => this.#receive(message),
      onLost: () => this.#lost(),
    });
  }

  listen(callback: (hint: Hint | undefined) => void): () => void {
    this.#callbacks.add(callback);
    if (this.#callbacks.size === 1) this.#start();
    return () => {
      this.#callbacks.delete(callback);
      if (this.#callbacks.size === 0) this.#stop();
    };
  }

  /** Resolves with whether hints arrive. Waits for the first echo, for a limited time. */
  async arrive(): Promise<boolean> {
    if (this.#everHeard) return !this.#isSilent;
    if (this.#isSilent || this.#closed || this.#callbacks.size === 0) return false;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), this.#times.echoWithinMs);
      this.#awaiting.push((arrived) => {
        clearTimeout(timer);
        resolve(arrived);
      });
    });
  }

  #tellArrival(arrived: boolean): void {
    for (const tell of this.#awaiting.splice(0)) tell(arrived);
  }

  /** The open connection that has heard its last echo. `undefined` if there is no such connection. */
  get session(): object | undefined {
    return this.#hasEcho ? this.#link.client : undefined;
  }

  /** Runs the work on the connection that listens. @throws NotConnectedError, or the error of the work */
  onSession<T>(work: (session: PostgresSession) => Promise<T>): Promise<T> {
    return this.#turns.run(async () => {
      if (!this.#hasEcho) throw new NotConnectedError(new Error('no echo has arrived'));
      return work(await this.#link.connect());
    });
  }

  /** Never fails. */
  wakeOthers(hint: Hint): void {
    if (this.#isSilent || this.#closed) return;
    this.#waiting.add(hint);
    this.#sending ??= this.#send().finally(() => (this.#sending = undefined));
  }

  /** Takes the number of rows that a poll has found: without hints, the interval between polls follows the work. */
  found(rows: number): void {
    this.#polling.found(rows);
  }

  async #send(): Promise<void> {
    // Hints that are sent in one turn of the event loop go together.
    await new Promise(setImmediate);
    while (!this.#waiting.isEmpty && !this.#closed) {
      try {
        await this.#notify(this.#waiting.take());
      } catch {
        // A lost hint costs latency, never a message.
      }
    }
  }

  async #notify(text: string): Promise<void> {
    const timeoutMs = this.#times.echoWithinMs;
    await this.#turns.run(async () => {
      const session = await this.#link.connect();
      // The command is a fifth quicker than the function `pg_notify`, but takes no parameters. The channel is a name that needs no quotes.
      const command = `NOTIFY ${this.parts.channel}, ${session.client.raw.escapeLiteral(text)}`;
      await session.query({ text: command }, [], timeoutMs);
    });
  }

  #receive({ channel, payload = '', processId }: PgNotification): void {
    if (channel !== this.parts.channel) return;
    if (processId === this.#ownProcess) {
      if (payload === `${echo}${this.#echoNumber}`) this.#heard();
      return;
    }
    if (!payload.startsWith(echo)) this.#tell(readHint(payload));
  }

  /** The process of the server that serves this connection: own hints come back from it. */
  get #ownProcess(): number | null | undefined {
    return this.#link.client?.processID;
  }

  #tell(hint: Hint | undefined): void {
    for (const callback of this.#callbacks) callback(hint);
  }

  #start(): void {
    if (this.#isSilent) {
      const text = 'No notification of the database arrives: a pooler stands between, or drops them. The store polls.';
      this.parts.logger?.warn({}, text);
      this.#polling.start();
      return;
    }
    void this.#askForEcho();
  }

  #stop(): void {
    this.#tellArrival(false);
    this.#polling.stop();
    clearTimeout(this.#echoTimer);
    clearTimeout(this.#blindTimer);
    this.#blindTimer = undefined;
    this.#echoNumber++;
  }

  async #askForEcho(): Promise<void> {
    const number = ++this.#echoNumber;
    clearTimeout(this.#echoTimer);
    this.#echoTimer = setTimeout(() => this.#missed(number), this.#times.echoWithinMs);
    try {
      await this.#notify(`${echo}${number}`);
    } catch {
      // No echo comes, and the timer notices it.
    }
  }

  #heard(): void {
    clearTimeout(this.#echoTimer);
    clearTimeout(this.#blindTimer);
    this.#blindTimer = undefined;
    // Hints that were sent meanwhile are lost.
    if (!this.#hasEcho) this.#tell(undefined);
    this.#hasEcho = true;
    this.#everHeard = true;
    this.#tellArrival(true);
    this.#echoTimer = setTimeout(() => void this.#askForEcho(), this.#times.echoEveryMs);
  }

  #missed(number: number): void {
    if (number !== this.#echoNumber) return;
    const isConnected = this.#link.client !== undefined;
    if (!this.#everHeard && isConnected && ++this.#misses >= missesMax) {
      this.#giveUp();
      return;
    }
    this.#link.drop();
    // Dropping has asked again, unless there was no connection.
    if (number === this.#echoNumber) this.#lost();
  }

  /** The connection is gone. Until the next echo, callers look often. */
  #lost(): void {
    if (this.#closed || this.#callbacks.size === 0 || this.#isSilent) return;
    this.#hasEcho = false;
    if (this.#blindTimer === undefined) this.#look();
    void this.#askForEcho();
  }

  #look(): void {
    this.#blindTimer = setTimeout(() => this.#look(), this.#times.blindMs);
    this.#tell(undefined);
  }

  /** Something accepts LISTEN and never delivers. */
  #giveUp(): void {
    this.#isSilent = true;
    this.#stop();
    this.#start();
  }

  async close(): Promise<void> {
    // Hints that were asked for are sent: a process that leaves tells the others.
    await this.#sending;
    this.#closed = true;
    this.#stop();
    await this.#link.close();
  }
}
