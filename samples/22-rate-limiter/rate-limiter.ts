import { Entity, Operation } from 'durable-entities'; // in your program: from 'durable-entities'

export interface Permission {
  readonly granted: boolean;
  /** When refused: how long until the next one is granted. */
  readonly retryAfterMs: number;
}

const capacity = 3;
const refillMs = 1_000;

/** A bucket of tokens per client: each request takes one, and one comes back every second, up to three. */
@Entity({ effects: 'none' })
export class RateLimiter {
  tokens = capacity;

  /** Until when tokens have been refilled. */
  refilledAtMs = 0;

  @Operation()
  async request(): Promise<Permission> {
    const now = Date.now(); // an operation happens once, so it may look at the clock; an orchestration may not
    this.refill(now);
    if (this.tokens === 0) return { granted: false, retryAfterMs: this.refilledAtMs + refillMs - now };
    this.tokens--;
    return { granted: true, retryAfterMs: 0 };
  }

  private refill(now: number): void {
    const due = Math.floor((now - this.refilledAtMs) / refillMs);
    this.tokens = Math.min(capacity, this.tokens + due);
    // A full bucket begins to wait when something is taken from it.
    this.refilledAtMs = this.tokens === capacity ? now : this.refilledAtMs + due * refillMs;
  }
}
