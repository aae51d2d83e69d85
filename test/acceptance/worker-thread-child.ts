/* oxlint-disable unicorn/require-post-message-target-origin -- a thread of Node has no origin */
/** Starts a host in a worker thread, terminates the thread while it works, and says how the start came out, or how many calls there were. */
import 'reflect-metadata';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { DurableError, DurableHost, defineEntity, EntityId } from '../../src/index.js';

const quiet = () => {};
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const counter = defineEntity('Counter', { effects: 'none' }, (context) => {
  const n = context.getState(() => 0) + 1;
  context.setState(n);
  return n;
});

async function work(storage: string): Promise<void> {
  let host: DurableHost;
  try {
    host = await DurableHost.start({ storage, register: [counter], logger });
  } catch (error) {
    if (!(error instanceof DurableError)) throw error;
    parentPort!.postMessage({ code: error.code, message: error.message, hint: error.hint });
    return;
  }
  for (;;) parentPort!.postMessage({ calls: await host.client.callEntity(new EntityId('Counter', 'k'), 'add') });
}

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url), { workerData: process.argv[2] });
  worker.on('message', (said: { readonly code?: string; readonly calls?: number }) => {
    // In the middle of its commits, where it has started.
    if (said.code === undefined && said.calls !== 20) return;
    void worker.terminate().then(() => {
      process.send!(said);
      process.disconnect();
    });
  });
} else await work(workerData as string);
