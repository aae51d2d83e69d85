/** A client that does one thing after the other (now and then a few at once), and remembers in its history what became of each. */
import { setTimeout } from 'node:timers/promises';
import { IAccount } from '../../samples/bank/account.js';
import { transferMoney, type Transfer } from '../../samples/bank/transfer-money.js';
import type { DurableClient } from '../../src/index.js';
import { appendedValue } from '../checkers/appends.js';
import { id } from '../engine/programs.js';
import { History, type Act, type Entry } from './history.js';
import { randomFrom } from './random.js';
import type { Transactions } from './transactions.js';
import { accounts, lists, listTarget, novelty, openingBalance, repeaters, tour } from './workload.js';

/** Errors that say that this was not done, or may not have been: it is repeated when it carries an id. */
const passing = new Set([
  'DE_HOST_STOPPED',
  'DE_CLIENT_CLOSED',
  'DE_UNKNOWN_OUTCOME',
  'DE_STORAGE',
  'DE_STORAGE_BUSY',
  'DE_STORAGE_BROKEN',
  'DE_BACKPRESSURE',
  'DE_TIMEOUT',
  // Of the application.
  'TRANSACTION',
]);
/** A message that was under way in several deaths of its process. It is sent again, one-way, when the story ends. */
export const setAside = 'DE_DEAD_LETTER';
const answerWithin = '25s';
type Way = Extract<Act, { kind: 'append' }>['way'];

export interface SenderOptions {
  readonly name: string;
  readonly historyPath: string;
  readonly seed: number;
  /** Default: it sends nothing within transactions of the application. */
  readonly transactions?: Transactions | undefined;
  /** Whether the newer code is in its process. */
  readonly isNewer?: boolean;
  /** The right time, in ms since 1970. Default: the wall clock's. */
  readonly nowMs?: () => number;
  /** Told after each acknowledgement: when it was first sent (ms since 1970). */
  readonly onAck: (sentAtMs: number) => void;
  /** Told about an error that faults explain. */
  readonly onPassing: (error: Error) => void;
  /** Told about one that no fault explains. */
  readonly onSurprise: (what: string) => void;
}

export class Sender {
  readonly history: History;
  private readonly random: () => number;
  private readonly name: string;

  constructor(
    private readonly client: DurableClient,
    private readonly options: SenderOptions,
  ) {
    this.name = options.name;
    this.history = new History(options.historyPath, options.nowMs);
    this.random = randomFrom(options.seed + this.history.entries.size);
  }

  /** Sends until `mayGoOn` returns `false`. Resolves when none of its messages is under way. */
  async run(mayGoOn: () => boolean): Promise<void> {
    await this.finish(mayGoOn);
    while (mayGoOn()) {
      if (this.random() < 0.05) await this.burst(mayGoOn);
      else await this.settle(this.history.intend(this.drawAct()), mayGoOn);
    }
  }

  /** Appends to one list, until that is acknowledged. */
  async touch(list: string): Promise<void> {
    const entry = this.history.intend({ kind: 'append', list, way: 'signal', id: true, ordered: true });
    await this.settle(entry, () => true);
  }

  /** Calls the list once, in the hope that it cannot read its state. Resolves with the name of the error. */
  async probe(list: string): Promise<string> {
    const entry = this.history.intend({ kind: 'append', list, way: 'call', id: true, ordered: true });
    try {
      this.history.done(entry, await this.send(entry));
      return 'none';
    } catch (error) {
      const { is, name } = error as Error & { is?: (name: string) => boolean };
      const unreadable = 'StateDeserializationError';
      const told = is?.call(error, unreadable) === true ? unreadable : name;
      this.history.failed(entry, told);
      return told;
    }
  }

  /** Repeats what carries an id until its end is known. */
  async finish(mayGoOn: () => boolean): Promise<void> {
    for (const entry of this.history.open) await this.settle(entry, mayGoOn);
  }

  /** Sends some of what was acknowledged again, under the same id: it is not done again, and the answer is the same. */
  async repeat(countMax: number, mayGoOn: () => boolean): Promise<number> {
    const known = [...this.history.entries.values()].filter(
      ({ act, done }) => done !== undefined && (act.kind !== 'append' || act.id),
    );
    const chosen = Array.from({ length: Math.min(countMax, known.length) }, () => this.pick(known));
    for (const entry of chosen) await this.repeatOne(entry, mayGoOn);
    return chosen.length;
  }

  private async repeatOne(entry: Entry, mayGoOn: () => boolean): Promise<void> {
    const { act, number, done } = entry;
    while (mayGoOn()) {
      try {
        const value = await this.send(entry, true);
        const isAnswered = act.kind !== 'append' || act.way === 'call';
        if (isAnswered && value !== done?.value)
          this.options.onSurprise(`${this.name}:${number} was answered ${String(done?.value)}, then ${String(value)}`);
        return;
      } catch (error) {
        if (!passing.has(codeOf(error)))
          return this.options.onSurprise(`${this.name}:${number}, repeated: ${String(error)}`);
        this.options.onPassing(error as Error);
        await setTimeout(5);
      }
    }
  }

