import {
  InvalidArgumentError,
  OrchestrationFailedError,
  OrchestrationNotFoundError,
  OrchestrationTerminatedError,
  UnknownOrchestrationError,
} from '../errors/index.js';
import { checkEventName } from '../model/arguments.js';
import { durationMs } from '../model/duration.js';
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
import { runSource } from './run-query.js';
import { statusOf, type OrchestrationStatus } from './run-status.js';
import { withTimeout } from './timeout.js';
import { waitOptions, type WaitOptions } from './client-options.js';
import type { ClientPorts } from './client-ports.js';

/** What `terminate` and `purge` take last. */
export interface ChildrenOptions extends WaitOptions {
  /** Whether it is done to the sub-orchestrations of the run too, and to theirs. Default false. */
  readonly children?: boolean | undefined;
}

const childrenOptions: OptionNames<ChildrenOptions> = { ...waitOptions, children: true };

/** What `restart` takes. */
export interface RestartOptions extends WaitOptions {
  /** Under a new instance id, also while the old run goes on. Default: under the same one, which must have ended. */
  readonly newInstanceId?: boolean | undefined;
}

/** One orchestration, by its instance id. Making a handle sends and checks nothing. */
export class RunHandle<Output = unknown> {
  /** Handles come from `startNew` and `client.run`. @internal */
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
      const what = `orchestration ${JSON.stringify(this.instanceId)} has not ended`;
      return this.outcome(await this.inTime(end, timeoutMs, what));
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

  /** What is committed of the run; `undefined`: there is none. Errors, `output` and `input` are rebuilt. */
  async status(): Promise<OrchestrationStatus | undefined> {
    checkMaySend('run.status');
    const run = await this.ports.hub.readRun(this.instanceId);
    return run === undefined ? undefined : statusOf(run);
  }

  /**
   * Resolves with the first committed status for which the predicate says true: the present one, or one that comes. Statuses that
   * are over before they are committed are not seen. Rejects with what the predicate throws.
   * @throws TimeoutError; OrchestrationNotFoundError when there is no such run, or it ended without such a status
   */
  async waitForStatus(
    predicate: (status: OrchestrationStatus) => boolean,
    options?: WaitOptions,
  ): Promise<OrchestrationStatus> {
    const { timeout } = checkOptions(options, waitOptions);
    checkMayWait('run.waitForStatus', timeout);
    if (typeof predicate !== 'function') {
      throw new InvalidArgumentError('predicate', `it is ${typeof predicate}`, 'Give a function of a status.');
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
      const what = `orchestration ${JSON.stringify(this.instanceId)} has not come to the status waited for`;
      return await this.inTime(found, timeoutMs, what);
    } finally {
      cancel();
    }
  }

  private endedOtherwise(status: RuntimeStatus): Error {
    return new OrchestrationNotFoundError(this.instanceId, `has ended (${status}) without the status waited for`);
  }

  /** Sends an event; resolves when the run has taken it in and that is durable. @throws OrchestrationNotFoundError, SerializationError */
  async raiseEvent(name: string, event?: unknown, options?: WaitOptions): Promise<void> {
    checkMaySend('run.raiseEvent');
    checkEventName(name);
    const value = encodeWithin(this.ports.limits, event, 'event');
    await this.applied(options, `event ${name}`, () => this.ports.hub.raise(this.instanceId, name, value));
  }

  /**
   * Ends the run where it is; its locks are released, its timers and activities are over. Resolves when that is durable. With
   * `children`, the sub-orchestrations that it started and that go on are told to end in the same way, with theirs: exactly once, and
   * also where the run itself has ended before.
   * @throws OrchestrationNotFoundError if there is no such run, or, without `children`, if it has ended
   */
  async terminate(reason?: string, options?: ChildrenOptions): Promise<void> {
    checkMaySend('run.terminate');
    const { children, ...rest } = checkOptions(options, childrenOptions);
    const command = { kind: 'terminate', reason: this.checkReason(reason), children: flagged(children) } as const;
    await this.command(command, 'terminate', rest);
  }

  /**
   * Stops the run where it is: its code is told nothing more until `resume`. What comes meanwhile (results, timers, events) is kept
   * in its order; activities that run go on; locks stay held. Resolves when that is durable. Suspending twice is suspending once.
   * @throws OrchestrationNotFoundError when there is no such run or it has ended
   */
  async suspend(reason?: string, options?: WaitOptions): Promise<void> {
    checkMaySend('run.suspend');
    await this.command({ kind: 'suspend', reason: this.checkReason(reason) }, 'suspend', options);
  }

  /** Lets a suspended run go on, with all that came meanwhile. A run that is not suspended goes on as it does. @throws OrchestrationNotFoundError */
  async resume(options?: WaitOptions): Promise<void> {
    checkMaySend('run.resume');
    await this.command({ kind: 'resume' }, 'resume', options);
  }

  /**
   * Takes a failed run up again, in a new execution: the code runs from its start and is told every successful result there was;
   * what has none (failed, or without an answer when the run failed) is done again. Resolves when that has begun and is durable.
   * @throws RewindNotPossibleError when it has not failed, or failed inside a critical section; OrchestrationNotFoundError
   */
  async rewind(reason?: string, options?: WaitOptions): Promise<void> {
    checkMaySend('run.rewind');
    await this.command({ kind: 'rewind', reason: this.checkReason(reason) }, 'rewind', options);
  }

  /**
   * Starts the same orchestration again with the same input (after `continueAsNew`: the last one); resolves with a handle when the
   * new run is durable. Under the same id, the run must have ended, and what is stored of it is replaced.
   * @throws InvalidOperationError while it runs, UnknownOrchestrationError, OrchestrationNotFoundError
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
   * Deletes what is stored of a run that has ended. With `children`, what is stored of its sub-orchestrations, and theirs, is deleted
   * too.
   * @throws InvalidOperationError while it runs, or with `children` while one of its sub-orchestrations does
   */
  async purge(options?: ChildrenOptions): Promise<void> {
    checkMaySend('run.purge');
    const { children, ...rest } = checkOptions(options, childrenOptions);
    await this.command({ kind: 'purge', children: flagged(children) }, 'purge', rest);
  }

  /** The runs that this one called as its sub-orchestrations, with their statuses, ordered by instance id. */
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
    return withTimeout(promise, timeoutMs, clock, { what, hint, diagnose: () => hub.diagnose(this.instanceId) });
  }

  private checkReason(reason: unknown): string | undefined {
    if (reason !== undefined && typeof reason !== 'string') {
      throw new InvalidArgumentError('reason', `it is ${typeof reason}`, 'Give text, or nothing.');
    }
    encodeWithin(this.ports.limits, reason, 'reason');
    return reason;
  }

  /** The orchestration's name, where the handle was made from one. */
  get name(): string | undefined {
    return this.expectedName;
  }
}

function flagged(children: unknown): true | undefined {
  return checkFlag(children, 'children') === true ? true : undefined;
}
