import type { EntityManager } from 'typeorm';
import { checkEventName, checkInstanceId } from '../model/arguments.js';
import type { ClassSupport } from '../functions/support.js';
import type { OrchestrationReference } from '../functions/references.js';
import type { StartOptions } from '../functions/call-options.js';
import { startOptions } from '../functions/option-names.js';
import type { EntityId } from '../model/entity-id.js';
import type { EntityTarget, EntityToken, SignalProxy } from '../functions/tokens.js';
import { checkStart } from '../model/run-start.js';
import { encodeWithin, type ValueRules } from '../model/limits.js';
import { checkOptions } from '../model/options.js';
import type { TaskHub, TransactionHub } from '../hub/task-hub.js';
import { transactionSignalOptions, type TransactionSignalOptions } from './client-options.js';
import { checkMaySend } from './guard.js';
import { signalMessage, type NamedOperation } from './signal-message.js';

/** Ports that `client.within` gets from its client. */
export interface WithinPorts {
  readonly hub: TaskHub;
  readonly transactions: TransactionHub;
  readonly classes: ClassSupport;
  readonly limits: ValueRules;
  operationOf(first: unknown, second: unknown, third: unknown): NamedOperation | Promise<NamedOperation>;
  checkOrchestration(name: string, version: number | undefined): void | Promise<void>;
}

/**
 * Sends messages within a transaction of the application. The rows of the application and the messages are committed together, or not at
 * all. Each method resolves when the message is written into the open transaction.
 */
export class TransactionSender {
  /** Created by `client.within`. @internal */
  constructor(
    private readonly ports: WithinPorts,
    private readonly transaction: EntityManager,
  ) {}

  /**
   * Sends a one-way operation, like `signalEntity` of the client, without a ticket and without a name.
   * @throws InvalidArgumentError, UnknownEntityError, AmbiguousEntityError, SignalLambdaError, SerializationError
   */
  signalEntity(id: EntityId, operation: string, input?: unknown, options?: TransactionSignalOptions): Promise<void>;
  signalEntity<T>(
    token: EntityToken<T>,
    target: EntityTarget,
    send: (proxy: SignalProxy<T>) => void,
    options?: TransactionSignalOptions,
  ): Promise<void>;
  async signalEntity(
    first: unknown,
    second: unknown,
    third?: unknown,
    given?: TransactionSignalOptions,
  ): Promise<void> {
    checkMaySend('within');
    const options = given === undefined ? undefined : checkOptions(given, transactionSignalOptions);
    const signal = signalMessage(await this.ports.operationOf(first, second, third), options);
    return this.ports.transactions.signalWithin(this.transaction, signal);
  }

  /**
   * Starts an orchestration when the transaction commits. Resolves with its instance id. If the start fails then, because another run
   * has the id, the host logs that and calls its `onStartRefused`.
   * @throws InvalidArgumentError, UnknownOrchestrationError, SerializationError
   */
  startNew<Input, Output>(
    orchestration: OrchestrationReference<Input, Output>,
    options?: StartOptions<Input>,
  ): Promise<string>;
  startNew(orchestration: string, options?: StartOptions): Promise<string>;
  async startNew(orchestration: unknown, options?: StartOptions): Promise<string> {
    checkMaySend('within');
    const { classes, hub, limits, transactions } = this.ports;
    const { instanceId, input, version, details } = checkStart(checkOptions(options, startOptions), limits);
    const name = classes.orchestrationName(orchestration);
    await this.ports.checkOrchestration(name, version);
    const target = instanceId ?? hub.newInstanceId();
    await transactions.startWithin(this.transaction, { instanceId: target, name, input, version, details });
    return target;
  }

  /**
   * Sends an event to a run when the transaction commits. If the run does not exist or has ended, the host logs that and drops the event.
   * @throws InvalidArgumentError, SerializationError
   */
  async raiseEvent(instanceId: string, name: string, event?: unknown): Promise<void> {
    checkMaySend('within');
    checkEventName(name);
    const value = encodeWithin(this.ports.limits, event, 'event');
    await this.ports.transactions.raiseWithin(this.transaction, checkInstanceId(instanceId), name, value);
  }
}
