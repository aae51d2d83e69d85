export { TypeOrmStore } from './typeorm-store.js';
export { sqliteStore, type SqliteStoreOptions } from './sqlite/sqlite-store.js';
