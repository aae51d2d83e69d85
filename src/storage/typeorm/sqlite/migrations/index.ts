import { CreateTables1763600000000 } from './1763600000000-create-tables.js';

/** In the order in which they are run. What has been released is never changed; a change is a new migration. */
export const migrations = [CreateTables1763600000000];
