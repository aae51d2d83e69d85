export { TypeOrmStore } from './typeorm-store.js';
export { readSqliteRun } from './sqlite/read-run.js';
export { sqliteStore, type SqliteStoreOptions } from './sqlite/sqlite-store.js';
