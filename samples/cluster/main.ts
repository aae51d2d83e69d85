import { setTimeout } from 'node:timers/promises';
import { DurableClient } from 'durable-entities';
import { Account } from '../bank/account.js';
import { transferMoney } from '../bank/transfer-money.js';
import { WorkerSlot } from './fleet.js';
import { Load } from './load.js';
import { readOptions } from './options.js';
import { startServer } from './server.js';
import { LiveTable } from './table.js';

const options = readOptions();
const server = options.storage === undefined ? await startServer() : undefined;
const storage = options.storage ?? server?.url;
if (storage === undefined) {
  console.log('No PostgreSQL server is installed. Run: apt-get install -y postgresql (or give --storage postgres://…)');
  process.exit(1);
}

const workers = ['worker 1', 'worker 2', 'worker 3'].map((name) => new WorkerSlot(name, storage));
const [first, second] = workers as [WorkerSlot, WorkerSlot];
// The first one makes the tables. The others get their share of its partitions.
for (const worker of workers) await worker.start();

const client = await DurableClient.connect({ storage, register: [Account, transferMoney] });
const load = new Load(client, options.inFlight);
await load.open();

const table = new LiveTable();
const shown = setInterval(() => table.show(workers, load.outcomes.size), 500);
const running = load.run();
const partMs = (options.seconds * 1_000) / 4;

await setTimeout(partMs);
table.say(`SIGKILL of ${second.name}. The others take its partitions when its lease of 3 s is over.`);
await second.kill();
await setTimeout(partMs);
table.say(`${second.name} starts again, and gets partitions back.`);
await second.start();
await setTimeout(partMs);
table.say(`${first.name} stops. The others get its partitions at once.`);
await first.stop();
await setTimeout(partMs);

load.end();
await running;
clearInterval(shown);
table.show(workers, load.outcomes.size);
const wrong = await load.wrongAccounts();
await client.close();
for (const worker of workers) await worker.stop();
await server?.stop();
console.log(wrong === 0 ? 'The books are right.' : `The books are WRONG: ${wrong} accounts`);
process.exitCode = wrong === 0 ? 0 : 1;
