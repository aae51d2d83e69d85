import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DurableHost, defineEntity } from 'durable-entities';
import { counterId, drain } from './add-from-queue.js';
import { FileQueue, type QueueMessage } from './file-queue.js';

const counter = defineEntity('Counter', { effects: 'none' }, (context) => {
  const value = context.getState(() => 0);
  if (context.operationName === 'add') context.setState(value + context.getInput<number>());
  else if (context.operationName === 'get') context.return(value);
  else context.unknownOperation();
});

const folder = await mkdtemp(join(tmpdir(), 'queue-client-'));
const queue = new FileQueue(folder);
for (const [id, text] of Object.entries({ m1: '1', m2: '10', m3: 'many', m4: '100' })) await queue.send(id, text);

/** The work of one process, from its start to its end. */
async function worker(onSignalled: (message: QueueMessage) => void): Promise<void> {
  await using host = await DurableHost.start({ storage: join(folder, 'counters.db'), register: [counter] });
  try {
    await drain(queue, host.client, onSignalled);
    console.log('  the queue is empty,', await queue.countRefused(), 'message was refused');
  } catch (error) {
    console.log(' ', (error as Error).message);
  }
  console.log('  the counter says', await host.client.callEntity(counterId, 'get'));
}

console.log('a worker dies before it can acknowledge m2');
await worker(({ id, text }) => {
  console.log(`  message ${id}: a signal to add ${text}`);
  if (id === 'm2') throw new Error('out of power');
});

console.log('another one takes over: m2 comes again');
await worker(({ id, text }) => console.log(`  message ${id}: a signal to add ${text}`));

await rm(folder, { recursive: true });
