import { assert } from 'chai';
import pg from 'pg';
import type { InstanceFilter, Store } from '../../src/engines/sql/ports/store.js';
import { makeNames } from '../../src/storage/typeorm/postgres/names.js';
import { pollStatement } from '../../src/storage/typeorm/postgres/poll.js';
import { queryWords } from '../../src/storage/typeorm/postgres/query.js';
import { damagedInboxText, readStatements } from '../../src/storage/typeorm/postgres/reads.js';
import { countOf, queryOf } from '../../src/storage/typeorm/server/instance-query.js';
import type { ReadName } from '../../src/storage/typeorm/server/server-reads.js';
import { hasPostgres } from '../servers/postgres.js';
import { createDatabase, type PostgresTestDatabase } from './postgres-databases.js';

if (hasPostgres())
  describe('the statements of PostgreSQL', () => {
    let database: PostgresTestDatabase;
    let store: Store;
    let client: pg.Client;
    let names: ReturnType<typeof makeNames>;

    before(async () => {
      database = await createDatabase({ partitionCount: 8 });
      store = database.store();
      await store.open();
      names = makeNames(database.storage.schema, 'de_');
      client = new pg.Client({ connectionString: database.storage.url });
      await client.connect();
      const q = names.qualified;
      for (const sql of [
        `INSERT INTO ${q('inbox')} (id, partition, target, arrival, due, body)
          SELECT n, n % 8, '@a@' || n % 100, CASE WHEN n % 3 = 0 THEN n END, CASE WHEN n % 3 = 1 THEN n END, '{}'
          FROM generate_series(1, 20000) AS n`,
        `INSERT INTO ${q('instance')} (id, kind, name, key, partition, version, state, status, created_at, updated_at, ended_at,
            ended_active, parent)
          SELECT CASE WHEN n % 2 = 0 THEN '@a@' ELSE 'r' END || n, CASE WHEN n % 2 = 0 THEN 'entity' ELSE 'orchestration' END, 'a',
            n, n % 8, 1, '{}', CASE WHEN n % 2 = 1 THEN (ARRAY['completed', 'running', 'failed'])[1 + n % 3] END, n, n,
            CASE WHEN n % 6 = 1 THEN n END, CASE WHEN n % 6 = 1 THEN n END, CASE WHEN n % 10 = 1 THEN 'r' || n / 10 END
          FROM generate_series(1, 20000) AS n`,
        `INSERT INTO ${q('history')} SELECT 'r' || n, 'x', 0, '[]' FROM generate_series(1, 20000) AS n`,
        `INSERT INTO ${q('receipt')} SELECT 'q' || n, 't', 'h', NULL, n FROM generate_series(1, 20000) AS n`,
        `INSERT INTO ${q('tag')} SELECT 'color', 'c' || n % 500, 'r' || n FROM generate_series(1, 20000) AS n`,
        `INSERT INTO ${q('named_signal')} SELECT '@a@' || n, 'n', n FROM generate_series(1, 20000) AS n`,
        'ANALYZE',
        "SET plan_cache_mode = 'force_generic_plan'",
      ])
        await client.query(sql);
    });
    after(async () => {
      await client.end();
      await store.close();
      await database.dispose();
    });

    /** The plan of a statement whose values are not known, as text. */
    async function plan(text: string, values: readonly unknown[]): Promise<string> {
      await client.query(`PREPARE planned AS ${text}`);
      const literals = values.map((value) => (typeof value === 'number' ? String(value) : `'${String(value)}'`));
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN EXECUTE planned${literals.length === 0 ? '' : `(${literals.join(', ')})`}`,
      );
      await client.query('DEALLOCATE planned');
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    }

    const scan = /Seq Scan on "?de_(inbox|instance|history|receipt|tag|named_signal)(?!_)/;

    const reads: readonly [ReadName, readonly unknown[]][] = [
      ['instances', ['{r1}']],
      ['instances_without_state', ['{r1}']],
      ['named_signals', ['{@a@1}']],
      ['history', ['r1', 'x']],
      ['first_chunks', ['{r1}', '{x}']],
      ['receipt', ['q1', 't']],
      ['receipts', ['{q1}', '{t}']],
      ['receipt_page', ['q1', 't', 10]],
      ['first_receipts', [10]],
      ['inbox_ids', ['{1}']],
      ['ended', ['completed', 100, 10, 0]],
      ['waiting', ['@a@1', 0, 10]],
    ];
    for (const [name, values] of reads)
      it(`read through an index: ${name}`, async () => {
        assert.notMatch(await plan(readStatements(names)[name].text, values), scan);
      });

    it('look for damaged rows through indexes', async () => {
      assert.notMatch(await plan(damagedInboxText(names), []), scan);
    });

    it('poll through the indexes of each partition', async () => {
      const text = await plan(pollStatement(names).text, ['{1,2}', 10, 100, '{0,0}']);
      assert.notMatch(text, scan);
      assert.match(text, /Index Scan using de_inbox_unscheduled/);
      assert.match(text, /Index (Only )?Scan using de_inbox_scheduled/);
    });

    const filters: Record<string, InstanceFilter> = {
      entities: { kind: 'entity' },
      'entities with a prefix': { kind: 'entity', idPrefix: '@a@1' },
      orchestrations: { kind: 'orchestration' },
      'orchestrations by status': { kind: 'orchestration', statuses: ['failed'] },
      children: { kind: 'orchestration', parent: 'r7' },
      'tagged orchestrations': { kind: 'orchestration', tags: [['color', 'c7']] },
    };
    for (const [what, filter] of Object.entries(filters))
      it(`query a page of ${what} through an index`, async () => {
        const { text, values } = queryOf(queryWords(names), filter, { after: 'a', limit: 10, withState: true });
        assert.notMatch(await plan(text, values), scan);
      });

    it('count tagged orchestrations through an index', async () => {
      const { text, values } = countOf(queryWords(names), filters['tagged orchestrations'] as InstanceFilter);
      assert.notMatch(await plan(text, values), scan);
    });
  });
