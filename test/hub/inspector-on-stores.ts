/** An inspector of a worker, or of a client that reads the rows, on stores of one place. */
import { createClassSupport } from '../../src/classes/index.js';
import { ClientIntake } from '../../src/engines/sql/client-intake.js';
import type { Store } from '../../src/engines/sql/ports/store.js';
import { SqlTaskHub } from '../../src/engines/sql/sql-task-hub.js';
import { inspectClient, inspectHost } from '../../src/host/inspect.js';
import { NodeClock } from '../../src/host/node-clock.js';
import { NodeRandom } from '../../src/host/node-random.js';
import { engineOptions } from '../../src/host/options.js';
import { startWorker } from '../../src/host/start-worker.js';
import { definitions, type InspectorUnderTest } from './inspector-conformance.js';

export const silent = { debug() {}, info() {}, warn() {}, error() {} };
export const classes = createClassSupport({ registered: definitions });

/** @param dispose deletes the place after the test */
export async function inspectorOnStores(
  isWorker: boolean,
  makeStore: () => Promise<Store>,
  dispose: () => Promise<void>,
): Promise<InspectorUnderTest> {
  const options = { register: definitions, strict: 'off' } as const;
  const clock = new NodeClock();
  const ports = { clock, random: new NodeRandom(), logger: silent, makeStore };
  const { engine, store } = await startWorker(options, engineOptions(options, 'test'), ports);
  const { partitionCount } = await store.readHub();
  const common = { logger: silent, partitionCount, classes, clock };
  const other = isWorker ? undefined : await makeStore();
  const hub = other === undefined ? undefined : await other.open();
  const userCode = { names: [], entity: () => undefined, orchestration: () => undefined, activity: () => undefined };
  const intake =
    other === undefined || hub === undefined
      ? undefined
      : new ClientIntake({ store: other, clock, random: new NodeRandom(), userCode }, { name: 'client', hub });
  return {
    hub: new SqlTaskHub(engine),
    isWorker,
    until: (promise) => promise,
    inspector:
      other === undefined || intake === undefined
        ? inspectHost({ ...common, engine, store })
        : inspectClient({
            ...common,
            store: other,
            process: 'client',
            hubTimeMs: () => intake.hubTimeMs(),
            isClosed: () => false,
          }),
    async stop() {
      await intake?.close(new Error('closed'));
      await other?.close();
      await engine.stop();
      await store.close();
      await dispose();
    },
  };
}
