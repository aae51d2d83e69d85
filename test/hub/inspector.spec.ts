/** The inspectors of the SQL engine pass one suite: over the worker and over the rows, in memory, on SQLite and on servers. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClientIntake } from '../../src/engines/sql/client-intake.js';
import type { Store } from '../../src/engines/sql/ports/store.js';
import { SqlTaskHub } from '../../src/engines/sql/sql-task-hub.js';
import { createClassSupport } from '../../src/classes/index.js';
import { inspectClient, inspectHost } from '../../src/host/inspect.js';
import { NodeClock } from '../../src/host/node-clock.js';
import { NodeRandom } from '../../src/host/node-random.js';
import { engineOptions } from '../../src/host/options.js';
import { startWorker } from '../../src/host/start-worker.js';
import { storeFor } from '../../src/host/storage.js';
import { hasMysql } from '../servers/mysql.js';
import { hasPostgres } from '../servers/postgres.js';
import { createMysqlDatabase } from '../storage/mysql-databases.js';
import { copyEmptyHub } from '../storage/empty-hub.js';
import { createDatabase } from '../storage/postgres-databases.js';
import { World } from '../engine/world.js';
import { definitions, inspectorConformance, type InspectorUnderTest } from './inspector-conformance.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const classes = createClassSupport({ registered: definitions });

for (const isWorker of [true, false]) {
  const where = isWorker ? 'in the worker’s process' : 'in another process';

  inspectorConformance(`${where}, on the memory store`, async () => {
    const world = new World(definitions);
    const { engine, store, clock } = await world.start();
    const common = { logger: silent, partitionCount: 4, classes };
    const hub = new SqlTaskHub(engine);
    const stop = () => world.until(engine.stop());
    const until = <T>(promise: Promise<T>) => world.until(promise);
    if (isWorker) return { hub, isWorker, until, stop, inspector: inspectHost({ ...common, engine, store, clock }) };
    const connected = await world.until(world.connect());
    const { intake } = connected;
    const inspector = inspectClient({
      ...common,
      store: connected.store,
      clock: connected.clock,
      process: 'client',
      hubTimeMs: () => intake.hubTimeMs(),
      isClosed: () => false,
    });
    return { hub, isWorker, until, stop, inspector };
  });

  inspectorConformance(`${where}, on a SQLite file`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'inspector-'));
    const file = join(folder, 'hub.db');
    await copyEmptyHub(file);
    return onStores(
      isWorker,
      () => storeFor(file, silent),
      () => rm(folder, { recursive: true }),
    );
  });

  const onServer = (create: typeof createDatabase | typeof createMysqlDatabase) => async () => {
    const database = await create();
    return onStores(
      isWorker,
      () => storeFor(database.storage, silent),
      () => database.dispose(),
    );
  };
  if (hasPostgres()) inspectorConformance(`${where}, on a PostgreSQL database`, onServer(createDatabase));
  if (hasMysql()) inspectorConformance(`${where}, on a MySQL or MariaDB database`, onServer(createMysqlDatabase));
}

async function onStores(
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
