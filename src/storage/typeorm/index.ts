export { TypeOrmStore } from './typeorm-store.js';
export { compactSqlite } from './sqlite/compact.js';
export { readSqliteRun } from './sqlite/read-run.js';
export { sqliteStore, type SqliteStoreOptions } from './sqlite/sqlite-store.js';