  private async burst(mayGoOn: () => boolean): Promise<void> {
    const entries = Array.from({ length: 1 + this.below(20) }, () =>
      this.history.intend({
        kind: 'append',
        list: this.pick(lists),
        way: 'signal',
        id: this.random() < 0.5,
        ordered: false,
      }),
    );
    await Promise.all(entries.map((entry) => this.settle(entry, mayGoOn)));
  }

  private drawAct(): Act {
    const drawn = this.random();
    const append = (way: Way, id: boolean, list: string = this.pick(lists)): Act => ({
      kind: 'append',
      list,
      way,
      id,
      ordered: way !== 'scheduled',
    });
    if (drawn < 0.02 && this.options.isNewer === true) return append('signal', true, novelty);
    if (drawn < 0.07 && this.options.transactions !== undefined) return append('within', false);
    if (drawn < 0.35) return append('signal', false);
    if (drawn < 0.55) return append('signal', true);
    if (drawn < 0.7) return append('call', true);
    if (drawn < 0.75) return append('scheduled', true);
    if (drawn < 0.79) return { kind: 'tour', list: this.pick(lists) };
    if (drawn < 0.87) return { kind: 'repeat', repeater: this.pick(repeaters) };
    const from = this.below(accounts.length);
    const to = (from + 1 + this.below(accounts.length - 1)) % accounts.length;
    return { kind: 'transfer', from: accounts[from]!, to: accounts[to]!, amount: 1 + this.below(4_000) };
  }

  /** Until its end is known, or, for what carries no id, once. */
  private async settle(entry: Entry, mayGoOn: () => boolean): Promise<void> {
    const once = entry.act.kind === 'append' && !entry.act.id;
    while (mayGoOn()) {
      try {
        const value = await this.send(entry);
        this.history.done(entry, value);
        return this.options.onAck(entry.atMs);
      } catch (error) {
        const code = codeOf(error);
        if (passing.has(code)) this.options.onPassing(error as Error);
        else if (code !== setAside) this.options.onSurprise(`${this.name}:${entry.number}: ${String(error)}`);
        if (once || !passing.has(code)) return this.history.failed(entry, code);
        await setTimeout(5);
      }
    }
  }

  private async send(entry: Entry, again = false): Promise<unknown> {
    const { act, number } = entry;
    const { client, name } = this;
    const requestId = `${name}-${number}`;
    switch (act.kind) {
      case 'append': {
        const value = appendedValue({ sender: name, number });
        const target = listTarget(act.list);
        if (act.way === 'within') return this.options.transactions?.append(target, value);
        const only = act.id ? { requestId } : {};
        if (act.way === 'call') return client.callEntity(target, 'append', value, { ...only, timeout: answerWithin });
        // From the first sending on, so that a repeat says the same.
        const scheduledTime = act.way === 'scheduled' ? new Date(entry.atMs + 50 + (number % 250)) : undefined;
        return client.signalEntity(target, 'append', value, { ...only, scheduledTime });
      }
      case 'repeat':
        return client.callEntity(id('Repeater', act.repeater), 'repeat', undefined, {
          requestId,
          timeout: answerWithin,
        });
      case 'tour': {
        const value = appendedValue({ sender: name, number });
        const input = { list: act.list, value, ms: 10 + (number % 90) };
        if (!entry.started || again) await client.startNew(tour, { instanceId: requestId, input });
        this.history.started(entry);
        return client.run(tour, requestId).result({ timeout: answerWithin });
      }
      case 'transfer': {
        const input: Transfer = { id: requestId, from: act.from, to: act.to, amount: act.amount };
        // A start that was acknowledged is not repeated: the run must exist.
        if (!entry.started || again) await client.startNew(transferMoney, { instanceId: requestId, input });
        this.history.started(entry);
        return client.run(transferMoney, requestId).result({ timeout: answerWithin });
      }
    }
  }

  private below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  private pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }
}

/** Harmless when it is repeated, which it is until it is done. */
export async function openAccounts(
  client: DurableClient,
  { mayGoOn, onPassing }: Pick<SenderOptions, 'onPassing'> & { readonly mayGoOn: () => boolean },
): Promise<void> {
  const terms = { balance: openingBalance, isFrozen: false };
  const open = async (key: string): Promise<void> => {
    const options = { requestId: `open-${key}`, timeout: answerWithin } as const;
    while (mayGoOn()) {
      try {
        return await client.callEntity(IAccount, key, (account) => account.open(terms), options);
      } catch (error) {
        if (!passing.has(codeOf(error))) throw error;
        onPassing(error as Error);
        await setTimeout(5);
      }
    }
  };
  await Promise.all(accounts.map(open));
}

function codeOf(error: unknown): string {
  const { code, is } = error as { code?: string; is?: (name: string) => boolean };
  return is?.call(error, 'MessageAbandonedError') === true ? setAside : (code ?? 'none');
}
