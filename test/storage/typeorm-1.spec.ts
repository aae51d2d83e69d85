/** M1: an application with TypeORM 1 and an embedded database. */
import { expect } from 'chai';
import type { Application } from '../host/application.js';
import {
  answersWithTransactions,
  applicationWithTypeorm1,
  twoStarts,
  withTransactions,
} from './typeorm-1-application.js';

describe('M1: an application with TypeORM 1', () => {
  let application: Application;
  before(() => {
    application = applicationWithTypeorm1();
  });
  after(() => application.dispose());

  it('starts a host on a SQLite file, which TypeORM 1 has no driver for', () => {
    const program = `${twoStarts}\nasync function inTransactions() {}`;
    const answers = application.run(program, JSON.stringify('hub.db'));
    expect(answers).to.deep.equal([['first'], ['first'], ['first', 'second'], ['first', 'second']]);
  });

  it('starts a host with better-sqlite3, and sends within its own transactions', () => {
    const answers = application.run(
      withTransactions,
      JSON.stringify({ type: 'better-sqlite3', database: 'better.db' }),
    );
    expect(answers).to.deep.equal(answersWithTransactions);
  });
}).timeout(60_000);
