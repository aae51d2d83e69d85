import { CreateTables1764300000000 } from './1764300000000-create-tables.js';

/** All migrations in the order in which they run. A released migration is never changed. Every change needs a new migration. */
export const migrations = [CreateTables1764300000000];
