/** The option `storage` for MySQL and MariaDB: checks before anything is opened, and a host and a client on a real database. */
import { expect } from 'chai';
import { InvalidArgumentError } from '../../src/errors/index.js';
import { checkStorage } from '../../src/host/storage-options.js';
import { compactStorage, defineEntity, DurableClient, DurableHost, EntityId } from '../../src/index.js';
import { connectionConfig, describeDatabase, partsOfUrl } from '../../src/storage/typeorm/mysql/mysql-driver.js';
import { hasMysql } from '../servers/mysql.js';
import { createMysqlDatabase } from '../storage/mysql-databases.js';

describe('the option storage for MySQL', () => {
  const options = {
    host: 'h',
    port: 3307,
    username: 'u',
    password: () => 'p',
    database: 'd',
    ssl: { rejectUnauthorized: false },
    extra: { keepAliveInitialDelay: 1 },
    connectTimeout: 100,
    poolSize: 3,
  };

  it('takes a URL, and an object with the options of a connection', () => {
    for (const type of ['mysql', 'mariadb']) {
      const url = `${type}://u@h:3306/d`;
      // Both names mean the same.
      expect(checkStorage(url)).to.deep.equal({ type: 'mysql', url });
      expect(checkStorage({ type, ...options })).to.deep.equal({ type, ...options });
      expect(checkStorage({ type, url, socketPath: '/run/mysqld.sock' })).to.include({
        socketPath: '/run/mysqld.sock',
      });
    }
  });

  const wrong: readonly [problem: RegExp, storage: unknown][] = [
    [/"charset", "synchronize" would have no effect/, { type: 'mysql', charset: 'latin1', synchronize: true }],
    [/"connectTimeoutMS" would have no effect/, { type: 'mysql', connectTimeoutMS: 5 }],
    [/storage\.port/, { type: 'mariadb', port: 70_000 }],
    [/storage\.socketPath/, { type: 'mysql', socketPath: '' }],
    [/storage\.connectTimeout/, { type: 'mysql', connectTimeout: 0 }],
    [/storage\.poolSize/, { type: 'mysql', poolSize: 2 }],
    [/storage\.password/, { type: 'mysql', password: ['secret'] }],
    [/storage\.url/, { type: 'mysql', url: 'postgres://u:secret@h/d' }],
    [/cannot be read as a URL/, 'mysql://u:secret@h:port/d'],
    [/would have no effect/, 'mysql://u:secret@h/d?charset=latin1'],
    [/percent sign/, 'mysql://u:secret%@h/d'],
  ];
  for (const [problem, storage] of wrong)
    it(`refuses what has no effect or no meaning, without its password: ${JSON.stringify(storage)}`, () => {
      let error: unknown;
      try {
        checkStorage(storage);
      } catch (refused) {
        error = refused;
      }
      expect(error).to.be.instanceOf(InvalidArgumentError);
      const { message, hint } = error as InvalidArgumentError;
      expect(message).to.match(problem);
      expect(`${message} ${hint}`).not.to.include('secret');
    });

  it('reads the parts of a URL, and describes the database without its password', () => {
    const url = 'mysql://me%40:s%2Fecret@[::1]:3307/my%20db';
    expect(partsOfUrl(url)).to.deep.equal({
      host: '::1',
      port: 3307,
      username: 'me@',
      password: 's/ecret',
      database: 'my db',
    });
    expect(describeDatabase({ type: 'mysql', url })).to.equal('::1:3307/my db');
    expect(describeDatabase({ type: 'mysql', socketPath: '/s', database: 'd' })).to.equal('/s/d');
  });

  it('becomes the configuration of the driver, whose settings that results rest on nobody changes', async () => {
    const extra = { charset: 'latin1', multipleStatements: true, localAddress: '127.0.0.1' };
    const config = await connectionConfig({ type: 'mysql', ...options, password: async () => 'p', extra });
    expect(config).to.deep.include({ host: 'h', port: 3307, user: 'u', password: 'p', database: 'd' });
    expect(config).to.deep.include({ charset: 'utf8mb4', multipleStatements: false, localAddress: '127.0.0.1' });
    expect((await connectionConfig({ type: 'mysql', ssl: true }))['ssl']).to.deep.equal({});
    expect(await connectionConfig({ type: 'mysql', socketPath: '/s', ssl: false })).not.to.have.any.keys('host', 'ssl');
  });

  it('is no file to compact', async () => {
    const error = await compactStorage('mysql://h/d').catch((refused: unknown) => refused);
    expect(error).to.be.instanceOf(InvalidArgumentError);
  });
});

if (hasMysql())
  describe('hosts on MySQL or MariaDB', () => {
    const counter = defineEntity('Counter', { effects: 'none' }, (context) => {
      const n = context.getState(() => 0) + (context.getInput<number | undefined>() ?? 0);
      context.setState(n);
      return n;
    });

    it('share the work, serve a client of another connection, and keep their states', async () => {
      const database = await createMysqlDatabase();
      const { storage } = database;
      const options = { storage, register: [counter], logger: { debug() {}, info() {}, warn() {}, error() {} } };
      const hosts = await Promise.all([DurableHost.start(options), DurableHost.start(options)]);
      const client = await DurableClient.connect(options);
      const keys = Array.from({ length: 20 }, (_, n) => new EntityId('Counter', `k${n}`));
      for (const host of hosts) await Promise.all(keys.map((id, n) => host.client.callEntity(id, 'add', n)));
      expect(await Promise.all(keys.map((id) => client.callEntity(id, 'add', 1)))).to.deep.equal(
        keys.map((_, n) => 2 * n + 1),
      );
      await client.close();
      await Promise.all(hosts.map((host) => host.stop()));
      const next = await DurableHost.start(options);
      expect(await next.client.callEntity(keys[5] as EntityId, 'add', 0)).to.equal(11);
      await next.stop();
      await database.dispose();
    });
  });
