/**
 * Connects a process without a worker to the worker. Messages are appended to the inbox, answers are read from receipts, and everything
 * else is read from the tables.
 */
import { extended } from '../../../model/extended.js';
import { decodeError } from '../../../model/error-details.js';
import {
  answerId,
  isEntityId,
  traced,
  type Answer,
  type ClientAddress,
  type RequestReceipt,
} from '../model/messages.js';
import type { WaitReason } from '../../../errors/wait-reason.js';
import type { RunRecord } from '../model/run-record.js';
import { readTicketRows } from '../model/stored.js';
import { ticketOf, type Ticket } from '../../../model/ticket.js';
import { setLongTimer, type Clock, type Random, type Timer } from '../../../ports/clock.js';
import type { ClientMessage, EntityLoad, Relay } from '../ports/intake.js';
import type {
  DeadLetter,
  ExecutionKey,
  HistoryChunk,
  InstanceFilter,
  InstanceRow,
  ReceiptKey,
  StatusCount,
  Store,
} from '../ports/store.js';
import { purgeTargetOf } from '../core/purge-target.js';
import { diagnose } from '../diagnosis.js';
import { Answers } from './answers.js';
import { Appender, type AppenderOptions } from './appender.js';
import { lookAgain } from './pending-run.js';
import { Watching } from './watching.js';

export interface ConnectedPorts {
  /** The store is open. */
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
}

export class ConnectedIntake implements Relay {
  private readonly appender: Appender;
  private readonly answers: Answers;
  private readonly watching: Watching;
  private readonly process: string;
  private calls = 0;
  private unlisten: () => void = () => {};
  private readonly pauses = new Set<{ readonly timer: Timer; readonly reject: (error: Error) => void }>();
  private closed: Error | undefined;

  constructor(
    private readonly ports: ConnectedPorts,
    private readonly options: AppenderOptions,
  ) {
    const { store, clock, random } = ports;
    this.appender = new Appender(store, clock, options);
    this.answers = new Answers(store, clock);
    this.process = random.uuid();
    const { shared } = options.hub;
    this.watching = new Watching(store, clock, (instances) => {
      if (shared) store.wakeOthers({ interest: instances.map((each) => [each, this.process] as const) });
    });
    if (shared)
      this.unlisten = store.listen((hint) => {
        if (hint === undefined || hint.processes?.includes(this.process) === true) this.hurry();
      });
  }

  async send({ target, body, dueMs, receipt }: ClientMessage): Promise<Ticket> {
    const stored = receipt === undefined ? body : extended(body, { origin: { receipt } });
    const rows = await this.appender.append(target, stored, dueMs);
    // Only the owner of the target can say whether the message is the first with this id. For a scheduled message it decides when that is
    // due.
    if (receipt === undefined || dueMs !== undefined) return ticketOf(target, rows);
    const key = { target, requestId: receipt.requestId };
    const { outcome } = await this.answers.admitted(key, receipt.hash);
    return ticketOf(target, readTicketRows(outcome));
  }

  prepare(): Promise<void> {
    return this.appender.prepare();
  }

  async sendWithin(transaction: unknown, { target, body, dueMs, receipt }: ClientMessage): Promise<void> {
    this.checkOpen();
    const stored = receipt === undefined ? body : extended(body, { origin: { receipt } });
    await this.appender.writeWithin(transaction, target, stored, dueMs);
  }

  async apply({ target, body, dueMs }: ClientMessage): Promise<string | undefined> {
    const ack = this.newAddress();
    await this.appender.append(target, extended(body, { origin: { ack } }), dueMs);
    return this.resultOf(await this.internalAnswer(target, ack));
  }

  async call(
    target: string,
    operation: string,
    input: string | undefined,
    receipt: RequestReceipt | undefined,
    trace: string | undefined,
  ): Promise<string | undefined> {
    const address = this.newAddress();
    const reply = { to: 'client', ...address, receipt } as const;
    await this.appender.append(
      target,
      traced({ kind: 'operation', operation, input, reply } as const, trace),
      undefined,
    );
    const answer =
      receipt === undefined
        ? this.internalAnswer(target, address)
        : this.answers.wait({ target, requestId: receipt.requestId }, receipt.hash);
    return this.resultOf(await answer);
  }

