/**
 * Clients that send to any living process, remember each acknowledgement, and continue with the next process when one dies.
 *
 * A message with an id is repeated until it is acknowledged: it must take effect exactly once. A message without an id is sent once:
 * it must take effect exactly once when it was acknowledged, and at most once when it was not.
 */
import type { DurableClient } from '../../src/client.js';
import { appendedValue, appendProblems } from '../checkers/appends.js';
import { id, transfer, type TransferInput } from './programs.js';
import { StoreRefusedError } from '../../src/engines/sql/ports/store-errors.js';
import { Violation } from './violation.js';
import { ProcessDied, type Process, type World } from './world.js';

/** Events that a client sends one after the other without a rest. */
const eventsWithoutRest = 100;

type Fate = 'acknowledged' | 'unknown' | 'cancelled';

export interface Appended {
  readonly list: string;
  readonly sender: string;
  readonly number: number;
  fate: Fate;
  /** Sent in parallel with the one before, or scheduled: no order is promised. */
  readonly unordered: boolean;
  /** The processes through which it was sent. */
  readonly via: Set<Process>;
}

/** Everything that was sent, for comparing with what is stored. */
export class Journal {
  /** By list. */
  readonly appends = new Map<string, Appended[]>();
  /** Several processes are alive at the same time: order is promised only among what was sent through one of them. */
  manyProcesses = false;
  acknowledged = 0;
  /** Values that clients were given. */
  answers = 0;
  /** Called when a client hears that a value is safe. */
  onAcknowledged: (list: string, value: string) => void = () => {};

  /** A value that is about to be appended to a list. */
  note(list: string, sender: string, number: number, unordered = false): Appended {
    const appended: Appended = { list, sender, number, fate: 'unknown', unordered, via: new Set() };
    const all = this.appends.get(list) ?? [];
    this.appends.set(list, all);
    all.push(appended);
    return appended;
  }

  acknowledge(appended: Appended): void {
    appended.fate = 'acknowledged';
    this.acknowledged++;
    this.onAcknowledged(appended.list, appendedValue(appended));
  }

  /**
   * Every list holds what was acknowledged, once, and nothing else; each sender's values in its order. A message that was never acknowledged
   * may still be on its way when its process dies. Then it has an order only among the messages of that process.
   */
  check(world: World): void {
    for (const [key, sent] of this.appends) {
      const [name, list] = key.split('/') as [string, string];
      const stored = (world.state(name, list) as string[] | undefined) ?? [];
      const paths = new Map<Process, number>();
      for (const { via } of sent) for (const each of via) if (!paths.has(each)) paths.set(each, paths.size);
      const last = sent.findLast(({ via }) => via.size > 0)?.via;
      const all = (perProcess: boolean) =>
        sent.map(({ sender, number, fate, unordered, via }) => {
          const [process] = via;
          const onItsWay = fate === 'unknown' && process !== undefined && last?.has(process) !== true;
          return {
            sender,
            number,
            fate: fate === 'cancelled' ? ('refused' as const) : fate,
            ordered: !unordered && (perProcess ? via.size < 2 : !onItsWay),
            path: perProcess && process !== undefined ? paths.get(process) : undefined,
          };
        });
      const problems = [
        ...(this.manyProcesses ? [] : appendProblems(key, all(false), stored)),
        ...appendProblems(key, all(true), stored),
      ];
      for (const { checker, what } of problems) throw new Violation(checker, `${what}: ${stored.join(' ')}`);
    }
  }
}

/** Where clients find a process. */
export interface Board {
  readonly world: World;
  /** One that can be talked to. */
  current(): Promise<Process>;
  /** It is of no use any more. */
  lost(process: Process): void;
}

/** Chooses the process that clients talk to. A new process is started when this one dies or its engine gives up. */
export class Switchboard implements Board {
  process: Process | undefined;
  private starting: Promise<Process> | undefined;
  starts = 0;

