/** A logger of TypeORM for migrations. A failed migration is thrown, and TypeORM would also print it. */
import type { Logger } from 'typeorm';

const nothing = () => {};

export const silent: Logger = {
  logQuery: nothing,
  logQueryError: nothing,
  logQuerySlow: nothing,
  logSchemaBuild: nothing,
  logMigration: nothing,
  log: nothing,
};
