/** M1: an application with TypeORM 1. The other tests have TypeORM 0.3. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Application } from '../host/application.js';
import { hasMysql, newDatabase } from '../servers/mysql.js';
import { hasPostgres, newSchema } from '../servers/postgres.js';

/** Starts a host twice: on a database without tables, and on existing ones. Prints the answers of an entity. */
const twoStarts = `
import { DurableHost, EntityId, defineEntity } from 'durable-entities';
const storage = JSON.parse(process.argv[2]);
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const log = defineEntity('Log', { effects: 'none' }, (context) => {
  const lines = context.getState(() => []);
  if (context.operationName === 'write') lines.push(context.getInput());
  return lines;
});
const id = new EntityId('Log', 'a');
const answers = [];
for (const line of ['first', 'second']) {
  const host = await DurableHost.start({ storage, register: [log], logger: quiet });
  answers.push(await host.client.callEntity(id, 'write', line));
  await inTransactions(host.client);
  answers.push(await host.client.callEntity(id, 'read'));
  await host.stop();
}
console.log(JSON.stringify(answers));
`;

/** One transaction of the application that commits, and one that is rolled back. */
const transactions = `
import 'reflect-metadata';
import { DataSource } from 'typeorm';
async function inTransactions(client) {
  const dataSource = await new DataSource({ ...storage, logging: false }).initialize();
  await dataSource.transaction((manager) => client.within(manager).signalEntity(id, 'write', 'within'));
  const gone = dataSource.transaction(async (manager) => {
    await client.within(manager).signalEntity(id, 'write', 'rolled back');
    throw new Error('rolled back');
  });
  await gone.catch(() => {});
  await dataSource.destroy();
}
`;

const onServer = twoStarts + transactions;
const wordsOnServer = [
  ['first'],
  ['first', 'within'],
  ['first', 'within', 'second'],
  ['first', 'within', 'second', 'within'],
];

describe('M1: an application with TypeORM 1', () => {
  let application: Application;
  before(() => {
    application = new Application();
    application.install({
      typeorm: { link: 'typeorm-1' },
      'better-sqlite3': { link: 'better-sqlite3' },
      pg: { link: 'pg' },
      mysql2: { link: 'mysql2' },
    });
    const manifest = readFileSync(join(application.folder, 'node_modules/typeorm/package.json'), 'utf8');
    expect(JSON.parse(manifest)).to.include({ name: 'typeorm' }).and.to.have.property('version').that.matches(/^1\./);
  });
  after(() => application.dispose());

  it('starts a host on a SQLite file, which TypeORM 1 has no driver for', () => {
    const program = `${twoStarts}\nasync function inTransactions() {}`;
    const answers = application.run(program, JSON.stringify('hub.db'));
    expect(answers).to.deep.equal([['first'], ['first'], ['first', 'second'], ['first', 'second']]);
  });

  it('starts a host with better-sqlite3, and sends within its own transactions', () => {
    const answers = application.run(onServer, JSON.stringify({ type: 'better-sqlite3', database: 'better.db' }));
    expect(answers).to.deep.equal(wordsOnServer);
  });

  if (hasPostgres())
    it('starts a host on PostgreSQL, and sends within its own transactions', async () => {
      const { url, schema, drop } = await newSchema();
      const answers = application.run(onServer, JSON.stringify({ type: 'postgres', url, schema }));
      await drop();
      expect(answers).to.deep.equal(wordsOnServer);
    });

  if (hasMysql())
    it('starts a host on MySQL, and sends within its own transactions', async () => {
      const { url, name: database, drop } = await newDatabase();
      // TypeORM does not decode the name of a database in a URL.
      const { hostname: host, port, username, password } = new URL(url);
      const storage = { type: 'mysql', host, port: Number(port), username, password, database };
      const answers = application.run(onServer, JSON.stringify(storage));
      await drop();
      expect(answers).to.deep.equal(wordsOnServer);
    });
}).timeout(60_000);
