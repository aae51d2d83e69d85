import { once } from 'node:events';
import { tmpdir } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { assert } from 'chai';
import { loadSqlite, SqliteHandle } from '../../src/storage/typeorm/sqlite/sqlite-driver.js';
import { amount } from '../amount.js';
import { storeConformance } from '../conformance/store.js';
import { failure } from '../engine/world.js';
import { filesOf } from './sqlite-files.js';

/** Only what is below the statements differs from sqlite3, and each statement goes to a thread and back. */
storeConformance('SQLite with better-sqlite3', filesOf('better-sqlite3'), amount({ usual: 2, long: Infinity }));

describe('a connection of better-sqlite3', () => {
  /** The threads that have been started. */
  const threads: Worker[] = [];
  const noted = (thread: Worker) => void threads.push(thread);
  /** Connections that take the threads of the other tests, so that each connection of a test gets a new one. */
  let others: SqliteHandle[] = [];

  const readWriteCreate = 6;
  const open = async (file = ':memory:') =>
    SqliteHandle.open(await loadSqlite('better-sqlite3'), file, readWriteCreate);

  before(() => void process.on('worker', noted));
  after(() => void process.off('worker', noted));
  beforeEach(async () => {
    do {
      threads.length = 0;
      others.push(await open());
    } while (threads.length === 0);
    threads.length = 0;
  });
  afterEach(async () => {
    await Promise.all(others.map((each) => each.close()));
    others = [];
  });

  it('answers each statement with an error when it is closed', async () => {
    const handle = await open();
    const statement = await handle.prepare('SELECT 1 AS one');
    assert.deepEqual(await handle.all('SELECT 1 AS one'), [{ one: 1 }]);
    await handle.close();
    const next = await open();
    for (let n = 0; n < 3; n++) {
      assert.include((await failure(handle.all('SELECT 1'))).message, 'is closed');
      assert.include((await failure(statement.all([]))).message, 'is closed');
    }
    handle.interrupt();
    assert.deepEqual(await next.all('SELECT 2 AS two'), [{ two: 2 }]);
    await next.close();
  });

  it('answers each statement with an error when its thread has ended', async () => {
    const handle = await open();
    const [thread] = threads as [Worker];
    await thread.terminate();
    for (let n = 0; n < 3; n++) assert.include((await failure(handle.all('SELECT 1'))).message, 'has ended');
    assert.include((await failure(handle.close())).message, 'has ended');
    const next = await open();
    assert.deepEqual(await next.all('SELECT 2 AS two'), [{ two: 2 }]);
    await next.close();
  });

  it('gets the thread of a connection that was closed, and nothing of that connection', async () => {
    const first = await open();
    await first.exec('CREATE TABLE t (n); INSERT INTO t VALUES (1)');
    const old = await first.prepare('SELECT n FROM t');
    await first.close();
    const second = await open();
    assert.lengthOf(threads, 1);
    assert.include((await failure(second.all('SELECT n FROM t'))).message, 'no such table');
    await second.exec('CREATE TABLE t (n); INSERT INTO t VALUES (2)');
    const statement = await second.prepare('SELECT n FROM t');
    assert.include((await failure(old.all([]))).message, 'is closed');
    assert.deepEqual(await statement.all([]), [{ n: 2 }]);
    const third = await open();
    assert.lengthOf(threads, 2, 'a thread has one connection at a time');
    await Promise.all([second.close(), third.close()]);
  });

  it('leaves its thread to the next one when it cannot be opened, and when its end was interrupted', async () => {
    assert.propertyVal(await failure(open(tmpdir())), 'code', 'SQLITE_CANTOPEN');
    const second = await open();
    const closing = failure(second.close());
    second.interrupt();
    assert.include((await closing).message, 'interrupted');
    // The thread answers one request after the other, and this one after the end of the connection.
    const third = await open();
    await third.close();
    const fourth = await open();
    assert.isAtMost(threads.length, 2);
    await fourth.close();
  });

  it('leaves a thread that ends when no connection comes', async () => {
    const handle = await open();
    const [thread] = threads as [Worker];
    const timers: (() => void)[] = [];
    const { setTimeout: real } = globalThis;
    globalThis.setTimeout = Object.assign((code: () => void) => (timers.push(code), real(() => {}, 0)), real);
    try {
      await handle.close();
    } finally {
      globalThis.setTimeout = real;
    }
    assert.lengthOf(timers, 1);
    const ended = once(thread, 'exit');
    timers[0]?.();
    await ended;
    const next = await open();
    assert.lengthOf(threads, 2);
    await next.close();
  });
});
