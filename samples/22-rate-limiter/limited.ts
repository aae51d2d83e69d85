import type { DurableClient } from 'durable-entities';
import { RateLimiter } from './rate-limiter.js';

export class TooManyRequests extends Error {
  override readonly name = 'TooManyRequests';

  constructor(readonly retryAfterMs: number) {
    super('too many requests');
  }
}

/** Does the action if the rate limit of the user allows it. @throws TooManyRequests */
export async function limited<T>(client: DurableClient, user: string, action: () => Promise<T>): Promise<T> {
  const { granted, retryAfterMs } = await client.callEntity(RateLimiter, user, (limiter) => limiter.request());
  if (!granted) throw new TooManyRequests(retryAfterMs);
  return action();
}
