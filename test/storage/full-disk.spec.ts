import { assert } from 'chai';
import { join } from 'node:path';
import { StorageError } from '../../src/errors/index.js';
import { sqliteStore } from '../../src/storage/typeorm/index.js';
import { TestWorker, failure, ids, message } from '../conformance/harness.js';
import { CappedStore } from './capped-store.js';
import { makeFolder, removeFolder } from './sqlite-files.js';

describe('a SQLite file that cannot grow', () => {
  let folder: string;
  let file: string;
  let capped: CappedStore;
  let worker: TestWorker;

  beforeEach(async () => {
    folder = await makeFolder();
    file = join(folder, 'hub.db');
    capped = new CappedStore(file);
    await capped.store.open();
    await capped.store.acquireExclusiveLock();
    worker = await TestWorker.start(capped.store);
  });
  afterEach(async () => {
    await capped.store.close();
    await removeFolder(folder);
  });

  /** More than the pages that there are can hold. */
  const large = (id: number) => message(id, { body: JSON.stringify('x'.repeat(100_000)) });
  const newNames = (count: number) => Array.from({ length: count }, (_, i) => `entity:${'name'.repeat(1_000)}${i}`);

  async function full(work: () => Promise<unknown>): Promise<void> {
    const error = await failure(work());
    assert.instanceOf(error, StorageError);
    assert.include(error, { code: 'DE_STORAGE' });
    assert.include(error.hint, 'free some space');
  }

  /** The ids of the rows that the next process finds in the file after this store is closed. */
  async function stored(): Promise<number[]> {
    await capped.store.close();
    const next = sqliteStore(file);
    await next.open();
    await next.acquireExclusiveLock();
    try {
      return ids((await (await TestWorker.start(next)).poll()).rows);
    } finally {
      await next.close();
    }
  }

  it('refuses a batch whole, and takes it when there is room', async () => {
    await capped.stopGrowing();
    await full(() => worker.commit({ inbox: [message(1), large(2)] }));
    assert.isEmpty((await worker.poll()).rows);
    await capped.letGrow();
    await worker.commit({ inbox: [message(1), large(2)] });
    assert.deepEqual(await stored(), [1, 2]);
  });

  it('has stored what it acknowledges after transactions that failed, however many', async () => {
    for (let failures = 1; failures <= 4; failures++) {
      await capped.stopGrowing();
      await full(() => TestWorker.join(capped.store, newNames(50 * failures)));
      await capped.letGrow();
      await worker.commit({ inbox: [message(failures)] });
    }
    assert.deepEqual(await stored(), [1, 2, 3, 4]);
  });

  it('has stored what it acknowledges also when SQLite has ended transactions by itself, as it does when the log cannot grow', async () => {
    // ROLLBACK ends the transaction, as a log that cannot grow does; ABORT only the statement, as an ordinary failure does.
    for (const end of ['ROLLBACK', 'ABORT', 'ROLLBACK', 'ABORT']) {
      await capped.query(
        `CREATE TRIGGER no_room BEFORE UPDATE ON de_task_hub BEGIN SELECT RAISE(${end}, 'there is no room'); END`,
      );
      assert.match(String(await failure(TestWorker.join(capped.store, ['entity:new']))), /there is no room/);
      await capped.query('DROP TRIGGER no_room');
    }
    await worker.commit({ inbox: [message(1)] });
    assert.deepEqual(await stored(), [1]);
  });
});