  constructor(
    readonly world: World,
    private readonly options: () => Parameters<World['start']>[0] = () => ({}),
  ) {}

  async current(): Promise<Process> {
    if (this.process !== undefined) return this.process;
    this.starting ??= this.begin();
    return this.starting;
  }

  private async begin(): Promise<Process> {
    for (;;) {
      try {
        this.starts++;
        const process = await this.world.begin(this.options());
        this.process = process;
        this.starting = undefined;
        void process.died.then(() => this.lost(process));
        return process;
      } catch (error) {
        if (!(error instanceof ProcessDied) && this.starts > 100) throw error;
      }
    }
  }

  /** The process is dead, or its engine has given up. */
  lost(process: Process): void {
    if (this.process !== process) return;
    process.die();
    this.process = undefined;
  }
}

/** One client; everything it does, it does in order. */
export class Sender {
  protected number = 0;

  constructor(
    readonly name: string,
    protected readonly board: Board,
    readonly journal: Journal,
  ) {}

  /** Sends once. */
  protected async once<T>(
    send: (client: DurableClient) => Promise<T>,
    ...noted: readonly Appended[]
  ): Promise<{ value: T } | undefined> {
    const process = await this.board.current();
    for (const { via } of noted) via.add(process);
    const outcome = await Promise.race([
      send(process.client).then(
        (value) => ({ value }),
        (error: Error) => ({ error }),
      ),
      process.died.then(() => undefined),
    ]);
    if (outcome === undefined) return undefined;
    if ('value' in outcome) {
      this.journal.answers++;
      return outcome;
    }
    const { name, cause } = outcome.error;
    if (cause instanceof StoreRefusedError) this.checkRefusal(name, process.engine.role);
    // The engine gave up on its storage: a new process is needed, and what became of this is not known.
    if (name === 'HostStoppedError' || name === 'UnknownOutcomeError') {
      this.board.lost(process);
      return undefined;
    }
    // A read failed, or the storage was busy for long: it says so, and may be repeated.
    if (
      name === 'StorageError' ||
      name === 'StoreRefusedError' ||
      name === 'StorageBusyError' ||
      name === 'BackpressureError'
    )
      return undefined;
    throw outcome.error;
  }

  /** The storage has refused the batch of this message, and the host has failed. The error and the role must both say so. */
  private checkRefusal(name: string, role: string): void {
    if (name === 'UnknownOutcomeError') throw new Violation('outcome', 'a definite refusal was told as unknown');
    if (name === 'HostStoppedError' && role !== 'failed')
      throw new Violation('role', `a host says that it is ${role} when the storage has refused what it has to write`);
  }

  /** Sends until it is acknowledged. */
  async surely<T>(send: (client: DurableClient) => Promise<T>, ...noted: readonly Appended[]): Promise<T> {
    for (;;) {
      const outcome = await this.once(send, ...noted);
      if (outcome !== undefined) return outcome.value;
    }
  }

  protected next(list: string, unordered = false): { appended: Appended; value: string } {
    const number = this.number++;
    return { appended: this.journal.note(list, this.name, number, unordered), value: `${this.name}:${number}` };
  }

  async append(name: 'List' | 'SlowList', key: string): Promise<void> {
    const { appended, value } = this.next(`${name}/${key}`);
    const outcome = await this.once((client) => client.signalEntity(id(name, key), 'append', value), appended);
    if (outcome !== undefined) this.journal.acknowledge(appended);
  }

