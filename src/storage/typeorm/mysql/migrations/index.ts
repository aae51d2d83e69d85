import { commitProcedure } from '../commit-procedure.js';
import { acquireProcedure, endProcedure, joinProcedure } from '../membership-procedures.js';
import { CreateTables1764500000000 } from './1764500000000-create-tables.js';

/** The procedures that this version calls. */
export const procedureNames = [commitProcedure, joinProcedure, endProcedure, acquireProcedure];

/**
 * All migrations in the order in which they run. A released migration is never changed. Every change needs a new migration. Each names itself,
 * because its name is stored, and a minifier renames classes.
 */
export const migrations = [CreateTables1764500000000];
