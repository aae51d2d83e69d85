/** Sends the messages of a client to orchestration instances, and reads their records. */
import { NotSupportedError, OrchestrationNotFoundError } from '../../errors/index.js';
import { decodeError } from '../../model/error-details.js';
import { hasEnded } from '../../model/runtime-status.js';
import type { Random } from '../../ports/clock.js';
import type { RunEnd, RunSnapshot } from '../../hub/snapshots.js';
import type { RunCommand, RunStart } from '../../hub/task-hub.js';
import { engineName } from '../entities/attempt.js';
import type { StoredRun } from '../orchestrations/stored-run.js';
import type { Answer, CommandMessage, EndedMessage, EventMessage, StartMessage } from '../wire/messages.js';
import type { ServiceNames } from '../wire/service-names.js';
import type { Ingress } from './ingress.js';
import { SendOrder } from './send-order.js';

/** Pauses between two looks at an instance that has no execution, or whose execution is over and has not told it yet, in ms. */
const firstPauseMs = 4;
const pauseMaxMs = 1_000;

export class RunRequests {
  private readonly order = new SendOrder();

  constructor(
    private readonly ingress: Ingress,
    private readonly names: ServiceNames,
    private readonly random: Random,
    private readonly nowMs: () => number,
  ) {}

  async start({ instanceId, name, input, version, details }: RunStart): Promise<void> {
    const message: StartMessage = { name, input, version, details, atMs: this.nowMs() };
    await this.ask(instanceId, 'start', message);
  }

  async raise(instanceId: string, name: string, value: string | undefined): Promise<void> {
    const message: EventMessage = { name, value, atMs: this.nowMs() };
    await this.ask(instanceId, 'raise', message);
  }

  async command(instanceId: string, command: RunCommand): Promise<void> {
    if (command.kind === 'rewind') throw new NotSupportedError('run.rewind', engineName);
    const message: CommandMessage =
      command.kind === 'purge'
        ? { kind: 'purge', execution: command.execution, atMs: this.nowMs() }
        : { ...command, atMs: this.nowMs() };
    await this.ask(instanceId, 'command', message);
  }

  private async ask(instanceId: string, handler: string, message: unknown): Promise<void> {
    const target = { service: this.names.runs, key: instanceId, handler };
    const send = () => this.ingress.call<Answer>(target, message, this.random.uuid());
    const answer = await this.order.inOrder(instanceId, send);
    if (!answer.ok) throw decodeError(answer.error);
  }

  /** Ends an execution that cannot end by itself. */
  async endFromOutside(instanceId: string, end: EndedMessage): Promise<void> {
    const target = { service: this.names.runs, key: instanceId, handler: 'ended' };
    await this.ingress.call(target, { ...end, outside: true, atMs: this.nowMs() }, this.random.uuid());
  }

  async read(instanceId: string): Promise<StoredRun | undefined> {
    const target = { service: this.names.runs, key: instanceId, handler: 'read' };
    return (await this.ingress.call<StoredRun | null>(target, null, this.random.uuid())) ?? undefined;
  }

  /** Resolves with the end of an instance. @throws OrchestrationNotFoundError */
  async ended(instanceId: string, signal: AbortSignal): Promise<RunEnd> {
    let over: string | undefined;
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, pauseMaxMs)) {
      const run = await this.read(instanceId);
      if (run === undefined) throw new OrchestrationNotFoundError(instanceId);
      if (hasEnded(run.status)) return runEnd(run);
      const { invocation } = run;
      if (invocation === undefined || invocation === over) await this.ingress.pause(pauseMs);
      else {
        await this.executionEnded(instanceId, run, invocation, signal);
        over = invocation;
        pauseMs = firstPauseMs;
      }
    }
  }

  private async executionEnded(
    instanceId: string,
    { execution }: StoredRun,
    invocation: string,
    signal: AbortSignal,
  ): Promise<void> {
    const attached = await this.ingress.attach(invocation, signal);
    if (attached.kind === 'result') return;
    if (attached.kind === 'gone') {
      const target = { service: this.names.runs, key: instanceId, handler: 'settled' };
      if (await this.ingress.call<boolean>(target, null, this.random.uuid(), signal)) return;
    }
    const run = await this.read(instanceId);
    if (run === undefined || run.execution !== execution || hasEnded(run.status)) return;
    // An execution tells its end before it ends. One that has failed was killed by an operator.
    await this.endFromOutside(instanceId, { execution, status: 'terminated', reason: 'killed' });
  }
}

export function runEnd({ name, status, output, error, reason }: StoredRun): RunEnd {
  return { name, status, output, error, reason };
}

export function runSnapshot(id: string, run: StoredRun): RunSnapshot {
  return {
    id,
    name: run.name,
    version: run.version,
    status: run.status,
    execution: run.execution,
    input: run.input,
    output: run.output,
    error: run.error,
    customStatus: run.customStatus,
    reason: run.reason,
    unreadEvents: run.unread?.names ?? [],
    unreadEventCount: run.unread?.count ?? 0,
    awaitedEvents: run.awaited ?? [],
    missingCode: [],
    parent: run.parent?.instance,
    tags: Object.entries(run.tags ?? {}),
    startsAtMs: run.startsAtMs,
    createdAtMs: run.createdAtMs,
    updatedAtMs: run.updatedAtMs,
    endedAtMs: run.endedAtMs,
    problem: undefined,
  };
}
