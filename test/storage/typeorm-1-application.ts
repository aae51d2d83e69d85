/** An application with TypeORM 1, and programs that it runs. The other tests have TypeORM 0.3. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Application } from '../host/application.js';

/** Starts a host twice: on a database without tables, and on existing ones. Prints the answers of an entity. */
export const twoStarts = `
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

/** Starts on a database whose transactions the application shares. */
export const withTransactions = twoStarts + transactions;
/** The answers of that program. */
export const answersWithTransactions = [
  ['first'],
  ['first', 'within'],
  ['first', 'within', 'second'],
  ['first', 'within', 'second', 'within'],
];

export function applicationWithTypeorm1(): Application {
  const application = new Application();
  application.install({
    typeorm: { link: 'typeorm-1' },
    'better-sqlite3': { link: 'better-sqlite3' },
    pg: { link: 'pg' },
    mysql2: { link: 'mysql2' },
  });
  const manifest = readFileSync(join(application.folder, 'node_modules/typeorm/package.json'), 'utf8');
  expect(JSON.parse(manifest)).to.include({ name: 'typeorm' }).and.to.have.property('version').that.matches(/^1\./);
  return application;
}
