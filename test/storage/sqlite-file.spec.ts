import { assert } from 'chai';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, readFile, readdir, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError, InvalidOperationError, StorageError } from '../../src/errors/index.js';
import { StoreBrokenError, StoreBusyError } from '../../src/engines/sql/ports/store-errors.js';
import { HubRow, WorkerRow } from './rows/index.js';
import { compactSqlite, sqliteStore, type TypeOrmStore } from '../../src/storage/typeorm/index.js';
import { isOlder } from '../../src/storage/typeorm/sqlite/pragmas.js';
import { loadSqlite, SqliteHandle } from '../../src/storage/typeorm/sqlite/sqlite-driver.js';
import { TestWorker, epochMs, failure, ids, instance, message, put } from '../conformance/harness.js';
import { connectSqlite, makeFolder, removeFolder } from './sqlite-files.js';
import { withTypeOrm } from './typeorm-over.js';

const sqlite3 = await loadSqlite();

describe('a SQLite file', () => {
  let folder: string;
  let file: string;
  const stores: TypeOrmStore[] = [];

  function store(path = file, options: Parameters<typeof sqliteStore>[1] = {}): TypeOrmStore {
    const made = sqliteStore(path, { busyTimeoutMs: 0, ...options });
    stores.push(made);
    return made;
  }

  async function opened(path = file): Promise<TypeOrmStore> {
    const made = store(path);
    await made.open();
    return made;
  }

  async function refusal(path = file): Promise<StorageError> {
    const error = await failure(store(path).open());
    assert.instanceOf(error, StorageError);
    return error;
  }

  beforeEach(async () => {
    folder = await makeFolder();
    file = join(folder, 'hub.db');
  });
  afterEach(async () => {
    for (const opened of stores.splice(0)) await opened.close();
    await removeFolder(folder);
  });

  describe('has one owner', () => {
    it('under whatever name', async () => {
      await (await opened()).acquireExclusiveLock();
      await symlink(file, join(folder, 'link.db'));
      await symlink(folder, join(folder, 'folder'));
      assert.equal(await (await opened(join(folder, 'link.db'))).acquireExclusiveLock(), 'refused');
      assert.equal(await (await opened(join(folder, 'folder', 'hub.db'))).acquireExclusiveLock(), 'refused');
    });

    it('however often others try, and close', async () => {
      const first = await opened();
      await first.acquireExclusiveLock();
      for (let i = 0; i < 3; i++) {
        const other = await opened();
        assert.equal(await other.acquireExclusiveLock(), 'refused');
        await other.close();
      }
      await (await TestWorker.start(first)).commit({ inbox: [message(1)] });
      assert.equal(await (await opened()).acquireExclusiveLock(), 'refused');
    });

    it('whose death by SIGKILL sets it free at once, and ends its worker', async () => {
      const holder = fork(fileURLToPath(new URL('./holder.js', import.meta.url)), [file]);
      await once(holder, 'message');
      const next = await opened();
      assert.equal(await next.acquireExclusiveLock(), 'refused');
      const exit = once(holder, 'exit');
      holder.kill('SIGKILL');
      await exit;

      assert.equal(await next.acquireExclusiveLock(), 'held');
      const worker = await TestWorker.join(next);
      const acquired = await next.acquire(worker.incarnation);
      assert.lengthOf(acquired, 64);
      assert.deepEqual(acquired[0], { partition: 0, epoch: 2, crashes: 0 });
      assert.deepEqual(ids((await worker.poll()).rows), [1]);
    });

    it('unless it is in memory', async () => {
      const [first, second] = [await opened(':memory:'), await opened(':memory:')];
      assert.deepEqual([await first.acquireExclusiveLock(), await second.acquireExclusiveLock()], ['held', 'held']);
      const worker = await TestWorker.start(first);
      await worker.commit({ instances: [put('@a@a')], inbox: [message(1)] });
      assert.deepEqual(await first.loadInstances(['@a@a']), [instance('@a@a')]);
      assert.deepEqual(ids((await worker.poll()).rows), [1]);
      assert.isEmpty(await second.loadInstances(['@a@a']));
    });
  });

  describe('that cannot be used is refused', () => {
    it('when it is no database, and nothing is written to it or beside it', async () => {
      const text = 'These are my notes, and they are longer than the header of a SQLite database would be.\n'.repeat(
        20,
      );
      await writeFile(file, text);
      const error = await refusal();
      assert.equal(error.code, 'DE_STORAGE');
      assert.include(error.message, file);
      assert.include(error.message, 'not a database');
      assert.include(error.hint, 'Nothing was written');
      assert.equal(await readFile(file, 'utf8'), text);
      assert.deepEqual(await readdir(folder), ['hub.db']);
    });

    it('when its folder does not exist, and the folder is not made', async () => {
      const error = await refusal(join(folder, 'typo', 'hub.db'));
      assert.equal(error.code, 'DE_STORAGE');
      assert.match(error.message, /folder .* does not exist/);
      assert.isEmpty(await readdir(folder));
    });

    it('when it is a folder', async () => {
      await mkdir(file);
      assert.match((await refusal()).message, /is not a file/);
    });

    for (const isNew of [true, false])
      it(`when it is write-protected, ${isNew ? 'empty' : 'with the tables in it'}`, async function () {
        if (isNew) await writeFile(file, '');
        else {
          const first = store();
          await first.open();
          await first.close();
        }
        await chmod(file, 0o444);
        const error = await withoutPrivileges(folder, () => refusal());
        assert.equal(error.code, 'DE_STORAGE');
        assert.match(error.message, /readonly/);
        assert.include(error.hint, 'write to the file');
      });

    it('when its tables need newer code', async () => {
      await changeHub({ schemaVersion: 9, minReader: 8 });
      const before = await readFile(file);
      const error = await refusal();
      assert.equal(error.code, 'DE_STORAGE_NEWER');
      assert.match(error.message, /have version 9 and need code that knows version 8, but this code knows 5/);
      assert.include(error.hint, 'Update the package');
      assert.isTrue(before.equals(await readFile(file)));
    });

    it('but not when newer code says that this code may still use them', async () => {
      await changeHub({ schemaVersion: 9, minReader: 1 });
      await store().open();
    });

    async function changeHub(change: Partial<HubRow>): Promise<void> {
      await (await opened()).close();
      await withTypeOrm(file, async ({ manager }) => void (await manager.update(HubRow, { id: 1 }, change)));
    }
  });

  describe('that another process has locked', () => {
    it('refuses a batch as busy; when it is free again the same batch is taken, and so is everything else', async () => {
      const held = store();
      await held.open();
      const worker = await TestWorker.start(held);
      const sqlite = await loadSqlite();
      const other = await SqliteHandle.open(sqlite, file, sqlite.OPEN_READWRITE);
      const refused = async (): Promise<void> => {
        await other.all('BEGIN IMMEDIATE');
        assert.instanceOf(await failure(worker.commit()), StoreBusyError);
        await other.all('ROLLBACK');
      };
      await refused();
      await worker.commit();
      await refused();
      // SQLite takes a refused statement for one under way; nothing could be committed beside it.
      assert.deepEqual(await held.retire(worker.incarnation), { seq: 1 });
      await (await TestWorker.start(held)).commit({ inbox: [message(1)] });
      await other.close();
    });
  });

  describe('that is no longer where it was is of no use to the store that has it open', () => {
    let wallMs: number;

    async function opened(): Promise<TestWorker> {
      wallMs = epochMs;
      const held = store(file, { wallMs: () => wallMs });
      await held.open();
      await held.acquireExclusiveLock();
      const worker = await TestWorker.start(held);
      await worker.commit({ inbox: [message(1)] });
      return worker;
    }

    async function refused(commit: Promise<unknown>, path: string, what: string): Promise<void> {
      const error = await failure(commit);
      assert.instanceOf(error, StoreBrokenError);
      assert.include(error.message, path);
      assert.include(error.message, what);
      assert.include(error.hint, 'put all of them back');
    }

    for (const suffix of ['', '-wal', '-shm'])
      it(`when its ${suffix === '' ? 'database' : suffix} is deleted, moved or replaced: nothing is committed any more`, async () => {
        const worker = await opened();
        await rename(file + suffix, join(folder, 'elsewhere'));
        // The store checks the file of the shared memory once a second.
        wallMs += 1_000;
        await refused(worker.commit(), file + suffix, 'deleted or moved');
        await writeFile(file + suffix, 'another file');
        wallMs += 1_000;
        await refused(worker.store.commit(worker.batch({ seq: 3 })), file + suffix, 'replaced');
      });

    it('also for who joins, acquires or retires', async () => {
      const worker = await opened();
      await rename(file, join(folder, 'elsewhere'));
      await refused(worker.store.acquire(worker.incarnation), file, 'deleted or moved');
      await refused(worker.store.retire(worker.incarnation), file, 'deleted or moved');
      await refused(TestWorker.join(worker.store), file, 'deleted or moved');
    });

    it('which, when it closes, leaves alone the log of the database that is there now', async () => {
      const worker = await opened();
      await mkdir(join(folder, 'elsewhere'));
      for (const name of await readdir(folder))
        if (name !== 'elsewhere') await rename(join(folder, name), join(folder, 'elsewhere', name));
      // A killed process leaves a log that contains all its commits.
      const holder = fork(fileURLToPath(new URL('./holder.js', import.meta.url)), [file]);
      await once(holder, 'message');
      const exit = once(holder, 'exit');
      holder.kill('SIGKILL');
      await exit;
      const log = await readFile(`${file}-wal`);
      await worker.store.close();
      assert.isTrue(log.equals(await readFile(`${file}-wal`)));
    });

    it('and what was acknowledged is there when all of its files are put back', async () => {
      const worker = await opened();
      const names = await readdir(folder);
      await mkdir(join(folder, 'elsewhere'));
      for (const name of names) await rename(join(folder, name), join(folder, 'elsewhere', name));
      await refused(worker.commit({ inbox: [message(2)] }), file, 'deleted or moved');
      await worker.store.close();
      for (const name of await readdir(join(folder, 'elsewhere')))
        await rename(join(folder, 'elsewhere', name), join(folder, name));

      const next = store();
      await next.open();
      await next.acquireExclusiveLock();
      const nextWorker = await TestWorker.start(next);
      assert.include(ids((await nextWorker.poll()).rows), 1);
    });
  });

  describe('of an older version', () => {
    /** The last migrations are undone, as if the code that knew them had never been there. */
    async function outdated(undone = 1): Promise<void> {
      await (await opened()).close();
      await withTypeOrm(file, async (dataSource) => {
        await dataSource.manager.insert(WorkerRow, { name: 'old', seq: 3, alive: 1, expiresAt: epochMs });
        for (let count = 0; count < undone; count++) await dataSource.undoLastMigration();
      });
    }

    it('is migrated by who opens it, and its worker counts as one that held it', async () => {
      await outdated(4);
      await withTypeOrm(file, (dataSource) => dataSource.query('UPDATE de_partition SET owner = 1'));
      const member = {
        incarnation: 1,
        name: 'old',
        seq: 3,
        expiresAtMs: epochMs,
        holds: true,
        version: '',
        names: [],
      };
      const migrated = await opened();
      const { members, owners } = await migrated.members();
      assert.deepEqual(members, [member]);
      assert.deepEqual(new Set(owners), new Set([1]));
    });

    it('is not migrated while another process holds it, and that is said', async () => {
      await outdated();
      const holder = await SqliteHandle.open(sqlite3, `${file}-owner`, sqlite3.OPEN_READWRITE);
      await holder.all('BEGIN EXCLUSIVE');
      const error = await refusal();
      assert.equal(error.code, 'DE_STORAGE_OWNED');
      assert.include(error.message, file);
      assert.match(error.message, /must be created or migrated/);
      assert.include(error.hint, 'stop all processes');
      await holder.close();
      await opened();
    });

    it('is made by one of several that open it at the same time', async () => {
      const all = Array.from({ length: 4 }, () => store(file, { busyTimeoutMs: 5_000 }));
      await Promise.all(all.map((each) => each.open()));
      const worker = await TestWorker.start(all[0]!);
      assert.lengthOf((await all[3]!.members()).members, 1);
      await worker.commit();
    });
  });

  describe('whose rows were deleted', () => {
    const many = Array.from({ length: 400 }, (_, n) => `@a@${n}`);

    async function emptied(): Promise<TypeOrmStore> {
      const opening = await opened();
      const worker = await TestWorker.start(opening);
      const state = JSON.stringify('x'.repeat(20_000));
      await worker.commit({ instances: many.toSorted().map((key) => put(key, { state })) });
      await worker.commit({ instances: many.toSorted().map((key) => ({ op: 'delete', id: key, version: 1 })) });
      await worker.commit({ leave: true });
      return opening;
    }

    async function madeBefore(): Promise<void> {
      const handle = await SqliteHandle.open(sqlite3, file, sqlite3.OPEN_READWRITE | sqlite3.OPEN_CREATE);
      await handle.all('PRAGMA auto_vacuum = NONE');
      await handle.all('PRAGMA journal_mode = WAL');
      await handle.close();
    }

    it('G3: gives its free pages back in bounded steps, and keeps as many as it is told', async () => {
      const emptiedStore = await emptied();
      const first = await emptiedStore.giveBackPages({ max: 100, keep: 200 });
      assert.equal(first.given, 100);
      assert.isAbove(first.left, 1_000);
      const second = await emptiedStore.giveBackPages({ max: 100_000, keep: 200 });
      assert.deepEqual(second, { given: first.left - 200, left: 200 });
      assert.deepEqual(await emptiedStore.giveBackPages({ max: 100, keep: 200 }), { given: 0, left: 200 });
      await emptiedStore.close();
      assert.isBelow((await stat(file)).size, 300 * 4096 + 1_000_000);
    });

    it('G3: and that version 0.1 made, gives nothing back until it is compacted', async () => {
      await madeBefore();
      const old = await emptied();
      assert.deepEqual(await old.giveBackPages({ max: 100, keep: 0 }), { given: 0, left: 0 });
      await old.close();
      const { bytesBefore, bytesAfter } = await compactSqlite(file);
      assert.isAbove(bytesBefore, 8_000_000);
      assert.isBelow(bytesAfter, 1_000_000);
      const again = await emptied();
      assert.isAbove((await again.giveBackPages({ max: 100, keep: 0 })).given, 0);
      await again.close();
    });

    it('G3: is not compacted while a host has it', async () => {
      const host = await emptied();
      await host.acquireExclusiveLock();
      const error = (await failure(compactSqlite(file))) as StorageError;
      assert.equal(error.code, 'DE_STORAGE_OWNED');
      await host.close();
      await compactSqlite(file);
    });
  });

  describe('when opened', () => {
    it('has the pragmas that durability and concurrent reading need, on each connection', async () => {
      const connection = await connectSqlite(file);
      const answers: Record<string, unknown> = {};
      for (const name of ['journal_mode', 'synchronous', 'busy_timeout', 'wal_autocheckpoint'])
        Object.assign(answers, (await connection.exclusively((session) => session.all(`PRAGMA ${name}`)))[0]);
      assert.deepEqual(answers, { journal_mode: 'wal', synchronous: 2, timeout: 0, wal_autocheckpoint: 4000 });
      await connection.close();
    });

    it('is refused by a SQLite that is too old', () => {
      assert.isTrue(isOlder('3.51.2', [3, 51, 3]));
      assert.isTrue(isOlder('3.9.0', [3, 51, 3]));
      assert.isTrue(isOlder('2.99.99', [3, 51, 3]));
      assert.isFalse(isOlder('3.51.3', [3, 51, 3]));
      assert.isFalse(isOlder('3.52.0', [3, 51, 3]));
      assert.isFalse(isOlder('4.0', [3, 51, 3]));
    });

    it('keeps the partition count it was made with, and says so', async () => {
      const first = store(file, { partitionCount: 3 });
      assert.equal((await first.open()).partitionCount, 3);
      await first.close();
      const warnings: string[] = [];
      const log = { debug() {}, info() {}, error() {}, warn: (_: object, text: string) => warnings.push(text) };
      assert.equal((await store(file, { partitionCount: 5, logger: log }).open()).partitionCount, 3);
      assert.lengthOf(warnings, 1);
    });

    it('lets several task hubs live side by side under different prefixes, one at a time', async () => {
      for (const [i, tablePrefix] of ['de_', 'b_', '_x1_'].entries()) {
        const opened = store(file, { tablePrefix, partitionCount: i + 1 });
        assert.equal((await opened.open()).partitionCount, i + 1);
        const worker = await TestWorker.start(opened);
        await worker.commit({ inbox: [message(1)] });
        assert.deepEqual(ids((await worker.poll()).rows), [1]);
        await opened.close();
      }
    });

    it('cannot be opened again by the same object', async () => {
      const opened = store();
      await opened.open();
      assert.instanceOf(await failure(opened.open()), InvalidOperationError);
      await opened.close();
      assert.instanceOf(await failure(opened.open()), InvalidOperationError);
    });

    it('can be closed while it still opens, and is free then', async () => {
      const opened = store();
      const opening = opened.open();
      await opened.close();
      await opening;
      await store().open();
    });

    it('finishes what was asked for before it closes', async () => {
      const opened = store();
      await opened.open();
      const worker = await TestWorker.start(opened);
      const [committed] = await Promise.all([worker.commit({ inbox: [message(1)] }), opened.close()]);
      assert.property(committed, 'nowMs');
    });

    it('needs well-chosen options', () => {
      for (const tablePrefix of ['', 'De_', '1_', 'a-b', 'a"', 'a b', `a${'b'.repeat(41)}`])
        assert.throws(() => sqliteStore(file, { tablePrefix }), InvalidArgumentError, 'tablePrefix');
      for (const partitionCount of [0, -1, 1.5, Number.NaN, 4097])
        assert.throws(() => sqliteStore(file, { partitionCount }), InvalidArgumentError, 'partitionCount');
      assert.throws(() => sqliteStore(''), InvalidArgumentError, 'database');
    });
  });
});

/** Root may write anywhere; so, when the tests run as root, they are somebody else for a moment. */
async function withoutPrivileges<T>(folder: string, work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work();
  const nobody = 65_534;
  for (const name of ['.', ...(await readdir(folder))]) await chown(join(folder, name), nobody, nobody);
  process.seteuid!(nobody);
  try {
    return await work();
  } finally {
    process.seteuid!(0);
  }
}
