/** The connection of an inspector on SQLite: read-only, and interrupted when a read takes too long. */
import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyPragmas, readerPragmas } from '../../src/storage/typeorm/sqlite/pragmas.js';
import { loadSqlite, SqliteHandle, type SqliteDriver } from '../../src/storage/typeorm/sqlite/sqlite-driver.js';
import { SqliteInspection } from '../../src/storage/typeorm/sqlite/sqlite-inspection.js';
import { sqliteStore } from '../../src/storage/typeorm/sqlite/sqlite-store.js';

const endless = 'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS count FROM n';

describe('the connection of an inspector on SQLite', () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inspection-'));
    file = join(folder, 'hub.db');
    const store = sqliteStore(file);
    await store.open();
    await store.close();
  });

  afterEach(() => rm(folder, { recursive: true }));

  async function inspection(timeoutMs: number, driver?: SqliteDriver): Promise<SqliteInspection> {
    const sqlite = await loadSqlite(driver);
    const open = async () => {
      const handle = await SqliteHandle.open(sqlite, file, sqlite.OPEN_READONLY);
      await applyPragmas(handle, readerPragmas(1_000));
      return handle;
    };
    return new SqliteInspection({ prefix: 'de_', database: file, open, serial: undefined, timeoutMs });
  }

  const codeOf = (promise: Promise<unknown>) =>
    promise.then(
      () => 'none',
      (error: { code?: string }) => error.code,
    );

  it('a read that would never end is interrupted, and the next one works', async () => {
    const reads = await inspection(20);
    expect(await codeOf(reads.all(endless, []))).to.equal('DE_INSPECTION_TIMEOUT');
    expect(await reads.all('SELECT 1 AS one', [])).to.deep.equal([{ one: 1 }]);
    await reads.close();
  });

  it('a long read with better-sqlite3, which cannot be interrupted, fails at its limit, and later reads work when it has ended', async () => {
    const reads = await inspection(20, 'better-sqlite3');
    const long = endless.replace('FROM n)', 'FROM n WHERE i < 2000000)');
    expect(await codeOf(reads.all(long, []))).to.equal('DE_INSPECTION_TIMEOUT');
    for (;;) if ((await codeOf(reads.all('SELECT 1 AS one', []))) === 'none') break;
    expect(await codeOf(reads.all('DELETE FROM de_instance', []))).to.match(/^DE_STORAGE/);
    await reads.close();
  });

  it('a write is refused', async () => {
    const reads = await inspection(2_000);
    expect(await codeOf(reads.all('DELETE FROM de_instance', []))).to.match(/^DE_STORAGE/);
    await reads.close();
  });

  it('sizes are those of the database and its log', async () => {
    const reads = await inspection(2_000);
    const sizes = await reads.sizes();
    expect(sizes.map(({ name }) => name)).to.deep.equal(['database', 'log']);
    expect(sizes[0]?.bytes).to.be.above(0);
    await reads.close();
  });

  it('a closed connection is not opened again', async () => {
    const reads = await inspection(2_000);
    await reads.close();
    expect(await codeOf(reads.all('SELECT 1', []))).to.equal('DE_STORAGE');
  });

  it('a list walks an index, and its edge reads no row', async () => {
    const store = sqliteStore(file);
    await store.open();
    const reads = await inspection(2_000);
    const { edgeOf, inspectedPageOf } = await import('../../src/storage/typeorm/sqlite/query.js');
    const page = { descending: true, limit: 50, stateMax: 100 };
    const plan = async ({ sql, values }: { sql: string; values: (string | number | null)[] }) =>
      (await reads.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, values)).map(({ detail }) => detail).join('\n');
    for (const filter of [
      { kind: 'entity', name: 'a', idPrefix: '@a@' },
      { kind: 'orchestration', statuses: ['running'] },
      { kind: 'orchestration', parent: 'p' },
    ] as const) {
      expect(await plan(inspectedPageOf('de_', filter, page)))
        .to.match(/SEARCH de_instance USING/)
        .and.not.match(/TEMP B-TREE/);
      expect(await plan(edgeOf('de_', filter, { descending: true, rows: 10_000 }))).to.match(/USING (COVERING )?INDEX/);
    }
    await reads.close();
    await store.close();
  });
});
