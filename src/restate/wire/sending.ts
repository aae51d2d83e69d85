/** Sends messages from a handler to entities and orchestrations. */
import type { EntityEffect } from '../../ports/user-code.js';
import { serde, type Context, type InvocationHandle } from '../sdk.js';
import type { CommandMessage, EventMessage, OperationMessage, ScheduleMessage, StartMessage } from './messages.js';
import { entityParts, keyOf, type ServiceNames } from './service-names.js';

type SignalEffect = Omit<EntityEffect & { kind: 'signal' }, 'kind'>;

export class Sending {
  constructor(
    private readonly ctx: Context,
    private readonly names: ServiceNames,
  ) {}

  /**
   * @param nowMs the present time, from which a delay counts
   * @param entry the name of the journal entry, here and below
   */
  signal({ target, operation, input, dueMs, name, everyMs }: SignalEffect, nowMs: number, entry?: string): void {
    if (name !== undefined && (dueMs !== undefined || everyMs !== undefined)) {
      const message: ScheduleMessage = { name, operation, input, dueMs, everyMs };
      this.toEntity(target, 'schedule', message, 0, entry);
      return;
    }
    const message: OperationMessage = { operation, input };
    this.toEntity(target, 'run', message, dueMs === undefined ? 0 : dueMs - nowMs, entry);
  }

  cancelSignal(target: string, name: string, entry?: string): void {
    this.toEntity(target, 'cancel', { name }, 0, entry);
  }

  toEntity(target: string, method: string, parameter: unknown, delayMs = 0, entry?: string): InvocationHandle {
    const { name, key } = entityParts(target);
    const service = this.names.entity(name);
    return this.send(service, key, method, parameter, delayMs, entry);
  }

  start(instanceId: string, message: StartMessage, entry?: string): void {
    this.toRun(instanceId, 'start', message, 0, entry);
  }

  /** Starts an orchestration. Resolves when its record has taken the start, or refused it. */
  async started(instanceId: string, message: StartMessage): Promise<void> {
    await this.ctx.genericCall({
      service: this.names.runs,
      key: keyOf(instanceId),
      method: 'start',
      parameter: message,
      inputSerde: serde.json,
    });
  }

  event(instanceId: string, message: EventMessage, entry?: string): void {
    this.toRun(instanceId, 'raise', message, 0, entry);
  }

  command(instanceId: string, message: CommandMessage): void {
    this.toRun(instanceId, 'command', message);
  }

  toRun(instanceId: string, method: string, parameter: unknown, delayMs = 0, entry?: string): InvocationHandle {
    return this.send(this.names.runs, instanceId, method, parameter, delayMs, entry);
  }

  private send(
    service: string,
    key: string,
    method: string,
    parameter: unknown,
    delayMs: number,
    entry: string | undefined,
  ): InvocationHandle {
    return this.ctx.genericSend({
      service,
      key: keyOf(key),
      method,
      parameter,
      inputSerde: serde.json,
      ...(delayMs > 0 && { delay: Math.ceil(delayMs) }),
      ...(entry !== undefined && { name: entry }),
    });
  }
}
