import { assert } from 'chai';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataSource, QueryRunner } from 'typeorm';
import { sqliteStore, type TypeOrmStore } from '../../src/storage/typeorm/index.js';
import { FormatTwo1764200000000 } from '../../src/storage/typeorm/sqlite/migrations/1764200000000-format-two.js';
import { SqliteHandle, loadSqlite } from '../../src/storage/typeorm/sqlite/sqlite-driver.js';
import { TestWorker, epochMs, ids, message, put } from '../conformance/harness.js';
import { makeFolder, removeFolder } from './sqlite-files.js';
import { withTypeOrm } from './typeorm-over.js';

/** The row of an orchestration as version 0.1 wrote it. */
function oldRun(id: string, status: string, record: object | string, updatedAt = epochMs): string {
  const state =
    typeof record === 'string' ? record : JSON.stringify({ name: 'Flow', execution: '1-1', status, ...record });
  return `INSERT INTO de_instance VALUES ('${id}', 'orchestration', 'Flow', '', 1, 4, '${state}', NULL, '${status}', 1, ${updatedAt})`;
}

/** Names as applications give them, with the ids of their inbox rows. */
const names = { r: 2 ** 32 + 9, R: 1, __proto__x: 2, constructor: 3, '\u{1F600} "\\ \n \u0001': 4, '$.x': 5, '': 6 };

function entity(key: string, meta: string): string {
  return `INSERT INTO de_instance VALUES ('@counter@${key}', 'entity', 'counter', '${key}', 2, 7, NULL, '${meta.replaceAll("'", "''")}', NULL, 1, 2)`;
}

const parent = { to: 'run', instance: 'order-1', execution: '1-1', task: 3 };

const rows = [
  `INSERT INTO de_instance VALUES ('@counter@a', 'entity', 'counter', 'a', 2, 7, '{"parent":{"instance":"x"}}', NULL, NULL, 1, 2)`,
  entity('named', `{"lock":{"instance":"i","execution":"x","section":1},"named":${JSON.stringify(names)},"expires":7}`),
  entity('only', '{"named":{"r":4294967299}}'),
  entity('locked', '{"lock":{"instance":"i","execution":"x","section":1}}'),
  entity('broken', '{"named":'),
  entity('worse', '{"named":{"text":"x","none":null}}'),
  entity('list', '{"named":[1]}'),
  oldRun('order-1', 'running', {}),
  oldRun('order-1/ship', 'completed', { parent }, epochMs + 1),
  oldRun('order-1/bill', 'failed', { parent }, epochMs + 2),
  oldRun('order-2', 'terminated', {}, epochMs + 3),
  oldRun('paused', 'suspended', { parent }),
  oldRun('damaged', 'completed', '{"parent":', epochMs + 4),
  `INSERT INTO de_history VALUES ('order-1', '1-1', 0, '[]')`,
  `INSERT INTO de_inbox (id, partition, target, arrival, due, body) VALUES (${2 ** 32 + 1}, 2, '@counter@a', NULL, NULL, '{}')`,
  `INSERT INTO de_inbox (id, partition, target, arrival, due, body) VALUES (${2 ** 53 - 1}, 2, '@counter@a', 1, NULL, '{}')`,
  `INSERT INTO de_receipt VALUES ('@counter@a', 'r1', 'h', '1', ${epochMs})`,
  `INSERT INTO de_receipt VALUES ('@counter@a', 'r0', 'h', NULL, ${epochMs})`,
  `INSERT INTO de_receipt VALUES ('@counter@b', 'r0', 'h', NULL, ${epochMs})`,
  `INSERT INTO de_dead_letter VALUES (9, '@counter@a', '{}', 3, 'r', ${epochMs})`,
  `INSERT INTO de_worker (name, seq, alive, expires_at, kind, holds) VALUES ('w', 5, 1, ${epochMs}, 'worker', 1)`,
  `INSERT INTO de_worker (name, seq, alive, expires_at, kind, holds) VALUES ('c', 5, 1, ${epochMs}, 'client', 0)`,
];

/** Undoes the migration to format 2 and what came after it. */
async function undoToVersion3(dataSource: DataSource): Promise<void> {
  for (let count = 0; count < 2; count++) await dataSource.undoLastMigration();
}

