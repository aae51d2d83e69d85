/** Sends the messages of a client to entities, and reads entities. */
import { RequestIdReusedError } from '../../errors/index.js';
import { decodeError } from '../../model/error-details.js';
import type { Ticket } from '../../model/ticket.js';
import type { Random } from '../../ports/clock.js';
import type { EntityOperation, EntitySignal, IdempotencyKey } from '../../hub/task-hub.js';
import type { EntityView, OperationAnswer, OperationMessage, ScheduleMessage } from '../wire/messages.js';
import { entityParts, type ServiceNames } from '../wire/service-names.js';
import type { Ingress, Target } from './ingress.js';
import { SendOrder } from './send-order.js';
import { SignalBatches } from './signal-batches.js';
import { ticketOf } from './tickets.js';

/** How long a repeated signal waits for the end of the first one, to compare both, in ms. */
const comparisonMs = 1_000;

export class EntityRequests {
  private readonly order = new SendOrder();
  private readonly signals: SignalBatches<Ticket>;

  constructor(
    private readonly ingress: Ingress,
    private readonly names: ServiceNames,
    private readonly random: Random,
    private readonly nowMs: () => number,
  ) {
    this.signals = new SignalBatches(this.order, (target, messages) => this.sendSignals(target, messages));
  }

  signal(signal: EntitySignal): Promise<Ticket> {
    const { entityId, operation, input, dueMs, everyMs, idempotencyKey } = signal;
    const isPlain = dueMs === undefined && everyMs === undefined && idempotencyKey === undefined;
    if (isPlain) return this.signals.add(entityId, { operation, input });
    return this.inOrder(entityId, () => this.sendSignal(signal));
  }

  /** Sends something else than plain signals. */
  private inOrder<T>(entityId: string, send: () => Promise<T>, accept?: () => Promise<unknown>): Promise<T> {
    this.signals.close(entityId);
    return this.order.inOrder(entityId, send, accept);
  }

  private async sendSignals(entityId: string, operations: readonly OperationMessage[]): Promise<Ticket> {
    const [first] = operations;
    const target = this.target(entityId, operations.length === 1 ? 'run' : 'many');
    const body = operations.length === 1 ? first : { operations };
    const { invocationId } = await this.ingress.send(target, body, this.random.uuid());
    return ticketOf({ invocationId, target: entityId });
  }

  private async sendSignal(signal: EntitySignal): Promise<Ticket> {
    const { entityId, operation, input, dueMs, name, everyMs, idempotencyKey } = signal;
    const id = idempotencyKey?.requestId ?? this.random.uuid();
    if (name !== undefined && (dueMs !== undefined || everyMs !== undefined)) {
      const message: ScheduleMessage = { name, operation, input, dueMs, everyMs, hash: idempotencyKey?.hash };
      const target = this.target(entityId, 'schedule');
      const { invocation, hash } = await this.ingress.call<{ invocation: string; hash?: string }>(target, message, id);
      if (hash !== idempotencyKey?.hash) throw new RequestIdReusedError(id, entityId);
      return ticketOf({ invocationId: invocation, target: entityId });
    }
    const message: OperationMessage = { operation, input, hash: idempotencyKey?.hash };
    const target = this.target(entityId, idempotencyKey === undefined ? 'run' : 'once');
    const delayMs = dueMs === undefined ? 0 : dueMs - this.nowMs();
    const { invocationId, repeated } = await this.ingress.send(target, message, id, delayMs);
    if (repeated && idempotencyKey !== undefined) await this.checkContent(invocationId, idempotencyKey, entityId);
    return ticketOf({ invocationId, target: entityId });
  }

  /** Compares a repeated signal with the first one, if that runs soon. Before, Restate tells nothing of its content. */
  private async checkContent(invocationId: string, { requestId, hash }: IdempotencyKey, target: string): Promise<void> {
    const late = new AbortController();
    const first = this.ingress.attach(invocationId, late.signal);
    const output = await Promise.race([first, this.ingress.pause(comparisonMs).then(() => undefined)]);
    late.abort();
    first.catch(() => {});
    if (output?.kind !== 'result') return;
    if ((output.value as OperationAnswer).hash !== hash) throw new RequestIdReusedError(requestId, target);
  }

  cancelSignal(entityId: string, name: string): Promise<boolean> {
    const target = this.target(entityId, 'cancel');
    return this.inOrder(entityId, () => this.ingress.call<boolean>(target, { name }, this.random.uuid()));
  }

  async call(call: EntityOperation): Promise<string | undefined> {
    const { entityId, operation, input, idempotencyKey } = call;
    const id = idempotencyKey?.requestId ?? this.random.uuid();
    const message: OperationMessage = { operation, input, awaited: true, hash: idempotencyKey?.hash };
    const target = this.target(entityId, idempotencyKey === undefined ? 'run' : 'once');
    const answer = await this.inOrder(
      entityId,
      () => this.ingress.call<OperationAnswer>(target, message, id),
      // The same message again: Restate tells by its idempotency key whether it has accepted it.
      () => this.ingress.send(target, message, id),
    );
    if (answer.hash !== idempotencyKey?.hash) throw new RequestIdReusedError(id, entityId);
    return valueOf(answer);
  }

  async callCommitted({ entityId, operation, input }: EntityOperation): Promise<string | undefined> {
    const message: OperationMessage = { operation, input, awaited: true };
    const answer = await this.ingress.call<OperationAnswer>(this.target(entityId, 'look'), message, this.random.uuid());
    return valueOf(answer);
  }

  async read(entityId: string): Promise<EntityView | undefined> {
    const view = await this.ingress.call<EntityView | null>(this.target(entityId, 'read'), null, this.random.uuid());
    return view ?? undefined;
  }

  /** Resolves when an operation has run, or never will. */
  async processed(invocationId: string, signal: AbortSignal): Promise<void> {
    await this.ingress.attach(invocationId, signal);
    // An invocation that failed was cancelled: a named signal that was replaced or cancelled.
  }

  private target(entityId: string, handler: string): Target {
    const { name, key } = entityParts(entityId);
    return { service: this.names.entity(name), key, handler };
  }
}

function valueOf({ answer }: OperationAnswer): string | undefined {
  if (answer.ok) return answer.value;
  throw decodeError(answer.error);
}