  async cancelSignal(target: string, name: string): Promise<boolean> {
    const address = this.newAddress();
    await this.appender.append(target, { kind: 'cancel', name, reply: { to: 'client', ...address } }, undefined);
    return this.resultOf(await this.internalAnswer(target, address)) === 'true';
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.closed !== undefined) return reject(this.closed);
      const pause = {
        timer: setLongTimer(this.ports.clock, ms, () => {
          this.pauses.delete(pause);
          resolve();
        }),
        reject,
      };
      this.pauses.add(pause);
    });
  }

  private newAddress(): ClientAddress {
    return { process: this.process, call: ++this.calls };
  }

  private async internalAnswer(target: string, address: ClientAddress): Promise<Answer> {
    const key = { target, requestId: answerId(address) };
    const answer = await this.answers.wait(key);
    this.appender.forget(key);
    return answer;
  }

  private resultOf(answer: Answer): string | undefined {
    if (answer.ok) return answer.value;
    throw decodeError(answer.error);
  }

  watchReceipt(...args: Parameters<Relay['watchReceipt']>): () => void {
    return this.answers.watch(...args);
  }

  hurry(): void {
    this.answers.hurry();
    this.watching.hurry();
  }

  answerOf(key: ReceiptKey): Promise<Answer> {
    return this.answers.wait(key);
  }

  async deadLetters(page: { after?: number; limit: number }): Promise<readonly DeadLetter[]> {
    this.checkOpen();
    return this.ports.store.loadDeadLetters(page);
  }

  async read(instanceId: string): Promise<InstanceRow | undefined> {
    this.checkOpen();
    const { store } = this.ports;
    const [row] = await store.loadInstances([instanceId]);
    return row ?? (isEntityId(instanceId) ? undefined : lookAgain(store, instanceId, this.hubTimeMs()));
  }

  async query(...[filter, page]: Parameters<Store['queryInstances']>): Promise<readonly InstanceRow[]> {
    this.checkOpen();
    return this.ports.store.queryInstances(filter, page);
  }

  async firstChunks(executions: readonly ExecutionKey[]): Promise<readonly HistoryChunk[]> {
    this.checkOpen();
    return this.ports.store.loadFirstChunks(executions);
  }

  async historyOf({ instance, execution }: ExecutionKey): Promise<readonly HistoryChunk[]> {
    this.checkOpen();
    return this.ports.store.loadHistory(instance, execution);
  }

  async count(filter: InstanceFilter): Promise<readonly StatusCount[]> {
    this.checkOpen();
    return this.ports.store.countInstances(filter);
  }

  async entityLoad(entityId: string): Promise<EntityLoad> {
    this.checkOpen();
    const { store, clock } = this.ports;
    return { backlog: await store.countInbox(entityId, clock.wallMs()), currentOperation: null, registered: null };
  }

  async diagnose(target: string): Promise<WaitReason | undefined> {
    this.checkOpen();
    return diagnose(this.ports.store, target);
  }

  watchRun(instanceId: string, callback: (end: RunRecord | Error) => void): () => void {
    return this.watching.watchRun(instanceId, callback);
  }

  followRun(instanceId: string, callback: (row: InstanceRow | Error, input?: string) => void): () => void {
    return this.watching.followRun(instanceId, callback);
  }

  followEntity(entityId: string, callback: (row: InstanceRow | undefined | Error) => void): () => void {
    return this.watching.followEntity(entityId, callback);
  }

  whenProcessed(rows: readonly number[], callback: (error: Error | undefined) => void): () => void {
    return this.watching.whenProcessed(rows, callback);
  }

  purgeTarget(instanceId: string): string {
    return purgeTargetOf(instanceId, this.options.hub);
  }

  newInstanceId(): string {
    return this.ports.random.uuid();
  }

  /** The time of the database, if it is another machine and has answered. Otherwise the time of this machine. */
  hubTimeMs(): number {
    const databaseMs = this.options.hub.shared ? this.appender.databaseMs : undefined;
    return databaseMs ?? this.ports.clock.wallMs();
  }

  drain(): Promise<void> {
    return this.appender.drain();
  }

  async close(error: Error): Promise<void> {
    this.closed ??= error;
    this.unlisten();
    this.watching.stop(error);
    this.answers.stop(error);
    for (const { timer, reject } of this.pauses) {
      timer.cancel();
      reject(error);
    }
    this.pauses.clear();
    await this.appender.close(error);
  }

  private checkOpen(): void {
    if (this.closed !== undefined) throw this.closed;
  }
}
