import { join } from 'node:path';
import { sqliteStore } from '../../src/storage/typeorm/index.js';
import { amount } from '../amount.js';
import { differential, partitionCount } from './differential.js';
import { makeFolder, removeFolder } from './sqlite-files.js';

differential({ what: 'SQLite', shared: false, runs: amount({ usual: 8, long: 25 }) }, async (clock) => {
  const folder = await makeFolder();
  const store = sqliteStore(join(folder, 'hub.db'), { partitionCount, wallMs: () => clock.nowMs });
  return { store, compared: (answer) => answer, dispose: () => removeFolder(folder) };
});
