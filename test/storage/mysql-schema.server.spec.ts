import { assert } from 'chai';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { StorageError } from '../../src/errors/index.js';
import { mysqlStore } from '../../src/storage/typeorm/mysql/mysql-store.js';
import type { StorageRightsError } from '../../src/storage/typeorm/server/tables-of-server.js';
import { TestWorker, epochMs, failure, ids, instance, message, put, receipt } from '../conformance/harness.js';
import { ask, connectTo, hasMysql, newDatabase, query } from '../servers/mysql.js';
import { findMysqlPrograms } from '../servers/mysql-programs.js';
import { Proxy } from '../servers/proxy.js';

if (hasMysql())
  describe('the tables in MySQL or MariaDB', () => {
    let url: string;
    let name: string;
    let drop: () => Promise<void>;

    beforeEach(async () => {
      ({ url, name, drop } = await newDatabase());
    });
    afterEach(() => drop());

    const storage = () => ({ type: 'mysql', url }) as const;
    const open = () => mysqlStore(storage(), { partitionCount: 8 });

    it('are completed by the next start when a start dies at any of its statements', async () => {
      const proxy = await Proxy.before(url);
      let last = 1;
      for (; ; last++) {
        await drop();
        await ask(new URL('/', url).href, `CREATE DATABASE \`${name}\` CHARACTER SET latin1`);
        let statement = 0;
        // The statement arrives, and the process dies before it hears of it.
        proxy.onRequest = (data, cut, pass) => {
          if (!/CREATE|DROP|INSERT|START TRANSACTION/.test(data.toString('latin1')) || ++statement < last) return true;
          pass(data);
          setImmediate(cut);
          return false;
        };
        const dying = mysqlStore({ ...storage(), url: proxy.url }, { partitionCount: 8 });
        const outcome = await dying.open().catch((error: unknown) => error);
        await dying.close();
        if (!(outcome instanceof Error)) break;
        assert.instanceOf(outcome, StorageError);
        const next = open();
        await next.open();
        const worker = await TestWorker.start(next);
        assert.lengthOf(await worker.partitions(), 8, `after statement ${last}`);
        await worker.commit({ inbox: [message(1)], instances: [put('@a@a')] });
        await next.close();
      }
      assert.isAbove(last, 20);
      await proxy.close();
    });

    it('are not needed to be created by their user: an error has the SQL for somebody who may', async () => {
      const user = `user_${randomBytes(4).toString('hex')}`;
      await ask(url, `CREATE USER ${user}@'%' IDENTIFIED BY 'secret'; GRANT SELECT ON \`${name}\`.* TO ${user}@'%'`);
      const limitedUrl = new URL(url);
      limitedUrl.username = user;
      limitedUrl.password = 'secret';
      const limited = mysqlStore({ ...storage(), url: limitedUrl.href }, { partitionCount: 8 });
      try {
        const error = (await failure(limited.open())) as StorageRightsError;
        assert.equal(error.code, 'DE_STORAGE_RIGHTS');
        assert.notInclude(error.message, 'secret');
        const { hostname, port, username } = new URL(url);
        // The command-line client, as somebody would use it.
        execFileSync(findMysqlPrograms()!.client, ['-h', hostname, '-P', port, '-u', username], { input: error.sql });
        assert.equal((await limited.open()).partitionCount, 8);
        const worker = await TestWorker.start(limited);
        await worker.commit({ inbox: [message(1)], instances: [put('@a@a')] });
        assert.deepEqual(ids((await worker.poll(Date.now())).rows), [1]);
        const filter = { kind: 'entity', aliveAtMs: 1 } as const;
        assert.lengthOf(await limited.queryInstances(filter, { limit: 9, withState: true }), 1);
      } finally {
        await limited.close();
        await ask(url, `DROP USER ${user}@'%'`);
      }
    });

    it('whose procedure is gone are refused', async () => {
      const first = open();
      await first.open();
      await first.close();
      await ask(url, 'DROP PROCEDURE de_commit_v1');
      const store = open();
      assert.include(((await failure(store.open())) as StorageError).hint, 'de_commit_v1');
      await store.close();
    });

    it('hold the longest names, keys and ids', async () => {
      const store = open();
      await store.open();
      const worker = await TestWorker.start(store);
      const [text, id] = ['😀'.repeat(128), `@${'n'.repeat(512)}@${'é'.repeat(256)}`];
      const row = instance(id, { name: text, key: text, status: text, parent: id, kind: 'orchestration' });
      await worker.commit({
        instances: [{ op: 'put', ...row, tags: [[text, text]] }],
        history: [{ instance: id, execution: text, chunk: 0, events: '[]' }],
        receipts: [receipt(text, { target: id })],
        inbox: [message(1, { target: id })],
        named: [[id, text, 1]],
      });
      const filter = { kind: 'orchestration', tags: [[text, text]], parent: id, idPrefix: id } as const;
      assert.deepEqual(await store.queryInstances(filter, { limit: 9, withState: true }), [row]);
      assert.lengthOf(await store.loadHistory(id, text), 1);
      assert.lengthOf(await store.loadReceipts([receipt(text, { target: id })]), 1);
      assert.deepEqual(await store.loadNamedSignals([id]), [{ entity: id, name: text, row: 1 }]);
      assert.equal(await store.countInbox(id, epochMs), 1);
      await store.close();
    });

    it('do not rest on settings of the server or the user', async () => {
      const store = open();
      await store.open();
      const worker = await TestWorker.start(store);
      await worker.commit();
      const connection = await connectTo(url);
      const rows = await query<{ seconds: number }>(
        connection,
        'SELECT ABS(expires_at / 1000 - 15 - UNIX_TIMESTAMP()) AS seconds FROM de_worker',
      );
      assert.isBelow(Number(rows[0]?.seconds), 600, 'instants are those of UTC');
      connection.destroy();
      await store.close();
    });
  });

