/** The task hub of clients on Restate: messages go through its ingress, queries through its admin API. */
import type { WaitReason } from '../../errors/wait-reason.js';
import { InvalidOperationError, NotSupportedError, OrchestrationNotFoundError } from '../../errors/index.js';
import type { RunHistory } from '../../hub/inspected.js';
import type {
  DeadLetterSnapshot,
  EntityFilter,
  EntitySnapshot,
  PageRequest,
  RunEnd,
  RunFilter,
  RunSnapshot,
} from '../../hub/snapshots.js';
import type { EntityLoad, EntityOperation, EntitySignal, RunCommand, RunStart, TaskHub } from '../../hub/task-hub.js';
import { hasEnded, type RuntimeStatus } from '../../model/runtime-status.js';
import type { Ticket } from '../../model/ticket.js';
import type { Clock, Random } from '../../ports/clock.js';
import { engineName } from '../entities/attempt.js';
import type { EndedMessage } from '../wire/messages.js';
import { entityParts, type ServiceNames } from '../wire/service-names.js';
import type { Admin } from './admin.js';
import { EntityRequests } from './entity-requests.js';
import type { Ingress } from './ingress.js';
import { journalOf } from './journal.js';
import { Places } from './places.js';
import { Queries } from './queries.js';
import { historyOf } from './run-history.js';
import { RunRequests, runSnapshot } from './run-requests.js';
import { readTicket } from './tickets.js';
import { Watching } from './watching.js';

/** How long a client looks for the reason of a timeout, in ms. */
const diagnosisMs = 1_000;

/** The maximum number of instances that are purged at the same time. */
const purgesMax = 64;

export interface HubPorts {
  readonly ingress: Ingress;
  readonly admin: Admin;
  readonly names: ServiceNames;
  readonly clock: Clock;
  readonly random: Random;
}

export class RestateTaskHub implements TaskHub {
  readonly engine = engineName;
  readonly transactions = undefined;
  private readonly entities: EntityRequests;
  private readonly runs: RunRequests;
  private readonly queries: Queries;
  private readonly watching: Watching;

  constructor(private readonly ports: HubPorts) {
    const { ingress, admin, names, clock, random } = ports;
    const nowMs = () => clock.wallMs();
    this.entities = new EntityRequests(ingress, names, random, nowMs);
    this.runs = new RunRequests(ingress, names, random, nowMs);
    this.queries = new Queries(admin, names, nowMs);
    this.watching = new Watching(ingress);
  }

  signal(signal: EntitySignal): Promise<Ticket> {
    return this.entities.signal(signal);
  }

  cancelSignal(entityId: string, name: string): Promise<boolean> {
    return this.entities.cancelSignal(entityId, name);
  }

  call(operation: EntityOperation): Promise<string | undefined> {
    return this.entities.call(operation);
  }

  callCommitted(operation: EntityOperation): Promise<string | undefined> {
    return this.entities.callCommitted(operation);
  }

  start(start: RunStart): Promise<void> {
    return this.runs.start(start);
  }

  raise(instanceId: string, name: string, value: string | undefined): Promise<void> {
    return this.runs.raise(instanceId, name, value);
  }

  async command(instanceId: string, command: RunCommand): Promise<void> {
    if (command.kind === 'purge' && command.children === true) return this.purgeAll(instanceId, command, new Set());
    await this.runs.command(instanceId, command);
    if (command.kind === 'terminate' && command.children === true && this.ports.admin.isGiven) {
      await this.terminateChildren(instanceId, command, new Set([instanceId]));
    }
  }

  /**
   * Terminates the sub-orchestrations that the last execution does not wait for: it has terminated the others.
   * @param seen instances that are terminated. An id can be its own descendant, because ids are used again
   */
  private async terminateChildren(
    parent: string,
    command: RunCommand & { kind: 'terminate' },
    seen: Set<string>,
  ): Promise<void> {
    for (const { id } of await this.queries.allRuns('terminate', { parent })) {
      if (seen.has(id)) continue;
      seen.add(id);
      await this.runs.command(id, command);
      await this.terminateChildren(id, command, seen);
    }
  }

  /** Purges an instance and its sub-orchestrations. All of them must have ended. */
  private async purgeAll(
    instanceId: string,
    command: RunCommand & { kind: 'purge' },
    seen: Set<string>,
  ): Promise<void> {
    seen.add(instanceId);
    const children = await this.queries.allRuns('purge', { parent: instanceId });
    const running = children.find(({ status }) => !hasEnded(status));
    if (running !== undefined) {
      throw new InvalidOperationError(
        `Sub-orchestration ${JSON.stringify(running.id)} of ${JSON.stringify(instanceId)} has not ended.`,
        'Terminate the run with its sub-orchestrations first: terminate(reason, { children: true }).',
      );
    }
    await this.runs.command(instanceId, { ...command, children: undefined });
    for (const { id } of children) {
      if (!seen.has(id)) await this.purgeAll(id, { kind: 'purge', children: true }, seen);
    }
  }

  /** Ends an execution that cannot end by itself. */
  endFromOutside(instanceId: string, end: EndedMessage): Promise<void> {
    return this.runs.endFromOutside(instanceId, end);
  }

  async readEntity(entityId: string, withLock = true): Promise<EntitySnapshot | undefined> {
    const [view, lockedBy] = await Promise.all([
      this.entities.read(entityId),
      withLock ? this.lockedBy(entityId) : undefined,
    ]);
    if (view === undefined && lockedBy === undefined) return undefined;
    const { atMs = 0, expiresAtMs } = view ?? {};
    const expired = expiresAtMs !== undefined && expiresAtMs <= this.hubTimeMs();
    const state = expired ? undefined : view?.state;
    return { id: entityId, ...entityParts(entityId), state, lockedBy, expired, updatedAtMs: atMs };
  }

