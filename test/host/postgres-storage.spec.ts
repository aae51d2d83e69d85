/** The option `storage` for PostgreSQL: checks before anything is opened, and a host and a client on a real database. */
import { expect } from 'chai';
import { InvalidArgumentError } from '../../src/errors/index.js';
import { checkStorage } from '../../src/host/storage-options.js';
import { compactStorage, defineEntity, DurableClient, DurableHost, EntityId } from '../../src/index.js';
import { hasPostgres } from '../servers/postgres.js';
import { createDatabase } from '../storage/postgres-databases.js';

function refusal(storage: unknown): InvalidArgumentError {
  try {
    checkStorage(storage);
  } catch (error) {
    expect(error).to.be.instanceOf(InvalidArgumentError);
    return error as InvalidArgumentError;
  }
  throw new Error('It was expected to be refused.');
}

describe('the option storage for PostgreSQL', () => {
  it('takes a URL, and an object with the options of a connection', () => {
    for (const url of ['postgres://u@h/d', 'postgresql://h:5432/d?sslmode=require'])
      expect(checkStorage(url)).to.deep.equal({ type: 'postgres', url });
    const storage = {
      type: 'postgres',
      host: 'h',
      port: 5433,
      username: 'u',
      password: () => 'p',
      database: 'd',
      schema: 's',
      ssl: { rejectUnauthorized: false },
      extra: { keepAliveInitialDelayMillis: 1 },
      applicationName: 'a',
      connectTimeoutMS: 100,
      poolSize: 3,
    };
    expect(checkStorage(storage)).to.deep.equal(storage);
  });

  it('refuses options that would have no effect, and names those that have one', () => {
    const error = refusal({ type: 'postgres', host: 'h', synchronize: true, replication: {} });
    expect(error.message).to.include('"synchronize", "replication" would have no effect');
    expect(error.hint).to.include('poolSize');
  });

  const wrong: [name: string, storage: object][] = [
    ['port', { port: 70_000 }],
    ['port', { port: '5432' }],
    ['poolSize', { poolSize: 2 }],
    ['connectTimeoutMS', { connectTimeoutMS: 0 }],
    ['host', { host: '' }],
    ['schema', { schema: 5 }],
    ['database', { database: 'a\0b' }],
    ['ssl', { ssl: 'yes' }],
    ['extra', { extra: true }],
    ['password', { password: 5 }],
    ['url', { url: 'mysql://h/d' }],
  ];
  for (const [name, storage] of wrong)
    it(`refuses a wrong value of ${name}: ${JSON.stringify(storage)}`, () => {
      expect(refusal({ type: 'postgres', ...storage }).message).to.include(`storage.${name}`);
    });

  it('shows no password of a URL or an option', () => {
    for (const storage of ['postgres://u:secret@h:port/d', { type: 'postgres', password: ['secret'] }]) {
      const { message, hint } = refusal(storage);
      expect(`${message} ${hint}`).not.to.include('secret');
    }
  });

  it('is no file to compact', async () => {
    const error = await compactStorage('postgres://h/d').catch((refused: unknown) => refused);
    expect(error).to.be.instanceOf(InvalidArgumentError);
  });
});

if (hasPostgres())
  describe('a host on PostgreSQL', () => {
    const counter = defineEntity('Counter', { effects: 'none' }, (context) => {
      const n = context.getState(() => 0) + (context.getInput<number | undefined>() ?? 0);
      context.setState(n);
      return n;
    });

    it('serves its own client and a client of another connection, and keeps its states', async () => {
      const database = await createDatabase();
      const { storage } = database;
      const logger = { debug() {}, info() {}, warn() {}, error() {} };
      const options = { storage, register: [counter], logger };
      const host = await DurableHost.start(options);
      const client = await DurableClient.connect(options);
      const id = new EntityId('Counter', 'a');
      expect(await host.client.callEntity(id, 'add', 2)).to.equal(2);
      expect(await client.callEntity(id, 'add', 3)).to.equal(5);
      await client.close();
      await host.stop();
      const next = await DurableHost.start(options);
      expect(await next.client.callEntity(id, 'add', 0)).to.equal(5);
      await next.stop();
      await database.dispose();
    });
  });
