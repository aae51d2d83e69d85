/** The baseline of `first-commit`: the driver alone opens the file and commits one row, synced. */
import { performance } from 'node:perf_hooks';
import { loadSqlite, SqliteHandle } from '../../src/storage/typeorm/sqlite/sqlite-driver.js';
import { report } from './child.js';

const sqlite = await loadSqlite();
const mode = sqlite.OPEN_READWRITE + sqlite.OPEN_CREATE;
const handle = await SqliteHandle.open(sqlite, process.argv[2] as string, mode);
for (const sql of [
  'PRAGMA journal_mode = WAL',
  'PRAGMA synchronous = FULL',
  'CREATE TABLE IF NOT EXISTS first (id INTEGER PRIMARY KEY)',
  'INSERT INTO first DEFAULT VALUES',
])
  await handle.all(sql);
report({ ms: performance.now(), rssMiB: process.memoryUsage().rss / 1024 / 1024 });
await handle.close();
process.disconnect();
