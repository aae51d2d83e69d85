import { InvalidArgumentError, OrchestrationFailedError, OrchestrationTerminatedError } from '../errors/index.js';
import { checkEventName } from '../model/arguments.js';
import { durationMs, type Duration } from '../model/duration.js';
import { decodeError } from '../model/error-details.js';
import type { RunMessage } from '../model/messages.js';
import type { RunRecord, RuntimeStatus } from '../model/run-record.js';
import { encodeWithin } from '../model/limits.js';
import { decodeValue } from '../model/values.js';
import { checkMaySend, checkMayWait } from './guard.js';
import { withTimeout } from './timeout.js';
import type { ClientPorts } from './durable-client.js';

export interface WaitOptions {
  /** How long to wait; a timeout cancels nothing. Default: for ever. */
  readonly timeout?: Duration | undefined;
}

/** What is stored of an orchestration. */
export interface OrchestrationStatus {
  readonly instanceId: string;
  readonly name: string;
  readonly runtimeStatus: RuntimeStatus;
  /** As `setCustomStatus` gave it. */
  readonly customStatus: unknown;
  readonly input: unknown;
  readonly output: unknown;
  readonly error: Error | undefined;
  readonly createdAt: Date;
  readonly lastUpdatedAt: Date;
}

/** One orchestration, by its instance id. Making a handle sends and checks nothing. */
export class RunHandle<Output = unknown> {
  constructor(
    private readonly ports: ClientPorts,
    readonly instanceId: string,
    private readonly expectedName: string | undefined,
  ) {}

  /**
   * Resolves with the result when the orchestration has completed and that is durable.
   * @throws OrchestrationFailedError, OrchestrationTerminatedError, OrchestrationNotFoundError, TimeoutError, HostStoppedError
   */
  async result({ timeout }: WaitOptions = {}): Promise<Output> {
    checkMayWait('run.result', timeout);
    const timeoutMs = timeout === undefined ? undefined : durationMs(timeout, 'timeout');
    let cancel = () => {};
    const end = new Promise<RunRecord>((resolve, reject) => {
      cancel = this.ports.intake.watchRun(this.instanceId, (record) =>
        record instanceof Error ? reject(record) : resolve(record),
      );
    });
    try {
      const what = `orchestration ${JSON.stringify(this.instanceId)} has not ended`;
      const record = await withTimeout(end, timeoutMs, this.ports.clock, what);
      return this.outcome(record);
    } finally {
      cancel();
    }
  }

  private outcome(record: RunRecord): Output {
    if (record.status === 'completed') return decodeValue(record.output) as Output;
    if (record.status === 'terminated') throw new OrchestrationTerminatedError(this.instanceId, record.reason);
    throw new OrchestrationFailedError(record.name, this.instanceId, decodeError(record.error as string));
  }

  /** What is committed of the run; `undefined`: there is none. Errors, `output` and `input` are rebuilt. */
  async status(): Promise<OrchestrationStatus | undefined> {
    checkMaySend('run.status');
    const row = await this.ports.intake.read(this.instanceId);
    if (row?.kind !== 'orchestration' || row.state === null) return undefined;
    const record = JSON.parse(row.state) as RunRecord;
    return {
      instanceId: this.instanceId,
      name: record.name,
      runtimeStatus: record.status,
      customStatus: decodeValue(record.customStatus),
      input: decodeValue(record.input),
      output: decodeValue(record.output),
      error: record.error === undefined ? undefined : decodeError(record.error),
      createdAt: new Date(row.createdAtMs),
      lastUpdatedAt: new Date(row.updatedAtMs),
    };
  }

  /** Sends an event; resolves when the run has taken it in and that is durable. @throws OrchestrationNotFoundError, SerializationError */
  async raiseEvent(name: string, event?: unknown, options?: WaitOptions): Promise<void> {
    checkMaySend('run.raiseEvent');
    checkEventName(name);
    await this.command({ kind: 'event', name, value: encodeWithin(this.ports.limits, event, 'event') }, `event ${name}`, options);
  }

  /** Ends the run where it is; its locks are released, its timers and activities are over. Resolves when that is durable. */
  async terminate(reason?: string, options?: WaitOptions): Promise<void> {
    checkMaySend('run.terminate');
    if (reason !== undefined && typeof reason !== 'string') {
      throw new InvalidArgumentError('reason', `it is ${typeof reason}`, 'Give text, or nothing.');
    }
    await this.command({ kind: 'terminate', reason }, 'terminate', options);
  }

  /** Deletes what is stored of a run that has ended. @throws InvalidOperationError while it runs */
  async purge(options?: WaitOptions): Promise<void> {
    checkMaySend('run.purge');
    await this.command({ kind: 'purge' }, 'purge', options);
  }

  private command(body: RunMessage, what: string, { timeout }: WaitOptions = {}): Promise<void> {
    const timeoutMs = timeout === undefined ? undefined : durationMs(timeout, 'timeout');
    const done = this.ports.intake.apply({ target: this.instanceId, body });
    return withTimeout(
      done,
      timeoutMs,
      this.ports.clock,
      `${what} was not applied to orchestration ${JSON.stringify(this.instanceId)}`,
      'The message may be durable and take effect later.',
    );
  }

  /** The orchestration's name, where the handle was made from one. */
  get name(): string | undefined {
    return this.expectedName;
  }
}
