/** M1: an application with TypeORM 1 and a database on a server. */
import { expect } from 'chai';
import type { Application } from '../host/application.js';
import { hasMysql, newDatabase } from '../servers/mysql.js';
import { hasPostgres, newSchema } from '../servers/postgres.js';
import { answersWithTransactions, applicationWithTypeorm1, withTransactions } from './typeorm-1-application.js';

describe('M1: an application with TypeORM 1 and a server', () => {
  let application: Application;
  before(() => {
    application = applicationWithTypeorm1();
  });
  after(() => application.dispose());

  if (hasPostgres())
    it('starts a host on PostgreSQL, and sends within its own transactions', async () => {
      const { url, schema, drop } = await newSchema();
      const answers = application.run(withTransactions, JSON.stringify({ type: 'postgres', url, schema }));
      await drop();
      expect(answers).to.deep.equal(answersWithTransactions);
    });

  if (hasMysql())
    it('starts a host on MySQL, and sends within its own transactions', async () => {
      const { url, name: database, drop } = await newDatabase();
      // TypeORM does not decode the name of a database in a URL.
      const { hostname: host, port, username, password } = new URL(url);
      const storage = { type: 'mysql', host, port: Number(port), username, password, database };
      const answers = application.run(withTransactions, JSON.stringify(storage));
      await drop();
      expect(answers).to.deep.equal(answersWithTransactions);
    });
}).timeout(60_000);
