export { MemoryDatabase, type MemoryDatabaseOptions } from './memory-database.js';
export { MemoryStore } from './memory-store.js';
