/**
 * The client port of this engine. This port makes messages from the requests of clients, and snapshots from the rows that clients read.
 * `door` leads to the worker, in the same process or in another one.
 */
import type {
  DeadLetterSnapshot,
  EntityFilter,
  EntitySnapshot,
  PageRequest,
  RunEnd,
  RunFilter,
  RunSnapshot,
} from '../../hub/snapshots.js';
import type { RunHistory } from '../../hub/inspected.js';
import type {
  EntityLoad,
  EntityOperation,
  EntitySignal,
  RunCommand,
  RunStart,
  TaskHub,
  TransactionHub,
} from '../../hub/task-hub.js';
import type { RuntimeStatus } from '../../model/runtime-status.js';
import type { WaitReason } from '../../errors/wait-reason.js';
import { deadLetterTarget, traced, type DeadLetterMessage } from './model/messages.js';
import { readTicket, type Ticket } from '../../model/ticket.js';
import type { ClientMessage, Intake } from './ports/intake.js';
import { purgeRuns } from './purge-runs.js';
import { RunReads } from './run-reads.js';
import { deadLetterSnapshot, entityRows, entitySnapshot, runEnd, runRows } from './snapshots.js';

export class SqlTaskHub implements TaskHub, TransactionHub {
  readonly engine = 'sql';

  private readonly runs: RunReads;

  constructor(private readonly door: Intake) {
    this.runs = new RunReads(door);
  }

  get transactions(): TransactionHub {
    return this;
  }

  signal(signal: EntitySignal): Promise<Ticket> {
    return this.door.send(signalMessage(signal));
  }

  cancelSignal(entityId: string, name: string): Promise<boolean> {
    return this.door.cancelSignal(entityId, name);
  }

  call({ entityId, operation, input, idempotencyKey, trace }: EntityOperation): Promise<string | undefined> {
    return this.door.call(entityId, operation, input, idempotencyKey, trace);
  }

  callCommitted({ entityId, operation, input }: EntityOperation): Promise<string | undefined> {
    return this.door.callCommitted(entityId, operation, input);
  }

  async start(start: RunStart): Promise<void> {
    await this.door.apply(startMessage(start));
  }

  async raise(instanceId: string, name: string, value: string | undefined): Promise<void> {
    await this.door.apply(eventMessage(instanceId, name, value));
  }

  async command(instanceId: string, command: RunCommand): Promise<void> {
    await this.door.apply({ target: instanceId, body: command });
  }

  signalWithin(transaction: unknown, signal: EntitySignal): Promise<void> {
    return this.door.sendWithin(transaction, signalMessage(signal));
  }

  startWithin(transaction: unknown, start: RunStart): Promise<void> {
    return this.door.sendWithin(transaction, startMessage(start));
  }

  raiseWithin(transaction: unknown, instanceId: string, name: string, value: string | undefined): Promise<void> {
    return this.door.sendWithin(transaction, eventMessage(instanceId, name, value));
  }

  async readEntity(entityId: string): Promise<EntitySnapshot | undefined> {
    const row = await this.door.read(entityId);
    return row === undefined ? undefined : entitySnapshot(row, this.door.hubTimeMs());
  }

  readRun(instanceId: string): Promise<RunSnapshot | undefined> {
    return this.runs.read(instanceId);
  }

  history(instanceId: string): Promise<RunHistory | undefined> {
    return this.runs.history(instanceId);
  }

  async queryEntities(filter: EntityFilter, page: PageRequest, withState: boolean): Promise<readonly EntitySnapshot[]> {
    const hubTimeMs = this.door.hubTimeMs();
    const rows = await this.door.query(entityRows(filter, hubTimeMs), { ...pageOf(page), withState });
    return rows.map((row) => entitySnapshot(row, hubTimeMs));
  }

  queryRuns(filter: RunFilter, page: PageRequest): Promise<readonly RunSnapshot[]> {
    return this.runs.query(filter, page);
  }

  async countRuns(filter: RunFilter): Promise<ReadonlyMap<RuntimeStatus, number>> {
    const counts = await this.door.count(runRows(filter));
    return new Map(counts.map(({ status, count }) => [status as RuntimeStatus, count]));
  }

  async countEntities(filter: EntityFilter): Promise<number> {
    const counts = await this.door.count(entityRows(filter, this.door.hubTimeMs()));
    return counts.reduce((sum, { count }) => sum + count, 0);
  }

  purgeRuns(filter: RunFilter): Promise<number> {
    return purgeRuns(runRows(filter), this.door);
  }

  diagnose(target: string): Promise<WaitReason | undefined> {
    return this.door.diagnose(target);
  }

  ticketTarget(ticket: string): string {
    return readTicket(ticket).target;
  }

  entityLoad(entityId: string): Promise<EntityLoad> {
    return this.door.entityLoad(entityId);
  }

  watchRun(instanceId: string, callback: (end: RunEnd | Error) => void): () => void {
    return this.door.watchRun(instanceId, (end) => callback(end instanceof Error ? end : runEnd(end)));
  }

  followRun(instanceId: string, callback: (run: RunSnapshot | Error) => void): () => void {
    return this.runs.follow(instanceId, callback);
  }

  followEntity(entityId: string, callback: (entity: EntitySnapshot | undefined | Error) => void): () => void {
    return this.door.followEntity(entityId, (row) =>
      callback(row === undefined || row instanceof Error ? row : entitySnapshot(row, this.door.hubTimeMs())),
    );
  }

  whenProcessed(ticket: string, callback: (error: Error | undefined) => void): () => void {
    return this.door.whenProcessed(readTicket(ticket).rows, callback);
  }

  async deadLetters(page: { readonly after?: number; readonly limit: number }): Promise<readonly DeadLetterSnapshot[]> {
    return (await this.door.deadLetters(page)).map(deadLetterSnapshot);
  }

  retryDeadLetter(id: number): Promise<boolean> {
    return this.endDeadLetter({ kind: 'letter', id, then: 'retry' });
  }

  discardDeadLetter(id: number): Promise<boolean> {
    return this.endDeadLetter({ kind: 'letter', id, then: 'discard' });
  }

  private async endDeadLetter(body: DeadLetterMessage): Promise<boolean> {
    return (await this.door.apply({ target: deadLetterTarget(body.id), body })) === 'true';
  }

  newInstanceId(): string {
    return this.door.newInstanceId();
  }

  hubTimeMs(): number {
    return this.door.hubTimeMs();
  }

  pause(ms: number): Promise<void> {
    return this.door.pause(ms);
  }
}

function pageOf({ after, limit }: PageRequest): { after?: string; limit: number } {
  return after === undefined ? { limit } : { after, limit };
}

function signalMessage({
  entityId,
  operation,
  input,
  dueMs,
  name,
  everyMs,
  idempotencyKey,
  trace,
}: EntitySignal): ClientMessage {
  if (name !== undefined && (dueMs !== undefined || everyMs !== undefined)) {
    const body = { kind: 'schedule', name, dueMs, everyMs, operation, input } as const;
    return { target: entityId, body, receipt: idempotencyKey };
  }
  const body = traced({ kind: 'operation', operation, input } as const, dueMs === undefined ? trace : undefined);
  return { target: entityId, body, dueMs, receipt: idempotencyKey };
}

function startMessage({ instanceId, name, input, version, details, trace }: RunStart): ClientMessage {
  return { target: instanceId, body: traced({ kind: 'start', name, input, version, details } as const, trace) };
}

function eventMessage(instanceId: string, name: string, value: string | undefined): ClientMessage {
  return { target: instanceId, body: { kind: 'event', name, value } };
}