  /** The holder of a lock stands in the invocation of its section. Without `admin` nobody tells it. */
  private async lockedBy(entityId: string): Promise<string | undefined> {
    return this.ports.admin.isGiven ? this.queries.lockedBy(entityId) : undefined;
  }

  async readRun(instanceId: string): Promise<RunSnapshot | undefined> {
    const run = await this.runs.read(instanceId);
    return run === undefined ? undefined : runSnapshot(instanceId, run);
  }

  async history(instanceId: string): Promise<RunHistory | undefined> {
    const run = await this.runs.read(instanceId);
    if (run === undefined) return undefined;
    const { admin, names } = this.ports;
    const { name, status, execution, invocation } = run;
    const journal = invocation === undefined ? [] : await journalOf(admin, 'run.history', invocation);
    if (journal.length === 0 && invocation !== undefined && hasEnded(status)) {
      throw new InvalidOperationError(
        `Orchestration ${JSON.stringify(instanceId)} has ended (${status}), and Restate has not kept the journal of its execution.`,
        "Give hosts the option `journals`, for example '1 day': then Restate keeps journals for that time.",
      );
    }
    const items = historyOf(journal, names);
    return { instance: instanceId, name, status, execution, problem: undefined, items, next: undefined };
  }

  queryEntities(filter: EntityFilter, page: PageRequest, withState: boolean): Promise<readonly EntitySnapshot[]> {
    return this.queries.entities(filter, page, withState);
  }

  queryRuns(filter: RunFilter, page: PageRequest): Promise<readonly RunSnapshot[]> {
    return this.queries.runs(filter, page);
  }

  async countRuns(filter: RunFilter): Promise<ReadonlyMap<RuntimeStatus, number>> {
    const counts = new Map<RuntimeStatus, number>();
    for (const { status } of await this.queries.allRuns('countRuns', filter)) {
      counts.set(status, (counts.get(status) ?? 0) + 1);
    }
    return counts;
  }

  countEntities(filter: EntityFilter): Promise<number> {
    return this.queries.countEntities(filter);
  }

  async purgeRuns(filter: RunFilter): Promise<number> {
    const runs = (await this.queries.allRuns('purgeRuns', filter)).filter(({ status }) => hasEnded(status));
    const places = new Places(purgesMax);
    const purged = await Promise.all(runs.map((run) => places.run(() => this.purgeUnchanged(run))));
    return purged.filter((done) => done).length;
  }

  /** Purges an instance unless it has started again meanwhile. Resolves with whether it is purged. */
  private async purgeUnchanged({ id, execution }: RunSnapshot): Promise<boolean> {
    try {
      await this.runs.command(id, { kind: 'purge', execution });
      return true;
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (code === 'DE_INVALID_OPERATION' || code === 'DE_ORCHESTRATION_NOT_FOUND') return false;
      throw error;
    }
  }

  ticketTarget(ticket: string): string {
    return readTicket(ticket).target;
  }

  entityLoad(entityId: string): Promise<EntityLoad> {
    return this.queries.entityLoad(entityId);
  }

  async diagnose(target: string): Promise<WaitReason | undefined> {
    // A host answers the reads. Without one, nothing is known.
    const unknown = this.ports.ingress.pause(diagnosisMs).then(() => undefined);
    return Promise.race([target.startsWith('@') ? this.diagnoseEntity(target) : this.diagnoseRun(target), unknown]);
  }

  private async diagnoseEntity(entityId: string): Promise<WaitReason | undefined> {
    const by = await this.lockedBy(entityId);
    return by === undefined ? undefined : { kind: 'locked', by };
  }

  private async diagnoseRun(instanceId: string): Promise<WaitReason | undefined> {
    return (await this.runs.read(instanceId))?.status === 'suspended' ? { kind: 'suspended' } : undefined;
  }

  watchRun(instanceId: string, callback: (end: RunEnd | Error) => void): () => void {
    return this.watching.once((signal) => this.runs.ended(instanceId, signal), callback);
  }

  followRun(instanceId: string, callback: (run: RunSnapshot | Error) => void): () => void {
    const read = async () => {
      const run = await this.readRun(instanceId);
      if (run === undefined) throw new OrchestrationNotFoundError(instanceId);
      return run;
    };
    return this.watching.follow(read, callback);
  }

  followEntity(entityId: string, callback: (entity: EntitySnapshot | undefined | Error) => void): () => void {
    return this.watching.follow(() => this.readEntity(entityId, false), callback);
  }

  whenProcessed(ticket: string, callback: (error: Error | undefined) => void): () => void {
    const { invocationId } = readTicket(ticket);
    return this.watching.once(async (signal): Promise<undefined> => {
      await this.entities.processed(invocationId, signal);
    }, callback);
  }

  async deadLetters(): Promise<readonly DeadLetterSnapshot[]> {
    throw new NotSupportedError('client.deadLetters', engineName);
  }

  async retryDeadLetter(): Promise<boolean> {
    throw new NotSupportedError('client.deadLetters', engineName);
  }

  async discardDeadLetter(): Promise<boolean> {
    throw new NotSupportedError('client.deadLetters', engineName);
  }

  newInstanceId(): string {
    return this.ports.random.uuid();
  }

  hubTimeMs(): number {
    return this.ports.clock.wallMs();
  }

  pause(ms: number): Promise<void> {
    return this.ports.ingress.pause(ms);
  }
}
