import { setTimeout } from 'node:timers/promises';
import { DurableHost } from 'durable-entities';
import { limited, TooManyRequests } from './limited.js';
import { RateLimiter } from './rate-limiter.js';

await using host = await DurableHost.start({ storage: ':memory:', register: [RateLimiter] });
const { client } = host;

/** Returns the time to wait, in ms. */
async function search(user: string): Promise<number> {
  try {
    await limited(client, user, async () => console.log(`${user}: found something`));
    return 0;
  } catch (error) {
    if (!(error instanceof TooManyRequests)) throw error;
    console.log(`${user}: ${error.message}`);
    return error.retryAfterMs;
  }
}

let waitMs = 0;
for (let i = 0; i < 5; i++) waitMs = await search('ann');
await search('bob'); // has a separate bucket

console.log(waitMs > 0 && waitMs <= 1_000 ? '(a pause of less than a second)' : `(a pause of ${waitMs} ms)`);
await setTimeout(waitMs + 5);
await search('ann');
await search('ann');
