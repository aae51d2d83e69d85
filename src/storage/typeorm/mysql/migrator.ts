/*
 * The only part of the MySQL store that needs TypeORM. It is imported only if tables must be created or migrated.
 */
import type { DataSource, QueryRunner } from 'typeorm';
import { silent } from '../server/silent-logger.js';
import { tableNames } from '../server/table-names.js';
import * as typeOrm from '../typeorm.js';
import { migrations, procedureNames } from './migrations/index.js';
import type { RawConnection } from './mysql-driver.js';
import type { Names } from './names.js';
import { sqlMode } from './session-facts.js';

/** Creates or migrates the tables on an open connection, which holds the lock of the migrations. */
export async function migrate(connection: RawConnection, names: Names): Promise<void> {
  const dataSource = await dataSourceOver(connection, names);
  // Statements that make tables commit by themselves, so a transaction would be of no use.
  await dataSource.runMigrations({ transaction: 'none' });
}

/**
 * A DataSource of TypeORM on an open connection. TypeORM opens no connection of its own. Never destroy the DataSource: the connection belongs
 * to the caller.
 */
function dataSourceOver(raw: RawConnection, { database, prefix }: Names): Promise<DataSource> {
  type Answered = (error: Error | null, result?: unknown) => void;
  const query = (sql: string, values: readonly unknown[] | undefined, answered: Answered) =>
    raw.query({ sql, ...(values === undefined ? {} : { values }) }, answered);
  const connection = {
    // TypeORM 0.3 calls this.
    query,
    // TypeORM 1 calls that.
    promise: () => ({
      query: (sql: string, values: readonly unknown[] | undefined) =>
        new Promise((resolve, reject) => {
          query(sql, values, (error, result) => (error === null ? resolve([result]) : reject(error)));
        }),
    }),
    listeners: (event: string) => raw.listeners(event),
    release() {},
  };
  const pool = { getConnection: (done: Answered) => done(null, connection), end: (done: () => void) => done() };
  const dataSource = new typeOrm.DataSource({
    type: 'mysql',
    driver: { createPool: () => pool },
    connectorPackage: 'mysql2',
    database,
    entities: [],
    entityPrefix: prefix,
    migrations,
    migrationsTableName: `${prefix}migrations`,
    synchronize: false,
    logging: false,
    logger: silent,
  });
  return dataSource.initialize();
}

/**
 * The statements of all migrations, for somebody who has the rights that `user` lacks. In the form of the command-line client: procedures
 * contain semicolons.
 * @param user as the server names it: `'shop'@'%'`
 */
export async function migrationScript(names: Names, user: string): Promise<string> {
  const { database, quotedDatabase, prefix, qualified: q } = names;
  const statements = ['SET NAMES utf8mb4', `SET SESSION sql_mode = '${sqlMode}'`, `USE ${quotedDatabase}`];
  const recorder = {
    connection: { options: { database, entityPrefix: prefix } },
    query: async (sql: string) => void statements.push(sql),
  } as unknown as QueryRunner;
  for (const Migration of migrations) await new Migration().up(recorder);
  statements.push(
    `CREATE TABLE IF NOT EXISTS ${q('migrations')} (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, \`timestamp\` BIGINT NOT NULL,
      name VARCHAR(255) NOT NULL) ENGINE = InnoDB`,
    ...migrations.map(({ name }) => {
      const values = `${/\d+$/.exec(name)?.[0]}, '${name}'`;
      return `INSERT INTO ${q('migrations')} (\`timestamp\`, name) SELECT ${values} WHERE NOT EXISTS (SELECT 1 FROM ${q('migrations')} AS m WHERE m.name = '${name}')`;
    }),
    ...tableNames.map((table) => `GRANT SELECT, INSERT, UPDATE, DELETE ON ${q(table)} TO ${user}`),
    `GRANT SELECT ON ${q('migrations')} TO ${user}`,
    ...procedureNames.map((procedure) => `GRANT EXECUTE ON PROCEDURE ${q(procedure)} TO ${user}`),
  );
  return ['DELIMITER $$', ...statements.map((sql) => `${sql}$$`), 'DELIMITER ;', ''].join('\n');
}
