/** The limit of failed logins: after five wrong secrets of one address within a minute, further ones are refused unseen. */
import type { Clock } from '../ports/clock.js';
import { HttpProblem } from './problem.js';

const failuresMax = 5;
const windowMs = 60_000;
/** The maximum number of addresses that are remembered. Beyond it the oldest one is forgotten. */
const addressesMax = 10_000;

export class FailureLimit {
  /** Times of the failures in the last minute, by address. */
  private readonly failures = new Map<string, readonly number[]>();

  constructor(private readonly clock: Clock) {}

  isReached(address: string): boolean {
    return this.recent(address).length >= failuresMax;
  }

  /** @throws HttpProblem if this address has failed too often */
  check(address: string): void {
    if (!this.isReached(address)) return;
    const times = this.recent(address);
    const waitMs = (times[0] as number) + windowMs - this.clock.monotonicMs();
    throw new HttpProblem(
      'DE_HTTP_TOO_MANY_FAILURES',
      `${failuresMax} wrong tokens or keys came from this address within a minute.`,
      'Wait a minute. Then send a valid token.',
      { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1_000))) },
    );
  }

  failed(address: string): void {
    const times = [...this.recent(address), this.clock.monotonicMs()];
    this.failures.delete(address);
    const oldest = this.failures.size < addressesMax ? undefined : this.failures.keys().next().value;
    if (oldest !== undefined) this.failures.delete(oldest);
    this.failures.set(address, times);
  }

  private recent(address: string): readonly number[] {
    const since = this.clock.monotonicMs() - windowMs;
    return this.failures.get(address)?.filter((time) => time > since) ?? [];
  }
}
