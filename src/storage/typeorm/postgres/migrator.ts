/*
 * The only part of the PostgreSQL store that needs TypeORM. It is imported only if tables must be created or migrated.
 */
import { EventEmitter } from 'node:events';
import type { DataSource, QueryRunner } from 'typeorm';
import { commitSignature } from './commit-function.js';
import { expirySignature } from './expiry-function.js';
import { silent } from '../server/silent-logger.js';
import { tableNames } from '../server/table-names.js';
import * as typeOrm from '../typeorm.js';
import { migrations } from './migrations/index.js';
import { quotedName, quotedText, type Names } from './names.js';
import type { PgClient } from './postgres-driver.js';

/** Creates or migrates the tables on an open connection, in its open transaction. */
export async function migrate(client: PgClient, names: Names): Promise<void> {
  const dataSource = await dataSourceOver(client, names);
  // The caller has begun a transaction. So all migrations are applied, or none.
  await dataSource.runMigrations({ transaction: 'none' });
}

/**
 * A DataSource of TypeORM on an open connection. TypeORM opens no connection of its own. Never destroy the DataSource: the connection belongs
 * to the caller.
 */
function dataSourceOver(client: PgClient, { schema, prefix }: Names): Promise<DataSource> {
  class Pool extends EventEmitter {
    connect(done: (error: null, client: PgClient, release: () => void) => void): void {
      done(null, client, () => {});
    }
    end(done: () => void): void {
      done();
    }
  }
  const dataSource = new typeOrm.DataSource({
    type: 'postgres',
    driver: { Pool },
    schema,
    entities: [],
    entityPrefix: prefix,
    migrations: [...migrations],
    migrationsTableName: `${prefix}migrations`,
    installExtensions: false,
    synchronize: false,
    logging: false,
    // A failed migration is thrown. TypeORM would also print it.
    logger: silent,
  });
  return dataSource.initialize();
}

/** The statements of all migrations, for somebody who has the rights that `user` lacks. */
export async function migrationScript(names: Names, user: string): Promise<string> {
  const { schema, quotedSchema, prefix, qualified: q } = names;
  const statements = [`CREATE SCHEMA IF NOT EXISTS ${quotedSchema}`];
  const recorder = {
    connection: { options: { schema, entityPrefix: prefix } },
    query: async (sql: string) => void statements.push(sql),
  } as unknown as QueryRunner;
  for (const Migration of migrations) await new Migration().up(recorder);
  statements.push(
    `CREATE TABLE ${q('migrations')} (id SERIAL PRIMARY KEY, "timestamp" bigint NOT NULL, name character varying NOT NULL)`,
    ...migrations.map(({ name }) => {
      const values = `${/\d+$/.exec(name)?.[0]}, ${quotedText(name)}`;
      return `INSERT INTO ${q('migrations')} ("timestamp", name) VALUES (${values})`;
    }),
    // Everybody may call a new function, unless the default privileges say otherwise.
    `GRANT USAGE ON SCHEMA ${quotedSchema} TO ${quotedName(user)}`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ${tableNames.map(q).join(', ')} TO ${quotedName(user)}`,
    `GRANT SELECT ON ${q('migrations')} TO ${quotedName(user)}`,
    `GRANT SELECT ON SEQUENCE ${q('inbox_seq')} TO ${quotedName(user)}`,
    `GRANT EXECUTE ON FUNCTION ${commitSignature(names)}, ${expirySignature(names)} TO ${quotedName(user)}`,
  );
  return ['BEGIN', ...statements, 'COMMIT'].map((sql) => `${sql};\n`).join('\n');
}