  /** Several at once, without waiting between. */
  async burst(name: 'List' | 'SlowList', key: string, count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.append(name, key)));
  }

  async appendSurely(name: 'List' | 'SlowList', key: string): Promise<void> {
    const { appended, value } = this.next(`${name}/${key}`);
    const requestId = value;
    await this.surely((client) => client.signalEntity(id(name, key), 'append', value, { requestId }), appended);
    this.journal.acknowledge(appended);
  }

  /** Reads its own write by the ticket, in whatever process. */
  async appendAndRead(name: 'List' | 'SlowList', key: string): Promise<void> {
    const { appended, value } = this.next(`${name}/${key}`);
    const requestId = value;
    const append = (client: DurableClient) => client.signalEntity(id(name, key), 'append', value, { requestId });
    const ticket = await this.surely(append, appended);
    this.journal.acknowledge(appended);
    const { entityState } = await this.surely((client) =>
      client.readEntityState<string[]>(id(name, key), { after: ticket }),
    );
    if (entityState?.includes(value) !== true)
      throw new Violation('reads', `${value}: processed (${ticket}), not read`);
  }

  async callSurely(name: 'List' | 'SlowList', key: string): Promise<void> {
    const { appended, value } = this.next(`${name}/${key}`);
    const send = (client: DurableClient) =>
      client.callEntity<number>(id(name, key), 'append', value, { requestId: value });
    const length = await this.surely(send, appended);
    this.journal.acknowledge(appended);
    const again = await this.surely(send);
    if (again !== length) throw new Violation('receipts', `${value}: ${length}, then ${again}`);
  }

  async callOnce(name: 'List' | 'SlowList', key: string): Promise<void> {
    const { appended, value } = this.next(`${name}/${key}`);
    const outcome = await this.once((client) => client.callEntity(id(name, key), 'append', value), appended);
    if (outcome !== undefined) this.journal.acknowledge(appended);
  }

  /** Through another entity, to two lists. */
  async passOn(name: 'Relay' | 'SlowRelay', lists: readonly string[]): Promise<void> {
    const number = this.number++;
    const noted = lists.map((key) => this.journal.note(`List/${key}`, `${this.name}-${name}`, number));
    const value = `${this.name}-${name}:${number}`;
    const pass = (client: DurableClient) => client.signalEntity(id(name, this.name), 'pass', { lists, value });
    const outcome = await this.once(pass, ...noted);
    if (outcome !== undefined) for (const each of noted) this.journal.acknowledge(each);
  }

  async schedule(key: string, delayMs: number): Promise<void> {
    const { appended, value } = this.next(`List/${key}`, true);
    const scheduledTime = this.board.world.time.wallMs() + delayMs;
    const outcome = await this.once((client) =>
      client.signalEntity(id('List', key), 'append', value, { scheduledTime }),
    );
    if (outcome !== undefined) this.journal.acknowledge(appended);
  }

  /** Scheduled under one name, one after the other: of those that wait the last one counts. */
  async remind(kind: 'List' | 'SlowList', key: string, delaysMs: readonly number[], cancel: boolean): Promise<void> {
    const name = `${this.name}-${this.number}`;
    let waiting: Appended | undefined;
    for (const delayMs of delaysMs) {
      const { appended, value } = this.next(`${kind}/${key}`, true);
      const scheduledTime = this.board.world.time.wallMs() + delayMs;
      await this.surely((client) =>
        client.signalEntity(id(kind, key), 'append', value, { scheduledTime, name, requestId: value }),
      );
      if (waiting !== undefined) waiting.fate = 'unknown';
      this.journal.acknowledge(appended);
      waiting = appended;
    }
    if (!cancel || waiting === undefined) return;
    const { fate } = waiting;
    // A cancellation whose answer is lost may have cancelled it.
    waiting.fate = 'unknown';
    const first = await this.once((client) => client.cancelSignal(id(kind, key), name));
    const waited = first?.value ?? (await this.surely((client) => client.cancelSignal(id(kind, key), name)));
    if (waited) waiting.fate = 'cancelled';
    else if (first !== undefined) waiting.fate = fate;
  }

  async transfer(input: TransferInput): Promise<void> {
    const instanceId = `${this.name}-${this.number++}`;
    await this.surely(async (client) => (await client.startNew(transfer, { instanceId, input })).result());
  }

  /** Runs an errand, which appends its own id. */
  async errand(): Promise<void> {
    const number = this.number++;
    const instanceId = `${this.name}-errand:${number}`;
    const appended = this.journal.note('List/errands', `${this.name}-errand`, number, true);
    await this.surely((client) => client.startNew('Errand', { instanceId, input: number }));
    // An event may come twice when its acknowledgement is lost; the errand takes one.
    await this.surely((client) => this.raise(client, 'Errand', instanceId, 'go', number));
    const result = await this.surely((client) =>
      client.run<{ doubled: number; sent: number }>('Errand', instanceId).result(),
    );
    this.journal.acknowledge(appended);
    if (result.doubled !== 2 * number || result.sent !== number)
      throw new Violation('result', `${instanceId}: ${JSON.stringify(result)}`);
  }

  /** Counts down over several executions, each of which appends one event. */
  async countdown(count: number): Promise<void> {
    const instanceId = `${this.name}-countdown${this.number++}`;
    const key = instanceId;
    await this.surely((client) => client.startNew('Countdown', { instanceId, input: { left: count, key } }));
    for (let i = 0; i < 10_000; i++) {
      await this.restAfter(i);
      // Until it has ended: unacknowledged events may or may not have come.
      const appended = this.journal.note(`List/${key}`, instanceId, i);
      const status = await this.surely((client) => client.run('Countdown', instanceId).status());
      if (status?.runtimeStatus !== 'running') break;
      const raise = (client: DurableClient) =>
        this.raise(client, 'Countdown', instanceId, 'next', `${instanceId}:${i}`);
      await this.once(raise, appended);
    }
    const done = await this.surely((client) => client.run('Countdown', instanceId).result());
    if (done !== 'done') throw new Violation('result', `${instanceId}: ${JSON.stringify(done)}`);
    const stored = this.board.world.state('List', key) as string[];
    if (stored.length !== count)
      throw new Violation('exactly once', `${instanceId}: ${stored.join(' ')}, not ${count}`);
  }

  /** The same, with all events sent at once. */
  async countdownAtOnce(count: number): Promise<void> {
    const instanceId = `${this.name}-countdown${this.number++}`;
    const key = instanceId;
    let number = 0;
    const raise = async (): Promise<void> => {
      this.journal.note(`List/${key}`, instanceId, number, true);
      const value = `${instanceId}:${number++}`;
      await this.once((client) => this.raise(client, 'Countdown', instanceId, 'next', value));
    };
    await this.surely((client) => client.startNew('Countdown', { instanceId, input: { left: count, key } }));
    for (let i = 0; ; i++) {
      await this.restAfter(i);
      await Promise.all(Array.from({ length: count }, raise));
      const status = await this.surely((client) => client.run('Countdown', instanceId).status());
      if (status?.runtimeStatus !== 'running') break;
    }
    const stored = this.board.world.state('List', key) as string[];
    if (stored.length !== count)
      throw new Violation('exactly once', `${instanceId}: ${stored.join(' ')}, not ${count}`);
  }

  /**
   * Waits longer and longer after many events: a run can wait for an entity whose code no process has for a while, and stores each event
   * that it does not take yet.
   */
  private async restAfter(events: number): Promise<void> {
    if (events >= eventsWithoutRest) await this.board.world.time.turns(events);
  }

  /** Starts an orchestration that never ends by itself, and terminates it. */
  async restless(accounts: readonly string[]): Promise<void> {
    const instanceId = `${this.name}-restless${this.number++}`;
    await this.surely((client) => client.startNew('Restless', { instanceId, input: accounts }));
    await this.surely(async (client) => {
      try {
        await client.run('Restless', instanceId).terminate();
      } catch (error) {
        if ((error as Error).name !== 'OrchestrationNotFoundError') throw error;
      }
    });
  }

  protected async raise(
    client: DurableClient,
    name: string,
    instanceId: string,
    event: string,
    value: unknown,
  ): Promise<void> {
    try {
      await client.run(name, instanceId).raiseEvent(event, value);
    } catch (error) {
      // It ended before this came.
      if ((error as Error).name !== 'OrchestrationNotFoundError') throw error;
    }
  }
}