describe('the migration to format 2', () => {
  let folder: string;
  let file: string;
  const stores: TypeOrmStore[] = [];

  /** Tables of version 0.1 with every kind of row in them. */
  beforeEach(async () => {
    folder = await makeFolder();
    file = join(folder, 'hub.db');
    await (await opened(file)).close();
    await withTypeOrm(file, async (dataSource) => {
      await undoToVersion3(dataSource);
      for (const sql of rows) await dataSource.query(sql);
    });
  });
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
    await removeFolder(folder);
  });

  async function opened(path: string): Promise<TypeOrmStore> {
    const store = sqliteStore(path, { wallMs: () => epochMs });
    stores.push(store);
    await store.open();
    return store;
  }

  async function assertMigrated(store: TypeOrmStore): Promise<void> {
    const runs = await store.queryInstances({ kind: 'orchestration' }, { limit: 99, withState: false });
    assert.deepEqual(
      runs.map((row) => [row.id, row.endedAtMs, row.endedActiveMs, row.parent]),
      [
        ['damaged', epochMs + 4, 0, null],
        ['order-1', null, null, null],
        ['order-1/bill', epochMs + 2, 0, 'order-1'],
        ['order-1/ship', epochMs + 1, 0, 'order-1'],
        ['order-2', epochMs + 3, 0, null],
        ['paused', null, null, 'order-1'],
      ],
    );
    const [entity] = await store.loadInstances(['@counter@a']);
    assert.include(entity, { version: 7, parent: null, endedAtMs: null });
    await assertNames(store);
    const receipts = await store.scanReceipts({ limit: 9 });
    assert.deepEqual(
      receipts.map(({ requestId, target, atMs }) => [requestId, target, atMs]),
      [['r0', '@counter@a', 0], ['r0', '@counter@b', 0], ['r1', '@counter@a', 0]], // prettier-ignore
    );
    assert.deepInclude(await store.loadReceipts([{ target: '@counter@a', requestId: 'r1' }]), {
      target: '@counter@a',
      requestId: 'r1',
      hash: 'h',
      outcome: '1',
      atMs: 0,
    });
    assert.deepInclude((await store.loadDeadLetters({ limit: 9 }))[0], { id: 9, atMs: epochMs, activeMs: 0 });
    assert.lengthOf(await store.loadHistory('order-1', '1-1'), 1);
  }

  async function assertNames(store: TypeOrmStore): Promise<void> {
    const keys = ['named', 'only', 'locked', 'broken', 'worse', 'list'].map((key) => `@counter@${key}`);
    const metas = (await store.loadInstances(keys)).map(({ id, meta }) => [id, meta] as const);
    const lock = '"lock":{"instance":"i","execution":"x","section":1}';
    assert.deepEqual(Object.fromEntries(metas), {
      '@counter@named': `{${lock},"expires":7}`,
      '@counter@only': null,
      '@counter@locked': `{${lock}}`,
      '@counter@broken': '{"named":',
      '@counter@worse': null,
      '@counter@list': '{"named":[1]}',
    });
    const found = await store.loadNamedSignals(keys);
    const of = (key: string): Record<string, unknown> =>
      Object.fromEntries(found.flatMap(({ entity, name, row }) => (entity === `@counter@${key}` ? [[name, row]] : [])));
    assert.deepEqual(of('named'), names);
    assert.deepEqual(of('only'), { r: 2 ** 32 + 3 });
    assert.deepEqual(of('worse'), { text: 'x', none: 'null' });
    assert.lengthOf(found, Object.keys(names).length + 3);
  }

  it('keeps every row, says when runs ended and whose children they are, and lets what is kept for a time live its whole time', async () => {
    const store = await opened(file);
    await assertMigrated(store);
    await store.retire(1);
    const worker = await TestWorker.start(store);
    assert.deepEqual(ids(await worker.backlog()), [2 ** 53 - 1, 2 ** 32 + 1]);
    await worker.commit({
      consumed: [2 ** 32 + 1],
      inbox: [message(Number.MIN_SAFE_INTEGER)],
      instances: [
        put('order-1', { kind: 'orchestration', key: '', version: 5, status: 'running', tags: [['a', 'b']] }),
      ],
    });
    assert.lengthOf(
      await store.queryInstances({ kind: 'orchestration', tags: [['a', 'b']] }, { limit: 9, withState: true }),
      1,
    );
  });

  it('that ends in the middle, after any of its statements, leaves tables that are migrated by the next start', async () => {
    const sqlite = await loadSqlite();
    const handle = await SqliteHandle.open(sqlite, file, sqlite.OPEN_READWRITE);
    await handle.all('PRAGMA journal_mode = WAL');
    // Changed pages go to the log at once, so that each copy holds a part of the transaction.
    await handle.all('PRAGMA cache_size = 1');
    await handle.all('BEGIN IMMEDIATE');
    let statements = 0;
    const copies: string[] = [];
    const query = async (sql: string) => {
      await handle.all(sql);
      const copy = join(folder, `after-${++statements}`);
      await mkdir(copy);
      for (const name of ['hub.db', 'hub.db-wal']) await cp(join(folder, name), join(copy, name));
      copies.push(join(copy, 'hub.db'));
    };
    await new FormatTwo1764200000000().up({
      connection: { options: { entityPrefix: 'de_' } },
      query,
    } as unknown as QueryRunner);
    await handle.all('ROLLBACK');
    await handle.close();
    assert.isAbove(copies.length, 20);
    for (const copy of copies) {
      const store = await opened(copy);
      await assertMigrated(store);
      await store.close();
    }
  });

  it('that is undone gives the tables of before, with their rows', async () => {
    await (await opened(file)).close();
    await withTypeOrm(file, async (dataSource) => {
      await undoToVersion3(dataSource);
      const receipts = await dataSource.query<object[]>('SELECT target, request_id, hash FROM de_receipt');
      assert.deepEqual(receipts[0], { target: '@counter@a', request_id: 'r0', hash: 'h' });
      assert.lengthOf(receipts, 3);
      assert.lengthOf(await dataSource.query<object[]>('SELECT * FROM de_instance'), 13);
      const metas = await dataSource.query<{ key: string; meta: string }[]>(
        "SELECT key, meta FROM de_instance WHERE key IN ('named', 'only', 'locked')",
      );
      const byKey = new Map(metas.map(({ key, meta }) => [key, JSON.parse(meta) as object]));
      const lock = { instance: 'i', execution: 'x', section: 1 };
      assert.deepEqual(byKey.get('named'), { lock, expires: 7, named: names });
      assert.deepEqual(byKey.get('only'), { named: { r: 2 ** 32 + 3 } });
      assert.deepEqual(byKey.get('locked'), { lock });
    });
    await assertMigrated(await opened(file));
  });
});
