import { assert } from 'chai';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { StoreBusyError } from '../../src/engines/sql/ports/store-errors.js';
import { sqliteStore, type TypeOrmStore } from '../../src/storage/typeorm/index.js';
import { migrations } from '../../src/storage/typeorm/sqlite/migrations/index.js';
import { countOf, queryOf } from '../../src/storage/typeorm/sqlite/query.js';
import {
  adoptedSql,
  freshSql,
  historySql,
  namedSignalsSql,
  firstChunksSql,
  instancesSql,
  pollSql,
  receiptsSql,
  waitingSql,
} from '../../src/storage/typeorm/sqlite/reads.js';
import { SqliteHandle, loadSqlite } from '../../src/storage/typeorm/sqlite/sqlite-driver.js';
import type { InstanceFilter } from '../../src/engines/sql/ports/store.js';
import { TestWorker, epochMs, failure, ids, instance, message, put } from '../conformance/harness.js';
import { connectSqlite, makeFolder, removeFolder } from './sqlite-files.js';
import { withTypeOrm } from './typeorm-over.js';

describe('SQLite statements', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await makeFolder();
    file = join(folder, 'hub.db');
  });
  afterEach(() => removeFolder(folder));

  async function opened(): Promise<TypeOrmStore> {
    const store = sqliteStore(file, { busyTimeoutMs: 0, wallMs: () => epochMs });
    await store.open();
    return store;
  }

  /** A connection as the application, or a tool, may have one. */
  async function foreignConnection(): Promise<SqliteHandle> {
    const sqlite = await loadSqlite();
    return SqliteHandle.open(sqlite, file, sqlite.OPEN_READWRITE);
  }

  describe('find rows through an index', () => {
    const parameters: Record<string, [sql: string, values: (string | number)[]]> = {
      instances: [instancesSql('de_'), ['[]']],
      'named signals': [namedSignalsSql('de_'), ['[]']],
      history: [historySql('de_'), ['run', 'x']],
      'first chunks': [firstChunksSql('de_'), ['[["run","x"]]']],
      receipts: [receiptsSql('de_'), ['[]']],
      poll: [pollSql('de_', false), [epochMs, 100]],
      'poll of some partitions': [pollSql('de_', true), [epochMs, 100, '[1,2]']],
      waiting: [waitingSql('de_'), ['@a@b', 0, 100]],
      'adopted rows': [adoptedSql('de_', false), [-1, 0, 100]],
      'new rows': [freshSql('de_', false), [0, 100]],
    };

    /** The rows that were found, and only those, are fetched in the end. */
    const bySeq = 'SEARCH de_inbox USING INTEGER PRIMARY KEY (rowid=?)';

    async function plan(what: string): Promise<string[]> {
      const store = await opened();
      const handle = await foreignConnection();
      const [sql, values] = parameters[what]!;
      const steps = await handle.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, values);
      await handle.close();
      await store.close();
      return steps.map((step) => step.detail);
    }

    for (const what of ['instances', 'named signals', 'history', 'first chunks', 'receipts'])
      it(`when they load ${what}`, async () => {
        const steps = await plan(what);
        const table = steps.filter((step) => step.includes('de_'));
        // A chunk of history is in one of two tables.
        assert.lengthOf(table, what === 'history' || what === 'first chunks' ? 2 : 1, steps.join('\n'));
        for (const step of table)
          assert.match(step, /^SEARCH de_(instance|named_signal|history|receipt) USING (PRIMARY KEY|INDEX)/);
      });

    const filters: Record<string, [filter: InstanceFilter, step: RegExp]> = {
      'all entities': [
        { kind: 'entity' },
        /^SEARCH de_instance USING INDEX sqlite_autoindex_de_instance_1 \(id>\? AND id<\?\)$/,
      ],
      'entities of a name': [
        { kind: 'entity', name: 'e', idPrefix: '@e@k', present: true, updatedFromMs: 1 },
        /^SEARCH de_instance USING INDEX sqlite_autoindex_de_instance_1 \(id>\? AND id<\?\)$/,
      ],
      'children of a run': [
        { kind: 'orchestration', parent: 'p', statuses: ['failed', 'running'] },
        /^SEARCH de_instance USING INDEX de_instance_parent \(parent=\?/,
      ],
      'runs of one status': [
        { kind: 'orchestration', statuses: ['failed'] },
        /^SEARCH de_instance USING INDEX de_instance_status \(status=\?/,
      ],
    };
    for (const [what, [filter, step]] of Object.entries(filters))
      it(`when they page through ${what}, and sort nothing`, async () => {
        for (const after of [undefined, '@x']) {
          const page = { limit: 9, withState: true, ...(after !== undefined && { after }) };
          const { sql, values } = queryOf('de_', filter, page);
          parameters['query'] = [sql, values as (string | number)[]];
          const steps = await plan('query');
          const table = steps.filter((each) => each.includes('de_'));
          assert.lengthOf(table, 1, steps.join('\n'));
          assert.match(table[0]!, step);
          assert.notInclude(steps.join('\n'), 'TEMP B-TREE');
        }
      });

    const several: Record<string, InstanceFilter> = {
      'all runs': { kind: 'orchestration' },
      'runs of a name, with several statuses': {
        kind: 'orchestration',
        name: 'n',
        statuses: ['failed', 'running'],
        createdToMs: 1,
      },
      'runs by the beginning of the id': { kind: 'orchestration', idPrefix: 'order-' },
      'runs that ended before a time': { kind: 'orchestration', endedBeforeMs: 1 },
    };
    for (const [what, filter] of Object.entries(several))
      it(`when they page through ${what}: a page of each status, in which nothing is sorted, is merged`, async () => {
        for (const after of [undefined, '@x']) {
          const page = { limit: 9, withState: true, ...(after !== undefined && { after }) };
          const { sql, values } = queryOf('de_', filter, page);
          parameters['query'] = [sql, values as (string | number)[]];
          const steps = await plan('query');
          const [rows, ...pages] = steps.filter((each) => each.includes('de_'));
          assert.equal(rows, 'SEARCH de_instance USING INTEGER PRIMARY KEY (rowid=?)');
          assert.lengthOf(pages, filter.statuses?.length ?? 6);
          for (const each of pages)
            assert.match(each, /^SEARCH de_instance USING (COVERING )?INDEX de_instance_status/);
          // The ids that the pages found, and the rows of the page that is given.
          const sorted = steps.filter((each) => each.includes('TEMP B-TREE'));
          assert.lengthOf(sorted, 2, steps.join('\n'));
          assert.deepEqual(steps.slice(-2), sorted);
        }
      });

    it('when they page through runs by tags, from the table of tags, by the ids in it', async () => {
      const tags = [
        ['customer', '7'],
        ['region', 'eu'],
      ] as const;
      const page = { limit: 9, withState: true, after: 'a' };
      const { sql, values } = queryOf('de_', { kind: 'orchestration', tags }, page);
      parameters['query'] = [sql, values as (string | number)[]];
      const table = (await plan('query')).filter((each) => / (i|t|de_tag) |de_instance/.test(each));
      assert.match(
        table[0] ?? '',
        /^SEARCH t USING PRIMARY KEY \(tag=\? AND value=\? AND instance>\?\)$/,
        table.join('\n'),
      );
      assert.match(table[1] ?? '', /^SEARCH de_instance USING INDEX sqlite_autoindex_de_instance_1 \(id=\?\)$/);
      assert.notInclude((await plan('query')).join('\n'), 'TEMP B-TREE');
    });

    for (const [what, filter, index] of [
      ['all runs', { kind: 'orchestration' }, 'COVERING INDEX de_instance_status'],
      ['children of a run', { kind: 'orchestration', parent: 'p' }, 'INDEX de_instance_parent'],
      ['failed runs', { kind: 'orchestration', statuses: ['failed'] }, 'COVERING INDEX de_instance_status'],
    ] as const)
      it(`when they count ${what}`, async () => {
        const { sql, values } = countOf('de_', filter);
        parameters['query'] = [sql, values as (string | number)[]];
        const table = (await plan('query')).filter((each) => each.includes('de_'));
        assert.lengthOf(table, 1);
        assert.include(table[0], index);
      });

    it('when they poll, through indexes in which no parked row stands', async () => {
      const inbox = (await plan('poll'))
        .filter((step) => step.includes(' de_inbox '))
        .map((step) => step.replace(' LEFT-JOIN', ''));
      assert.sameMembers(inbox, [
        'SEARCH de_inbox USING INDEX de_inbox_scheduled (due>? AND due<?)',
        'SCAN de_inbox USING INDEX de_inbox_unscheduled',
        'SEARCH de_inbox USING INDEX de_inbox_scheduled (due<?)',
        bySeq,
      ]);
    });

    it('when they read what waits for one target, and fetch no row of others', async () => {
      const inbox = (await plan('waiting')).filter((step) => step.includes(' de_inbox '));
      assert.sameMembers(inbox, [
        'SEARCH de_inbox USING COVERING INDEX de_inbox_adopted (arrival>? AND arrival<?)',
        bySeq,
      ]);
    });

    it('when they read the backlog', async () => {
      for (const [what, step] of [
        ['adopted rows', 'SEARCH de_inbox USING INDEX de_inbox_adopted (arrival>? AND arrival<?)'],
        ['new rows', 'SEARCH de_inbox USING INDEX de_inbox_unscheduled (seq>?)'],
      ] as const) {
        const inbox = (await plan(what)).filter((each) => each.includes(' de_inbox '));
        assert.sameMembers(inbox, [step, bySeq]);
      }
    });
  });

  it('see nothing that is not committed', async () => {
    const connection = await connectSqlite(file);
    await connection.transaction(async (session) => {
      const { id, kind, name, key, partition, version, state, meta, status, createdAtMs, updatedAtMs } =
        instance('@a@a');
      const first = [id, kind, name, key, partition, version, state, meta, status, createdAtMs, updatedAtMs];
      const values = [...first, null, null, null, null];
      await session.run(`INSERT INTO de_instance VALUES (${values.map(() => '?').join(', ')})`, values);
      assert.isEmpty(await connection.loadInstances(['@a@a']));
    });
    assert.deepEqual(await connection.loadInstances(['@a@a']), [instance('@a@a')]);
    await connection.close();
  });

  it('of a commit wait for a transaction on the same connection, and are no part of it', async () => {
    const connection = await connectSqlite(file);
    const insert = (id: string) => `INSERT INTO de_history VALUES ('${id}', 'x', 0, '[]')`;
    const rolledBack = connection.transaction(async (session) => {
      await session.run(insert('lost'));
      throw new Error('roll back');
    });
    const kept = connection.exclusively((session) => session.run(insert('kept')));
    await failure(rolledBack);
    await kept;
    assert.lengthOf(await connection.loadHistory('kept', 'x'), 1);
    assert.isEmpty(await connection.loadHistory('lost', 'x'));
    await connection.close();
  });

  it('of a commit that meets the lock of a foreign transaction change nothing, and pass when sent again', async () => {
    const store = await opened();
    const worker = await TestWorker.start(store);
    const foreign = await foreignConnection();
    await foreign.all('BEGIN IMMEDIATE');
    const batch = { instances: [put('@a@a')] };
    const error = await failure(worker.commit(batch));
    assert.instanceOf(error, StoreBusyError);
    assert.equal(error.code, 'DE_STORAGE_BUSY');
    assert.isEmpty(await store.loadInstances(['@a@a']));
    assert.instanceOf(await failure(store.acquire(worker.incarnation)), StoreBusyError);
    await foreign.all('COMMIT');
    await worker.commit(batch);
    assert.lengthOf(await store.loadInstances(['@a@a']), 1);
    await foreign.close();
    await store.close();
  });

  it('of a poll see what the application appended in a transaction of its own', async () => {
    const store = await opened();
    const worker = await TestWorker.start(store);
    const foreign = await foreignConnection();
    await foreign.all('BEGIN');
    await foreign.all(`INSERT INTO de_inbox (id, partition, target, body) VALUES (7, 0, '@a@a', '{}')`);
    assert.isEmpty((await worker.poll()).rows);
    await foreign.all('COMMIT');
    assert.deepEqual(ids((await worker.poll()).rows), [7]);
    await foreign.close();
    await store.close();
  });

  it('that are hot are compiled once, and `verbose` is never switched on', async () => {
    const sqlite = createRequire(import.meta.url)('sqlite3') as {
      verbose: () => unknown;
      Database: { prototype: { prepare: (...args: unknown[]) => unknown } };
    };
    const { verbose } = sqlite;
    const { prepare } = sqlite.Database.prototype;
    const compiled: unknown[] = [];
    sqlite.verbose = () => assert.fail('verbose() was called');
    sqlite.Database.prototype.prepare = function (this: unknown, ...args: unknown[]) {
      compiled.push(args[0]);
      return prepare.apply(this, args);
    };
    try {
      const store = await opened();
      const worker = await TestWorker.start(store);
      const [commits, polls] = [/^INSERT INTO de_batch_commit/, /nextDueMs/].map(
        (pattern) => () => compiled.filter((sql) => pattern.test(String(sql))).length,
      );
      for (let id = 1; id <= 10; id++) {
        await worker.commit({ inbox: [message(id)] });
        await worker.poll();
      }
      assert.deepEqual([commits!(), polls!()], [1, 1]);
      await store.close();
    } finally {
      sqlite.verbose = verbose;
      sqlite.Database.prototype.prepare = prepare;
    }
  });

  it('make the tables that the row schemas describe', async () => {
    await (await opened()).close();
    await withTypeOrm(file, async (dataSource) => {
      for (const metadata of dataSource.entityMetadatas) {
        const columns = await dataSource.query<{ name: string; type: string; notnull: number; pk: number }[]>(
          `SELECT name, type, "notnull", pk FROM pragma_table_info('${metadata.tableName}')`,
        );
        assert.deepEqual(
          columns.map((column) => [column.name, column.type.toLowerCase(), column.notnull === 1, column.pk > 0]),
          metadata.columns.map((column) => [column.databaseName, column.type, !column.isNullable, column.isPrimary]),
          metadata.tableName,
        );
      }
    });
  });

  it('M1: and the register of their migrations are those that the migrations of TypeORM make', async () => {
    await (await opened()).close();
    const byTypeOrm = join(folder, 'typeorm.db');
    const schemas: object[][] = [];
    for (const database of [file, byTypeOrm])
      await withTypeOrm(database, async (dataSource) => {
        if (database === byTypeOrm) await dataSource.runMigrations({ transaction: 'all' });
        assert.isFalse(await dataSource.showMigrations());
        schemas.push([
          ...(await dataSource.query<object[]>('SELECT type, name, sql FROM sqlite_schema ORDER BY name')),
          ...(await dataSource.query<object[]>('SELECT * FROM de_migrations')),
        ]);
      });
    assert.isAbove(schemas[0]!.length, migrations.length * 2);
    assert.deepEqual(schemas[0], schemas[1]);
  });

  it('has nothing in it that older versions of SQLite would fail on, when an application changes tables of its own in the file', async () => {
    await (await opened()).close();
    await withTypeOrm(file, async (dataSource) => {
      const code = await dataSource.query<object[]>(`SELECT name FROM sqlite_schema WHERE type IN ('trigger', 'view')`);
      assert.deepEqual(code, []);
    });
  });

  it('of the migrations can be undone', async () => {
    await (await opened()).close();
    await withTypeOrm(file, async (dataSource) => {
      for (const _ of migrations) await dataSource.undoLastMigration();
      const left = await dataSource.query<{ name: string }[]>(
        `SELECT name FROM sqlite_schema WHERE name LIKE 'de~_%' ESCAPE '~'`,
      );
      assert.deepEqual(
        left.map((row) => row.name),
        ['de_migrations'],
      );
    });
  });
});
