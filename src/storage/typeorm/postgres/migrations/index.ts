import type { MigrationInterface } from 'typeorm';
import type { MigrationNeeds } from '../old-workers.js';
import { CreateTables1764300000000 } from './1764300000000-create-tables.js';

/**
 * All migrations in the order in which they run. A released migration is never changed. Every change needs a new migration. Each names itself,
 * because its name is stored, and a minifier renames classes. One after which older code cannot read the tables has the static member
 * `minReader`.
 */
export const migrations: readonly ((new () => MigrationInterface) & MigrationNeeds)[] = [CreateTables1764300000000];
