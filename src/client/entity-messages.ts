/** Sends the signals, starts and calls of a client, with their time limits and retry policies. */
import { extended } from '../model/extended.js';
import { checkRetry, checkTimeout } from '../functions/attempts.js';
import type { AttemptOptions } from '../functions/call-options.js';
import type { Ticket } from '../model/ticket.js';
import { rethrowAtCallSite } from '../model/call-site.js';
import type { EntityOperation, EntitySignal, RunStart } from '../hub/task-hub.js';
import { decodeValue } from '../model/values.js';
import { withRetries } from './call-attempts.js';
import { isCommitted, type CallOptions, type ClientSignalOptions } from './client-options.js';
import type { ClientPorts } from './client-ports.js';
import { checkRequestId, receiptOf } from './request-receipt.js';
import { signalMessage, type NamedOperation } from './signal-message.js';
import { withTimeout, type Awaited } from './timeout.js';

export class EntityMessages {
  constructor(private readonly ports: Pick<ClientPorts, 'clock' | 'hub' | 'tracer'>) {}

  send(operation: NamedOperation, options: ClientSignalOptions | undefined): Promise<Ticket> {
    const { hub } = this.ports;
    if (options?.timeout === undefined && options?.retry === undefined) {
      return this.signal(signalMessage(operation, options));
    }
    const target = operation.id.toString();
    const what = `the signal ${JSON.stringify(operation.operation)} to ${target} was not acknowledged`;
    const send = (requestId: string | undefined) =>
      this.signal(signalMessage(operation, extended(options, { requestId })));
    return this.attempted(options, { what, diagnose: () => hub.diagnose(target) }, send, options.requestId);
  }

  start(start: RunStart, options: AttemptOptions): Promise<void> {
    const { hub } = this.ports;
    if (options.timeout === undefined && options.retry === undefined) {
      return this.begin(start).then(undefined, rethrowAtCallSite);
    }
    const { instanceId } = start;
    const what = `the start of orchestration ${JSON.stringify(instanceId)} was not acknowledged`;
    return this.attempted(options, { what, diagnose: () => hub.diagnose(instanceId) }, () => this.begin(start));
  }

  private signal(signal: EntitySignal): Promise<Ticket> {
    const { hub, tracer } = this.ports;
    if (tracer === undefined || tracer.isSampled?.() === false) return hub.signal(signal);
    const { entityId: target, operation } = signal;
    const name = target.slice(1, target.indexOf('@', 1));
    return tracer.sending({ kind: 'signal', name, target, operation }, (trace) =>
      hub.signal(trace === undefined ? signal : extended(signal, { trace })),
    );
  }

  private request(call: EntityOperation, name: string): Promise<string | undefined> {
    const { hub, tracer } = this.ports;
    if (tracer === undefined || tracer.isSampled?.() === false) return hub.call(call);
    const { entityId: target, operation } = call;
    return tracer.sending({ kind: 'call', name, target, operation }, (trace) =>
      hub.call(trace === undefined ? call : extended(call, { trace })),
    );
  }

  private begin(start: RunStart): Promise<void> {
    const { hub, tracer } = this.ports;
    if (tracer === undefined || tracer.isSampled?.() === false) return hub.start(start);
    const { instanceId: target, name } = start;
    const message = { kind: 'start', name, target, operation: undefined } as const;
    return tracer.sending(message, (trace) => hub.start(trace === undefined ? start : extended(start, { trace })));
  }

  /**
   * Sends a message until it is durable. Each repeat has the same request id, so that all of them are one message.
   * @param send sends the message. Its request id is `undefined` only if the message is sent once and the caller gave none.
   */
  private attempted<T>(
    { timeout, retry }: AttemptOptions,
    awaited: Awaited,
    send: (requestId: string | undefined) => Promise<T>,
    requestId?: string,
  ): Promise<T> {
    const timeoutMs = checkTimeout(timeout);
    const policy = checkRetry(retry);
    const attempt = (id: string | undefined) => withTimeout(send(id), timeoutMs, this.ports.clock, awaited);
    return policy.maxAttempts === 1 ? attempt(requestId) : withRetries(this.ports, policy, requestId, attempt);
  }

  /** @param options checked options; resolves with the decoded result */
  async call(operation: NamedOperation, options: CallOptions): Promise<unknown> {
    try {
      return decodeValue(await this.answer(operation, options));
    } catch (error) {
      return rethrowAtCallSite(error);
    }
  }

  /** @throws InvalidArgumentError */
  private async answer(operation: NamedOperation, options: CallOptions): Promise<string | undefined> {
    const { timeout, requestId, retry } = options;
    const timeoutMs = checkTimeout(timeout);
    const policy = checkRetry(retry);
    if (isCommitted(options)) return this.askCommitted(operation, timeoutMs);
    if (policy.maxAttempts === 1) return this.ask(operation, timeoutMs, requestId);
    // Checks the longest request id that a retry can send.
    if (requestId !== undefined) checkRequestId(`${requestId}#${policy.maxAttempts}`);
    const attempt = (attemptId: string) => this.ask(operation, timeoutMs, attemptId);
    return withRetries(this.ports, policy, requestId, attempt);
  }

  /** Resolves with the answer as JSON text. */
  ask({ id, operation, input }: NamedOperation, timeoutMs?: number, requestId?: string): Promise<string | undefined> {
    const idempotencyKey = requestId === undefined ? undefined : receiptOf(requestId, ['call', operation, input]);
    const { hub } = this.ports;
    const target = id.toString();
    const answer = this.request({ entityId: target, operation, input, idempotencyKey }, id.name);
    return this.inTime(answer, target, operation, timeoutMs, () => hub.diagnose(target));
  }

  private askCommitted(
    { id, operation, input }: NamedOperation,
    timeoutMs: number | undefined,
  ): Promise<string | undefined> {
    const target = id.toString();
    return this.inTime(
      this.ports.hub.callCommitted({ entityId: target, operation, input }),
      target,
      operation,
      timeoutMs,
    );
  }

  private inTime<T>(
    answer: Promise<T>,
    target: string,
    operation: string,
    timeoutMs: number | undefined,
    diagnose?: Awaited['diagnose'],
  ): Promise<T> {
    if (timeoutMs === undefined) return answer;
    const what = `no answer of ${JSON.stringify(operation)} from ${target}`;
    return withTimeout(answer, timeoutMs, this.ports.clock, { what, diagnose });
  }
}
