import { DurableHost, Entity, Operation } from 'durable-entities';

@Entity({ effects: 'none' })
class Counter {
  value = 0;

  @Operation()
  async add(amount: number): Promise<number> {
    this.value += amount;
    return this.value;
  }
}

const host = await DurableHost.start({ storage: 'shop.db', register: [Counter] });
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const options = { logger: quiet };

// #region serve
import { serve } from 'durable-entities/http';

const server = await serve({
  ...options,
  client: host.client,
  status: () => host.status(),
  port: 0, // a free one; without this line 7071
  tokens: { write: 'a-token-of-16-characters-or-more' },
});
// #endregion

const address = `${server.url}/api/v1/entities/counter/a/call`;
const call = (headers: Record<string, string>) =>
  fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-durable-entities': '1', ...headers },
    body: JSON.stringify({ operation: 'add', input: 2 }),
  });
const refused = await call({});
console.log('without a token ->', refused.status, ((await refused.json()) as { code: string }).code);
const answered = await call({ authorization: 'Bearer a-token-of-16-characters-or-more' });
console.log('with a token    ->', answered.status, JSON.stringify(await answered.json()));

await server.close();
await host.stop();
