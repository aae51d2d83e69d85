import { Entity, Operation } from 'durable-entities';

export interface Permission {
  readonly granted: boolean;
  /** The time until the next request is granted, if this one is refused. */
  readonly retryAfterMs: number;
}

const capacity = 3;
const refillMs = 1_000;

/** A bucket of tokens per client. Each request takes one token. Each second adds one, up to three. */
@Entity({ effects: 'none' })
export class RateLimiter {
  tokens = capacity;

  /** The time until which tokens have been added. */
  refilledAtMs = 0;

  @Operation()
  async request(): Promise<Permission> {
    const now = Date.now(); // an operation may read the clock, because it is not replayed; an orchestration may not
    this.refill(now);
    if (this.tokens === 0) return { granted: false, retryAfterMs: this.refilledAtMs + refillMs - now };
    this.tokens--;
    return { granted: true, retryAfterMs: 0 };
  }

  private refill(now: number): void {
    const due = Math.floor((now - this.refilledAtMs) / refillMs);
    this.tokens = Math.min(capacity, this.tokens + due);
    // The refill of a full bucket starts when a request takes a token.
    this.refilledAtMs = this.tokens === capacity ? now : this.refilledAtMs + due * refillMs;
  }
}
