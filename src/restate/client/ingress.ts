/** The way of a client to the handlers: HTTP requests to the ingress of Restate. */
import { HostStoppedError, StorageError, UnknownOutcomeError } from '../../errors/index.js';
import { whenAborted } from '../../core/when-aborted.js';
import type { Clock } from '../../ports/clock.js';
import { keyOf } from '../wire/service-names.js';
import { Places } from './places.js';
import { Silence } from './silence.js';

export interface Target {
  readonly service: string;
  readonly key: string;
  readonly handler: string;
}

export interface Sent {
  readonly invocationId: string;
  /** Whether the idempotency key was known already. */
  readonly repeated: boolean;
}

/** The end of a wait for an invocation. `gone`: it has ended, and its result is not kept. */
export type Attached = { readonly kind: 'result'; readonly value: unknown } | { readonly kind: 'gone' | 'failed' };

interface Response {
  readonly status: number;
  readonly text: string;
}

/** How long a client tries to reach the ingress with one message, in ms. */
const reachMs = 30_000;
/** The maximum number of messages under way. Each has a connection. Calls have no such limit, because they can wait for one another. */
const sendsMax = 128;
const firstPauseMs = 50;
const pauseMaxMs = 2_000;
const healthPath = '/restate/health';

export class Ingress {
  /** The address that answered last. */
  private current = 0;
  private readonly closing = new AbortController();
  private readonly sends = new Places(sendsMax);
  /** One for each address. Empty if there is one address only: a request has nowhere else to go. */
  private readonly silences: readonly Silence[];

  /** @param addresses URLs without a slash at the end */
  constructor(
    private readonly addresses: readonly string[],
    private readonly clock: Clock,
  ) {
    const silence = (address: string) =>
      new Silence(clock, async (signal) => (await fetch(address + healthPath, { signal })).text());
    this.silences = addresses.length === 1 ? [] : addresses.map(silence);
  }

  /** Ends all requests. They reject with the error. */
  close(error: Error): void {
    this.closing.abort(error);
  }

  get isClosed(): boolean {
    return this.closing.signal.aborted;
  }

  /** Sends a message. Resolves when it is durable. */
  async send(target: Target, body: unknown, idempotencyKey: string, delayMs = 0): Promise<Sent> {
    const delay = delayMs > 0 ? `?delay=${Math.ceil(delayMs)}ms` : '';
    const request = () => this.reach(`${pathOf(target)}/send${delay}`, post(body, idempotencyKey), target);
    const { text } = await this.sends.run(request);
    const { invocationId, status } = JSON.parse(text) as { invocationId: string; status: string };
    return { invocationId, repeated: status === 'PreviouslyAccepted' };
  }

  /** Calls a handler. Resolves with its answer, however long it takes. */
  async call<Answer>(target: Target, body: unknown, idempotencyKey: string, signal?: AbortSignal): Promise<Answer> {
    const init = { ...post(body, idempotencyKey), ...(signal !== undefined && { signal }) };
    const { text } = await this.reach(pathOf(target), init, target);
    return (text === '' ? undefined : JSON.parse(text)) as Answer;
  }

  /** Waits for the end of an invocation. */
  async attach(invocationId: string, signal?: AbortSignal): Promise<Attached> {
    const { status, text } = await this.persist(`/restate/invocation/${encodeURIComponent(invocationId)}/attach`, {
      method: 'GET',
      ...(signal !== undefined && { signal }),
    });
    if (status === 200) return { kind: 'result', value: text === '' ? undefined : (JSON.parse(text) as unknown) };
    return { kind: status === 404 ? 'gone' : 'failed' };
  }

  /** Whether an ingress answers. */
  async isReachable(): Promise<boolean> {
    for (const index of this.addresses.keys()) {
      try {
        if ((await this.once(index, healthPath, { method: 'GET' })).status === 200) return true;
      } catch {
        // Another one may answer.
      }
    }
    return false;
  }

  /** A request that Restate accepts. @throws StorageError, UnknownOutcomeError, HostStoppedError */
  private async reach(path: string, init: RequestInit, { service, handler }: Target): Promise<Response> {
    const response = await this.persist(path, init);
    if (response.status === 200 || response.status === 202) return response;
    const reason = messageOf(response.text);
    if (response.status === 404) {
      const hint = 'Start a host that registers this code, and give it the option `admin`, or register its address.';
      throw new StorageError(`Restate does not know ${service}/${handler}: ${reason}`, hint);
    }
    if (response.status === 409) {
      throw new UnknownOutcomeError(`an operator ended the invocation of ${service}/${handler} (${reason})`);
    }
    throw new StorageError(`Restate refused a request to ${service}/${handler} (status ${response.status}): ${reason}`);
  }

  /** Repeats a request until an ingress answers, at one address after the other. */
  private async persist(path: string, init: RequestInit): Promise<Response> {
    const beginMs = this.clock.monotonicMs();
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, pauseMaxMs)) {
      let failure: unknown;
      for (let tried = 0; tried < this.addresses.length; tried++) {
        const index = this.current;
        try {
          const response = await this.once(index, path, init);
          if (response.status < 500 || response.text.includes('"source":"invocation"')) return response;
          failure = new Error(messageOf(response.text));
        } catch (error) {
          this.checkOpen(init);
          // The client of Node ends a request that waits for five minutes. The message is the same, so it is sent again.
          if (isTimeout(error)) return this.persist(path, init);
          failure = error;
        }
        // Many requests fail together: one of them goes on to the next address for all.
        if (this.current === index) this.current = (index + 1) % this.addresses.length;
      }
      if (this.clock.monotonicMs() - beginMs > reachMs) {
        throw new UnknownOutcomeError(`no ingress of Restate answers at ${this.addresses.join(', ')}`, failure);
      }
      await this.pause(pauseMs);
      this.checkOpen(init);
    }
  }

  private checkOpen({ signal }: RequestInit): void {
    if (this.isClosed) throw this.closing.signal.reason as Error;
    if (signal?.aborted === true) throw new HostStoppedError('the wait was given up');
  }

  private async once(index: number, path: string, init: RequestInit): Promise<Response> {
    const silent = new AbortController();
    const signals = [this.closing.signal, silent.signal, ...(init.signal instanceof AbortSignal ? [init.signal] : [])];
    const ended = this.silences[index]?.watch(silent);
    try {
      const response = await fetch(`${this.addresses[index]}${path}`, { ...init, signal: AbortSignal.any(signals) });
      return { status: response.status, text: await response.text() };
    } finally {
      ended?.();
    }
  }

  /** Resolves after `ms`. @throws the error of `close` */
  pause(ms: number): Promise<void> {
    const { signal } = this.closing;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const forget = whenAborted(signal, () => {
        timer.cancel();
        reject(signal.reason as Error);
      });
      const timer = this.clock.setTimer(ms, () => {
        forget();
        resolve();
      });
    });
  }
}

function post(body: unknown, idempotencyKey: string): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': encodeURIComponent(idempotencyKey) },
    body: JSON.stringify(body ?? null),
  };
}

function pathOf({ service, key, handler }: Target): string {
  return `/${service}/${encodeURIComponent(keyOf(key))}/${handler}`;
}

function messageOf(text: string): string {
  try {
    return String((JSON.parse(text) as { message?: unknown }).message ?? text);
  } catch {
    return text;
  }
}

function isTimeout(error: unknown): boolean {
  const { cause } = error as { cause?: { code?: unknown } };
  return cause?.code === 'UND_ERR_HEADERS_TIMEOUT' || cause?.code === 'UND_ERR_BODY_TIMEOUT';
}
