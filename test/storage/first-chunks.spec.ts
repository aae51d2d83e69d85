import { assert } from 'chai';
import { join } from 'node:path';
import { sqliteStore, type TypeOrmStore } from '../../src/storage/typeorm/index.js';
import { SqliteHandle, loadSqlite } from '../../src/storage/typeorm/sqlite/sqlite-driver.js';
import { TestWorker, epochMs, put } from '../conformance/harness.js';
import { makeFolder, removeFolder } from './sqlite-files.js';
import { withTypeOrm } from './typeorm-over.js';

const times = { hubTimeMs: epochMs, activeMs: 7 };
const chunk = (instance: string, execution: string, n = 0) => ({
  instance,
  execution,
  chunk: n,
  events: `[["s",1,"${instance}\\n"]]`,
});
const run = (id: string, status: 'completed' | 'running') =>
  put(id, {
    kind: 'orchestration',
    key: '',
    status,
    ...(status === 'completed' ? { endedAtMs: epochMs, endedActiveMs: 7 } : {}),
  });

describe('the row of an orchestration on SQLite', () => {
  let folder: string;
  let file: string;
  const stores: TypeOrmStore[] = [];
  beforeEach(async () => {
    folder = await makeFolder();
    file = join(folder, 'hub.db');
  });
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
    await removeFolder(folder);
  });

  async function opened(): Promise<TypeOrmStore> {
    const store = sqliteStore(file, { wallMs: () => epochMs });
    stores.push(store);
    await store.open();
    return store;
  }

  async function rows(sql: string): Promise<object[]> {
    const sqlite = await loadSqlite();
    const handle = await SqliteHandle.open(sqlite, file, sqlite.OPEN_READONLY);
    try {
      return await handle.all(sql);
    } finally {
      await handle.close();
    }
  }

  async function written(): Promise<TypeOrmStore> {
    const store = await opened();
    const worker = await TestWorker.start(store);
    const history = [chunk('ended', '1-1'), chunk('open', '1-2')];
    await worker.commit({ ...times, instances: [run('ended', 'completed'), run('open', 'running')], history });
    await worker.commit({ history: [chunk('open', '1-2', 1)], leave: true });
    return store;
  }

  it('has the first chunk of the history if it began and ended in one batch, and only then', async () => {
    await written();
    assert.deepEqual(await rows('SELECT instance, chunk FROM de_history ORDER BY chunk'), [
      { instance: 'open', chunk: 0 },
      { instance: 'open', chunk: 1 },
    ]);
    assert.deepEqual(await rows('SELECT id FROM de_instance WHERE first_chunk IS NOT NULL'), [{ id: 'ended' }]);
  });

  it('gets the column by a migration that changes no row, and its undoing gives the chunks back', async () => {
    const before = await written();
    const load = async (store: TypeOrmStore) => [
      await store.loadHistory('ended', '1-1'),
      await store.loadHistory('open', '1-2'),
      await store.loadInstances(['ended', 'open']),
    ];
    const expected = await load(before);
    assert.deepEqual(expected[0], [chunk('ended', '1-1')]);
    await before.close();
    await withTypeOrm(file, async (dataSource) => {
      await dataSource.undoLastMigration();
      assert.deepEqual(
        await dataSource.query("SELECT execution, chunk, events FROM de_history WHERE instance = 'ended'"),
        [{ execution: '1-1', chunk: 0, events: chunk('ended', '').events }],
      );
      assert.deepEqual(await dataSource.query('SELECT schema_version, min_reader FROM de_task_hub'), [
        { schema_version: 4, min_reader: 4 },
      ]);
    });
    const after = await opened();
    assert.deepEqual(await load(after), expected);
    assert.lengthOf(await rows('SELECT id FROM de_instance WHERE first_chunk IS NOT NULL'), 0);
    assert.deepEqual(await rows('SELECT schema_version FROM de_task_hub'), [{ schema_version: 5 }]);
  });
});
