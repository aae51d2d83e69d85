/** The DataSource of an application's transaction. TypeORM 0.3 calls it `connection`, TypeORM 1 calls it `dataSource`. */
import type { DataSource, EntityManager } from 'typeorm';
import type { InvalidArgumentError } from '../../errors/index.js';

interface Manager extends Partial<EntityManager> {
  readonly dataSource?: DataSource;
}

/** @param refused makes the error from a problem @throws InvalidArgumentError if there is no open transaction */
export function dataSourceOf(manager: unknown, refused: (problem: string) => InvalidArgumentError): DataSource {
  const { dataSource, connection = dataSource, queryRunner } = (manager ?? {}) as Manager;
  if (connection === undefined) throw refused('it is not an EntityManager');
  if (queryRunner?.isTransactionActive !== true) throw refused('it has no open transaction');
  return connection;
}
