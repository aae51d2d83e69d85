/** The inspectors of the SQL engine pass one suite: over the worker and over the rows, in memory and on SQLite. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqlTaskHub } from '../../src/engines/sql/sql-task-hub.js';
import { inspectClient, inspectHost } from '../../src/host/inspect.js';
import { storeFor } from '../../src/host/storage.js';
import { copyEmptyHub } from '../storage/empty-hub.js';
import { World } from '../engine/world.js';
import { classes, inspectorOnStores, silent } from './inspector-on-stores.js';
import { definitions, inspectorConformance } from './inspector-conformance.js';

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
    return inspectorOnStores(
      isWorker,
      () => storeFor(file, silent),
      () => rm(folder, { recursive: true }),
    );
  });
}
