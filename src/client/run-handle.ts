import {
  InvalidArgumentError,
  OrchestrationFailedError,
  OrchestrationNotFoundError,
  OrchestrationTerminatedError,
  StorageError,
  UnknownOrchestrationError,
} from '../errors/index.js';
import { checkEventName } from '../model/arguments.js';
import { durationMs } from '../model/duration.js';
import { rethrowAtCallSite } from '../model/call-site.js';
import { decodeError } from '../model/error-details.js';
import type { RunEnd } from '../hub/snapshots.js';
import type { RunCommand } from '../hub/task-hub.js';
import { hasEnded, type RuntimeStatus } from '../model/runtime-status.js';
import { encodeWithin } from '../model/limits.js';
import { checkFlag, checkOptions, type OptionNames } from '../model/options.js';
import { readingRun } from '../model/unreadable.js';
import { decodeValue } from '../model/values.js';
import { checkMaySend, checkMayWait } from './guard.js';
import { pageOptions, Query, type PageOptions } from './query.js';
import { historyEvent, type RunHistoryEvent } from './run-history.js';
import { runSource } from './run-query.js';
import { statusOf, type OrchestrationStatus } from './run-status.js';
import { withTimeout } from './timeout.js';
import { waitOptions, type WaitOptions } from './client-options.js';
import type { ClientPorts } from './client-ports.js';

/** Options of `terminate` and `purge`. */
export interface ChildrenOptions extends WaitOptions {
  /** Whether the command also applies to the sub-orchestrations of the run, and to theirs. Default: `false`. */
  readonly children?: boolean | undefined;
}

const childrenOptions: OptionNames<ChildrenOptions> = { ...waitOptions, children: true };

/** Options of `restart`. */
export interface RestartOptions extends WaitOptions {
  /** `true` starts under a new instance id, even if the old run has not ended. Default: `false`, the same id, whose run must have ended. */
  readonly newInstanceId?: boolean | undefined;
}

/** Handle of one orchestration instance, named by its instance id. Creating a handle sends and checks nothing. */
export class RunHandle<Output = unknown> {
  /** Created by `startNew` and `client.run`. @internal */
  constructor(
    private readonly ports: ClientPorts,
    readonly instanceId: string,
    private readonly expectedName: string | undefined,
  ) {}

  /**
   * Resolves with the result when the orchestration has completed and that is durable.
   * @throws OrchestrationFailedError, OrchestrationTerminatedError, OrchestrationNotFoundError, TimeoutError, HostStoppedError
   */
  async result(options?: WaitOptions): Promise<Output> {
    const { timeout } = checkOptions(options, waitOptions);
    checkMayWait('run.result', timeout);
    const timeoutMs = timeout === undefined ? undefined : durationMs(timeout, 'timeout');
    let cancel = () => {};
    const end = new Promise<RunEnd>((resolve, reject) => {
      cancel = this.ports.hub.watchRun(this.instanceId, (ended) =>
        ended instanceof Error ? reject(ended) : resolve(ended),
      );
    });
    try {
      if (timeoutMs === undefined) return this.outcome(await end);
      const what = `orchestration ${JSON.stringify(this.instanceId)} has not ended`;
      return this.outcome(await this.inTime(end, timeoutMs, what));
    } catch (error) {
      return rethrowAtCallSite(error);
    } finally {
      cancel();
    }
  }

  private outcome(end: RunEnd): Output {
    const { instanceId } = this;
    if (end.status === 'completed') return readingRun(instanceId, () => decodeValue(end.output)) as Output;
    if (end.status === 'terminated') throw new OrchestrationTerminatedError(instanceId, end.reason);
    const cause = readingRun(instanceId, () => decodeError(end.error as string));
    throw new OrchestrationFailedError(end.name, instanceId, cause);
  }

  /**
   * Resolves with the committed status of the run, `undefined` if it does not exist. `input`, `output` and errors are decoded.
   * @throws StorageError if the stored run cannot be read
   */
  async status(): Promise<OrchestrationStatus | undefined> {
    checkMaySend('run.status');
    const run = await this.ports.hub.readRun(this.instanceId);
    return run === undefined ? undefined : statusOf(run);
  }

