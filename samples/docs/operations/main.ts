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

const lines: string[] = [];

// #region logger
import type { Logger } from 'durable-entities';

// A pino logger has these methods: `logger: pino()`.
const logger: Logger = {
  debug: () => {},
  info: (fields, message) => lines.push(`info ${message} ${JSON.stringify(fields)}`),
  warn: (fields, message) => lines.push(`warn ${message} ${JSON.stringify(fields)}`),
  error: (fields, message) => lines.push(`error ${message} ${JSON.stringify(fields)}`),
};
// #endregion

// #region host
const host = await DurableHost.start({
  storage: 'shop.db',
  register: [Counter],
  logger,
  stopTimeout: '10s', // the time for running activities and external operations to end at `stop`
  maxConcurrentActivities: 64,
  maxConcurrentExternal: 256,
  maxIdleInstances: 20_000,
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void host.stop().then(() => process.exit(0)));
}
// #endregion

console.log(await host.client.callEntity(Counter, 'a', (counter) => counter.add(1)));

// #region second
// Usually in another process, with the same program.
const second = await DurableHost.start({ storage: 'shop.db', register: [Counter], logger });
console.log(host.role, second.role);
// #endregion

// #region status
const { role, ready, worker } = host.status();
console.log(role, ready, worker?.partitions.length, worker?.backlog);
// #endregion

// #region connect
import { DurableClient } from 'durable-entities';

// In a process without a host: a web server, a command line tool.
const client = await DurableClient.connect({ storage: 'shop.db', register: [Counter] });
console.log(await client.callEntity(Counter, 'a', (counter) => counter.add(1)));
await client.close();
// #endregion

// #region within
import { DataSource } from 'typeorm';

const application = new DataSource({ type: 'sqlite', database: 'shop.db' });
await application.initialize();
await application.query('CREATE TABLE IF NOT EXISTS orders (id text PRIMARY KEY)');

await application.transaction(async (entityManager) => {
  await entityManager.query('INSERT OR REPLACE INTO orders VALUES (?)', ['order-1']);
  await host.client.within(entityManager).signalEntity(Counter, 'a', (counter) => counter.add(10));
});
// #endregion
console.log(await host.client.callEntity(Counter, 'a', (counter) => counter.add(1)));
await application.destroy();

// #region dead-letters
for await (const letter of host.client.deadLetters()) {
  console.log(letter.entityId.toString(), letter.operationName, letter.attempts, letter.reason, letter.at);
  await host.client.deadLetters().retry(letter.id); // or discard(letter.id)
}
// #endregion

await host.stop();
await second.active();
console.log(second.role);
await second.stop();
