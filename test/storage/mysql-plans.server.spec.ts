import { assert } from 'chai';
import type { InstanceFilter, Store } from '../../src/engines/sql/ports/store.js';
import type { SqlValue } from '../../src/storage/typeorm/dialect.js';
import { MysqlClient } from '../../src/storage/typeorm/mysql/mysql-client.js';
import { connectionConfig, loadMysql2 } from '../../src/storage/typeorm/mysql/mysql-driver.js';
import { makeNames } from '../../src/storage/typeorm/mysql/names.js';
import { boundText, noBound, pollText } from '../../src/storage/typeorm/mysql/poll.js';
import { queryWords } from '../../src/storage/typeorm/mysql/read-words.js';
import { damagedInboxText, readStatements } from '../../src/storage/typeorm/mysql/reads.js';
import { countOf, queryOf } from '../../src/storage/typeorm/server/instance-query.js';
import type { ReadName } from '../../src/storage/typeorm/server/server-reads.js';
import { hasMysql } from '../servers/mysql.js';
import { createMysqlDatabase, type MysqlTestDatabase } from './mysql-databases.js';

if (hasMysql())
  describe('the statements of MySQL or MariaDB', () => {
    let database: MysqlTestDatabase;
    let store: Store;
    let client: MysqlClient;
    let names: ReturnType<typeof makeNames>;
    const rows = 20_000;

    before(async () => {
      database = await createMysqlDatabase({ partitionCount: 8 });
      store = database.store();
      await store.open();
      names = makeNames(database.name, 'de_');
      const mysql2 = await loadMysql2();
      const open = async () => mysql2.createConnection(await connectionConfig(database.storage));
      client = new MysqlClient({ open, connectTimeoutMs: 5_000 });
      await client.connect();
      // The digits of a number for each row.
      const digits =
        '(SELECT 0 AS d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)';
      const numbers = `(SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d + 1 AS n FROM ${digits} AS a, ${digits} AS b,
        ${digits} AS c, ${digits} AS e, (SELECT 0 AS d UNION SELECT 1) AS f) AS x`;
      for (const sql of [
        "SET SESSION sql_mode = 'STRICT_ALL_TABLES'",
        `INSERT INTO de_inbox (id, \`partition\`, target, arrival, due, body)
          SELECT n, n % 8, CONCAT('@a@', n % 100), IF(n % 3 = 0, n, NULL), IF(n % 3 = 1, n, NULL), '{}' FROM ${numbers}`,
        `INSERT INTO de_instance (id, kind, name, \`key\`, \`partition\`, version, state, status, created_at, updated_at, ended_at,
            ended_active, parent)
          SELECT CONCAT(IF(n % 2 = 0, '@a@', 'r'), n), IF(n % 2 = 0, 'entity', 'orchestration'), 'a', n, n % 8, 1, '{}',
            IF(n % 2 = 1, ELT(1 + n % 3, 'completed', 'running', 'failed'), NULL), n, n, IF(n % 6 = 1, n, NULL), IF(n % 6 = 1, n, NULL),
            IF(n % 10 = 1, CONCAT('r', n DIV 10), NULL) FROM ${numbers}`,
        `INSERT INTO de_history SELECT CONCAT('r', n), 'x', 0, '[]' FROM ${numbers}`,
        `INSERT INTO de_receipt SELECT CONCAT('q', n), 't', 'h', NULL, n FROM ${numbers}`,
        `INSERT INTO de_tag SELECT 'color', CONCAT('c', n % 500), CONCAT('r', n) FROM ${numbers}`,
        `INSERT INTO de_named_signal SELECT CONCAT('@a@', n), 'n', n FROM ${numbers}`,
        'ANALYZE TABLE de_inbox, de_instance, de_history, de_receipt, de_tag, de_named_signal',
      ])
        await client.query({ text: sql });
    });
    after(async () => {
      await client.end();
      await store.close();
      await database.dispose();
    });

    /** The number of rows and entries of indexes that the server reads for a statement of the store. */
    async function readsOf(text: string, values: readonly SqlValue[]): Promise<number> {
      await client.query({ text: 'FLUSH STATUS' });
      await client.query({ text, name: text }, values);
      const status = await client.query<{ Value: string }>({ text: "SHOW SESSION STATUS LIKE 'Handler_read%'" });
      return status.rows.reduce((sum, { Value }) => sum + Number(Value), 0);
    }

    const few = 2_000;

    const reads: readonly [ReadName, readonly SqlValue[]][] = [
      ['instances', ['["r1"]']],
      ['instances_without_state', ['["r1"]']],
      ['named_signals', ['["@a@2"]']],
      ['history', ['r1', 'x']],
      ['first_chunks', ['[["r1","x"]]']],
      ['receipt', ['q1', 't']],
      ['receipts', ['[["q1","t"]]']],
      ['receipt_page', ['q1', 't', 10]],
      ['first_receipts', [10]],
      ['inbox_ids', ['[1]']],
      ['ended', ['completed', 100, 10, 10]],
      ['waiting', ['@a@3', 0, 10]],
      ['waiting_start', ['@a@3', 0, 10]],
      ['inbox_count', ['@a@3', 5]],
    ];
    for (const [name, values] of reads)
      it(`read few rows of ${rows}: ${name}`, async () => {
        assert.isBelow(await readsOf(readStatements(names)[name].text, values), few);
      });

    it('look for damaged rows with few reads', async () => {
      assert.isBelow(await readsOf(damagedInboxText(names, '0, 1, 2, 3, 4, 5, 6, 7'), []), few);
    });

    it('poll a page of a large backlog without sorting all of it', async () => {
      const partitions = [0, 1, 2, 3, 4, 5, 6, 7];
      const found = await client.query<{ bound: number }>({ text: boundText(names, partitions, 16) });
      assert.isBelow(await readsOf(boundText(names, partitions, 16), []), few);
      const whole = await readsOf(pollText(names, partitions), [0, 16, noBound]);
      const part = await readsOf(pollText(names, partitions), [0, 16, found.rows[0]!.bound]);
      // A third of the rows are not scheduled.
      assert.isBelow(part, whole - 6_000);
    });

    it('poll through the index of each partition, and pass over nothing that waits for later', async () => {
      assert.isBelow(await readsOf(pollText(names, [1, 2]), [10, 10, noBound]), 2 * few);
      await client.query({ text: 'UPDATE de_inbox SET arrival = seq WHERE arrival IS NULL AND due IS NULL' });
      // 6,667 rows are scheduled for later, and the others have their place.
      assert.isBelow(await readsOf(pollText(names, [0, 1, 2, 3, 4, 5, 6, 7]), [0, 10, noBound]), 100);
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
      it(`query a page of ${what} with few reads`, async () => {
        const { text, values } = queryOf(queryWords(names), filter, { after: 'a', limit: 10, withState: true });
        assert.isBelow(await readsOf(text, values), few);
      });

    it('count tagged orchestrations with few reads', async () => {
      const { text, values } = countOf(queryWords(names), filters['tagged orchestrations'] as InstanceFilter);
      assert.isBelow(await readsOf(text, values), few);
    });
  });
