import { failure } from '../engine/world.js';
import { assert } from 'chai';
import { loadSqlite, SqliteHandle } from '../../src/storage/typeorm/sqlite/sqlite-driver.js';
import { amount } from '../amount.js';
import { storeConformance } from '../conformance/store.js';
import { filesOf } from './sqlite-files.js';

/** Each connection has a thread, so a test costs six times as much as with sqlite3. Only what is below the statements differs. */
storeConformance('SQLite with better-sqlite3', filesOf('better-sqlite3'), amount({ usual: 2, long: Infinity }));

describe('a connection of better-sqlite3', () => {
  it('answers each statement with an error when its thread has ended', async () => {
    const handle = await SqliteHandle.open(await loadSqlite('better-sqlite3'), ':memory:', 6);
    assert.deepEqual(await handle.all('SELECT 1 AS one'), [{ one: 1 }]);
    await handle.close();
    for (let n = 0; n < 3; n++) assert.include((await failure(handle.all('SELECT 1'))).message, 'has ended');
  });
});
