/** A connected client of the soak: comes, works, and goes in one of three ways. Run by `Clients`: `node client.js '{…}'`. */
import { setTimeout } from 'node:timers/promises';
import { DurableClient, type RunHandle } from '../../src/index.js';
import { randomFrom } from '../chaos/random.js';
import { id } from '../engine/programs.js';
import type { ClientMessage, ClientSettings } from './protocol.js';
import { errand, failing, waiting, workload } from './workload.js';

const settings = JSON.parse(process.argv[2] as string) as ClientSettings;
const { storage, keptMs, name, seed, ending, livesMs, everyMs } = settings;
const tell = (message: ClientMessage) => process.send?.(message);
process.on('disconnect', () => process.exit(4));
const random = randomFrom(seed);
const timeout = '30s';
const logger = { debug() {}, info() {}, warn() {}, error: console.error };

const client = await DurableClient.connect({ storage, register: workload(keptMs), logger });
const endMs = performance.now() + livesMs;
const underWay = new Set<Promise<void>>();
for (let number = 1; performance.now() < endMs; number++) {
  const done = act(number).then(
    () => void tell({ acked: 1 }),
    (error: Error) => void tell({ surprise: `${name}-${number}: ${String(error)}` }),
  );
  underWay.add(done);
  void done.then(() => underWay.delete(done));
  await setTimeout(everyMs);
}
// In the middle of what it does: the runner kills it at the same time.
if (ending === 'killed') await new Promise(() => {});
if (ending === 'ended without close()') process.exit(0);
await Promise.all(underWay);
await client.close();
process.exit(0);

async function act(number: number): Promise<void> {
  const visitor = `${name}-${number}`;
  const requestId = `${name}-${number}`;
  const drawn = random();
  if (drawn < 0.3)
    return void (await client.callEntity(id('Visitor', visitor), 'visit', undefined, { requestId, timeout }));
  if (drawn < 0.5) return void (await client.signalEntity(id('Visitor', visitor), 'visit', undefined, { requestId }));
  if (drawn < 0.8) {
    const run = await client.startNew(errand, { instanceId: requestId, input: visitor });
    return void (await run.result({ timeout }));
  }
  if (drawn < 0.9) {
    const run = await client.startNew(failing, { instanceId: requestId, input: visitor });
    return endsWith('DE_ORCHESTRATION_FAILED', run);
  }
  const run = await client.startNew(waiting, { instanceId: requestId });
  await run.terminate('enough');
  return endsWith('DE_ORCHESTRATION_TERMINATED', run);
}

async function endsWith(code: string, run: RunHandle): Promise<void> {
  try {
    await run.result({ timeout });
  } catch (error) {
    if ((error as { code?: string }).code !== code) throw error;
    return;
  }
  throw new Error(`it was done, and should have ended with ${code}`);
}