if (hasMysql())
  describe('a connection to MySQL or MariaDB', () => {
    it('uses TLS when it is asked to: a server without it is refused', async () => {
      const { url, drop } = await newDatabase();
      const [ssl] = await ask<{ Value: string }>(url, "SHOW VARIABLES LIKE 'have_ssl'");
      const store = mysqlStore({ type: 'mysql', url, ssl: { rejectUnauthorized: true } });
      const error = (await failure(store.open())) as StorageError;
      assert.match(error.message, ssl?.Value === 'YES' ? /certificate/i : /secure connection/i);
      await store.close();
      await drop();
    });

    it('that cannot be made says where to, without the password', async () => {
      const store = mysqlStore({ type: 'mysql', url: 'mysql://me:secret@127.0.0.1:1/db', connectTimeout: 500 });
      const error = (await failure(store.open())) as StorageError;
      assert.equal(error.code, 'DE_STORAGE_BUSY');
      assert.include(error.message, '127.0.0.1:1/db');
      assert.notInclude(`${error.message} ${error.hint}`, 'secret');
      await store.close();
    });

    it('to a database that does not exist, or without a database, fails for good', async () => {
      const { url, drop } = await newDatabase();
      for (const pathname of ['/does_not_exist', '/']) {
        const store = mysqlStore({ type: 'mysql', url: new URL(pathname, url).href });
        assert.deepInclude(await failure(store.open()), { code: 'DE_STORAGE' });
        await store.close();
      }
      await drop();
    });

    it('asks a function for the password each time, and takes the options of its driver', async () => {
      const { url, name, drop } = await newDatabase();
      const { hostname, port, username } = new URL(url);
      let asked = 0;
      const password = async () => {
        asked++;
        return '';
      };
      const store = mysqlStore({
        type: 'mariadb',
        host: hostname,
        port: Number(port),
        username,
        password,
        database: name,
        poolSize: 3,
        extra: { connectAttributes: { program_name: 'test' } },
      });
      await store.open();
      await store.rowsInInbox([1]);
      assert.isAbove(asked, 1);
      await store.close();
      await drop();
    });
  });
