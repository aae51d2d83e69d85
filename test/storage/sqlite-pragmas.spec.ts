import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert } from 'chai';
import { StorageError } from '../../src/errors/index.js';
import { applyPragmas, readerPragmas, writerPragmas, type Pragma } from '../../src/storage/typeorm/sqlite/pragmas.js';
import { loadSqlite, SqliteHandle, type SqliteDriver } from '../../src/storage/typeorm/sqlite/sqlite-driver.js';
import { failure } from '../engine/world.js';

for (const driver of ['sqlite3', 'better-sqlite3'] satisfies SqliteDriver[])
  describe(`pragmas of a connection with ${driver}`, () => {
    let folder: string;
    let handle: SqliteHandle;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'durable-entities-pragmas-'));
      const sqlite = await loadSqlite(driver);
      handle = await SqliteHandle.open(sqlite, join(folder, 'hub.db'), sqlite.OPEN_READWRITE | sqlite.OPEN_CREATE);
    });
    afterEach(async () => {
      await handle.close();
      await rm(folder, { recursive: true, force: true });
    });

    const valueOf = async ({ name }: Pragma) => Object.values((await handle.all<object>(`PRAGMA ${name}`))[0] ?? {})[0];

    it('are set, and each has the value that it was given', async () => {
      for (const pragmas of [writerPragmas(1_234, true), readerPragmas(4_321)]) {
        await applyPragmas(handle, pragmas);
        for (const pragma of pragmas)
          if (pragma.answer !== undefined) assert.equal(await valueOf(pragma), pragma.answer, pragma.name);
      }
    });

    it('are refused when the database answers another value, whichever of them it is', async () => {
      const pragmas = writerPragmas(1_000, true);
      for (const wrong of pragmas.filter(({ answer }) => answer !== undefined)) {
        const expected = pragmas.map((each) => (each === wrong ? { ...each, answer: 77 } : each));
        const refused = await failure(applyPragmas(handle, expected));
        assert.instanceOf(refused, StorageError);
        assert.equal(
          refused.message,
          `SQLite did not accept "PRAGMA ${wrong.name} = ${wrong.value}": it answers ${String(wrong.answer)}.`,
        );
      }
    });
  });
