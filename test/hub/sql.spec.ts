/** The SQL engine passes the suite of task hubs: in the worker's process and in another one, in memory, on SQLite and on servers. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqlTaskHub } from '../../src/engines/sql/sql-task-hub.js';
import { NodeClock } from '../../src/host/node-clock.js';
import { NodeRandom } from '../../src/host/node-random.js';
import { engineOptions } from '../../src/host/options.js';
import { startWorker } from '../../src/host/start-worker.js';
import { storeFor } from '../../src/host/storage.js';
import { hasMysql } from '../servers/mysql.js';
import { hasPostgres } from '../servers/postgres.js';
import { copyEmptyHub } from '../storage/empty-hub.js';
import { createMysqlDatabase, type MysqlTestDatabase } from '../storage/mysql-databases.js';
import { createDatabase, type PostgresTestDatabase } from '../storage/postgres-databases.js';
import { World } from '../engine/world.js';
import { definitions, taskHubConformance } from './conformance.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

taskHubConformance('the SQL engine in the worker’s process, on the memory store', async () => {
  const world = new World(definitions);
  const { engine } = await world.start();
  return {
    hub: new SqlTaskHub(engine),
    until: (promise) => world.until(promise),
    quiet: () => world.quiet(),
    stop: () => world.until(engine.stop()),
  };
});

taskHubConformance('the SQL engine from another process, on the memory store', async () => {
  const world = new World(definitions);
  const { engine } = await world.start();
  const { intake } = await world.until(world.connect());
  return {
    hub: new SqlTaskHub(intake),
    until: (promise) => world.until(promise),
    quiet: () => world.quiet(),
    stop: async () => {
      await world.until(intake.close(new Error('closed')));
      await world.until(engine.stop());
    },
  };
});

taskHubConformance('the SQL engine on a SQLite file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'task-hub-'));
  await copyEmptyHub(join(folder, 'hub.db'));
  const options = { register: definitions, strict: 'off' } as const;
  const { engine, store } = await startWorker(options, engineOptions(options, 'test'), {
    clock: new NodeClock(),
    random: new NodeRandom(),
    logger: silent,
    makeStore: () => storeFor(join(folder, 'hub.db'), silent),
  });
  return {
    hub: new SqlTaskHub(engine),
    until: (promise) => promise,
    quiet: async () => {},
    stop: async () => {
      await engine.stop();
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
});

/** The hub of a worker on a database server. */
function onServer(makeDatabase: () => Promise<Pick<PostgresTestDatabase | MysqlTestDatabase, 'storage' | 'dispose'>>) {
  return async () => {
    const database = await makeDatabase();
    const options = { register: definitions, strict: 'off' } as const;
    const { engine, store } = await startWorker(options, engineOptions(options, 'test'), {
      clock: new NodeClock(),
      random: new NodeRandom(),
      logger: silent,
      makeStore: () => storeFor(database.storage, silent),
    });
    return {
      hub: new SqlTaskHub(engine),
      until: <T>(promise: Promise<T>) => promise,
      quiet: async () => {},
      stop: async () => {
        await engine.stop();
        await store.close();
        await database.dispose();
      },
    };
  };
}

if (hasPostgres()) taskHubConformance('the SQL engine on a PostgreSQL database', onServer(createDatabase));

if (hasMysql()) taskHubConformance('the SQL engine on a MySQL or MariaDB database', onServer(createMysqlDatabase));