  /**
   * Resolves with the events of the present execution, the oldest first: what the code received, and what it asked for. *Continue as new*,
   * restart and rewind begin another execution. `undefined` if the run does not exist. An execution that has not begun has no events.
   * @throws StorageError if the stored run, its history or a value in it cannot be read
   */
  async history(): Promise<readonly RunHistoryEvent[] | undefined> {
    checkMaySend('run.history');
    const history = await this.ports.hub.history(this.instanceId);
    if (history?.problem !== undefined) {
      const hint =
        'The database is damaged, or a newer version wrote it. The inspector shows the events before the damage.';
      throw new StorageError(
        `The history of orchestration ${JSON.stringify(this.instanceId)}: ${history.problem}`,
        hint,
      );
    }
    return history?.items.map((entry) => historyEvent(this.instanceId, entry));
  }

  /**
   * Resolves with the first committed status for which the predicate returns `true`. It is the present one or a later one. A status that was
   * replaced before its commit is not seen. Rejects with the error that the predicate throws.
   * @throws TimeoutError, HostStoppedError; OrchestrationNotFoundError if the run does not exist, or ended without such a status
   */
  async waitForStatus(
    predicate: (status: OrchestrationStatus) => boolean,
    options?: WaitOptions,
  ): Promise<OrchestrationStatus> {
    const { timeout } = checkOptions(options, waitOptions);
    checkMayWait('run.waitForStatus', timeout);
    if (typeof predicate !== 'function') {
      throw new InvalidArgumentError(
        'predicate',
        `it is ${typeof predicate}`,
        'Give a function that takes a status and returns a boolean.',
      );
    }
    const timeoutMs = timeout === undefined ? undefined : durationMs(timeout, 'timeout');
    let cancel = () => {};
    const found = new Promise<OrchestrationStatus>((resolve, reject) => {
      cancel = this.ports.hub.followRun(this.instanceId, (run) => {
        if (run instanceof Error) return reject(run);
        try {
          const status = statusOf(run);
          if (predicate(status)) resolve(status);
          else if (hasEnded(status.runtimeStatus)) reject(this.endedOtherwise(status.runtimeStatus));
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
    try {
      const what = `orchestration ${JSON.stringify(this.instanceId)} has not reached the status that waitForStatus waits for`;
      return await this.inTime(found, timeoutMs, what);
    } finally {
      cancel();
    }
  }

  private endedOtherwise(status: RuntimeStatus): Error {
    return new OrchestrationNotFoundError(
      this.instanceId,
      `has ended (${status}) without the status that waitForStatus waits for`,
    );
  }

  /**
   * Sends an event. Resolves when the run has received it and that is durable.
   * @throws OrchestrationNotFoundError, SerializationError, InvalidArgumentError, TimeoutError, HostStoppedError
   */
  async raiseEvent(name: string, event?: unknown, options?: WaitOptions): Promise<void> {
    checkMaySend('run.raiseEvent');
    checkEventName(name);
    const value = encodeWithin(this.ports.limits, event, 'event');
    await this.applied(options, `event ${name}`, () => this.ports.hub.raise(this.instanceId, name, value));
  }

  /**
   * Ends the run at its present step. Its locks are released, its timers are cancelled, and results of its activities are dropped. Resolves
   * when that is durable. With `children`, the sub-orchestrations that have not ended, and theirs, are terminated too, exactly once, even
   * if the run itself has ended before.
   * @throws OrchestrationNotFoundError if the run does not exist, or, without `children`, if it has ended
   */
  async terminate(reason?: string, options?: ChildrenOptions): Promise<void> {
    checkMaySend('run.terminate');
    const { children, ...rest } = checkOptions(options, childrenOptions);
    const command = { kind: 'terminate', reason: this.checkReason(reason), children: flagged(children) } as const;
    await this.command(command, 'terminate', rest);
  }

  /**
   * Pauses the run at its present step: its code receives nothing until `resume`. Results, timers and events that arrive meanwhile are
   * buffered in their order. Running activities continue, and locks stay held. Resolves when that is durable. Idempotent.
   * @throws OrchestrationNotFoundError if the run does not exist or has ended
   */
  async suspend(reason?: string, options?: WaitOptions): Promise<void> {
    checkMaySend('run.suspend');
    await this.command({ kind: 'suspend', reason: this.checkReason(reason) }, 'suspend', options);
  }

  /**
   * Continues a suspended run with everything that was buffered meanwhile. Has no effect on a run that is not suspended. Resolves when that
   * is durable. @throws OrchestrationNotFoundError if the run does not exist or has ended
   */
  async resume(options?: WaitOptions): Promise<void> {
    checkMaySend('run.resume');
    await this.command({ kind: 'resume' }, 'resume', options);
  }

  /**
   * Continues a failed run in a new execution. Its code runs from the beginning and gets every successful result of before. Steps without
   * one, because they failed or had no answer when the run failed, are done again. Resolves when the execution has begun durably.
   * @throws RewindNotPossibleError if the run has not failed, or failed inside a critical section; OrchestrationNotFoundError
   */
  async rewind(reason?: string, options?: WaitOptions): Promise<void> {
    checkMaySend('run.rewind');
    await this.command({ kind: 'rewind', reason: this.checkReason(reason) }, 'rewind', options);
  }

  /**
   * Starts the same orchestration again with the same input (after `continueAsNew`: the last one). Resolves with a handle when the start is
   * durable. Under the same id, the old run must have ended; the new one replaces it.
   * @throws InvalidOperationError if the run has not ended, UnknownOrchestrationError, OrchestrationNotFoundError
   */
  async restart(options?: RestartOptions): Promise<RunHandle<Output>> {
    checkMaySend('run.restart');
    const { newInstanceId, timeout } = checkOptions(options, { ...waitOptions, newInstanceId: true });
    if (checkFlag(newInstanceId, 'newInstanceId') !== true) {
      await this.command({ kind: 'restart' }, 'restart', { timeout });
      return this;
    }
    const { hub, names } = this.ports;
    const run = await hub.readRun(this.instanceId);
    if (run === undefined) throw new OrchestrationNotFoundError(this.instanceId);
    if (run.problem !== undefined) throw run.problem;
    const { name, input } = run;
    if (!names.knows('orchestration', name)) throw new UnknownOrchestrationError(name, names.list('orchestration'));
    const instanceId = hub.newInstanceId();
    const second = new RunHandle<Output>(this.ports, instanceId, this.expectedName);
    await second.applied({ timeout }, 'start', () => hub.start({ instanceId, name, input }));
    return second;
  }

  /**
   * Deletes a run that has ended. With `children`, its sub-orchestrations, and theirs, are deleted too. Resolves when that is durable.
   * @throws InvalidOperationError if the run, or with `children` one of its sub-orchestrations, has not ended; OrchestrationNotFoundError
   */
  async purge(options?: ChildrenOptions): Promise<void> {
    checkMaySend('run.purge');
    const { children, ...rest } = checkOptions(options, childrenOptions);
    await this.command({ kind: 'purge', children: flagged(children) }, 'purge', rest);
  }

  /** Finds the sub-orchestrations that this run called, with their statuses, ordered by instance id. @throws InvalidArgumentError */
  children(options?: PageOptions): Query<OrchestrationStatus> {
    const { hub } = this.ports;
    return new Query('run.children', runSource(hub, { parent: this.instanceId }), checkOptions(options, pageOptions));
  }

  private command(command: RunCommand, what: string, options: WaitOptions | undefined): Promise<void> {
    return this.applied(options, what, () => this.ports.hub.command(this.instanceId, command));
  }

  private async applied(options: WaitOptions | undefined, what: string, apply: () => Promise<void>): Promise<void> {
    const { timeout } = checkOptions(options, waitOptions);
    const timeoutMs = timeout === undefined ? undefined : durationMs(timeout, 'timeout');
    await this.inTime(
      apply(),
      timeoutMs,
      `${what} was not applied to orchestration ${JSON.stringify(this.instanceId)}`,
      'The message may be durable and take effect later.',
    );
  }

  private inTime<T>(promise: Promise<T>, timeoutMs: number | undefined, what: string, hint?: string): Promise<T> {
    const { hub, clock } = this.ports;
    const diagnose = () => hub.diagnose(this.instanceId);
    return withTimeout(promise, timeoutMs, clock, { what, hint, diagnose }).then(undefined, rethrowAtCallSite);
  }

  private checkReason(reason: unknown): string | undefined {
    if (reason !== undefined && typeof reason !== 'string') {
      throw new InvalidArgumentError('reason', `it is ${typeof reason}`, 'Give a string, or omit the argument.');
    }
    encodeWithin(this.ports.limits, reason, 'reason');
    return reason;
  }

  /** Name of the orchestration that the handle was created with. */
  get name(): string | undefined {
    return this.expectedName;
  }
}

function flagged(children: unknown): true | undefined {
  return checkFlag(children, 'children') === true ? true : undefined;
}
