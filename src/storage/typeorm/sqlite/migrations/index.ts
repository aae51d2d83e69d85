import { CreateTables1763600000000 } from './1763600000000-create-tables.js';
import { IndexRuns1763700000000 } from './1763700000000-index-runs.js';
import { IndexTargets1763900000000 } from './1763900000000-index-targets.js';
import { Clients1764000000000 } from './1764000000000-clients.js';
import { CommitByConnection1764100000000 } from './1764100000000-commit-by-connection.js';
import { FormatTwo1764200000000 } from './1764200000000-format-two.js';
import { FirstChunks1764600000000 } from './1764600000000-first-chunks.js';

/**
 * All migrations in the order in which they run. A released migration is never changed. Every change needs a new migration. Each names itself,
 * because its name is stored, and a minifier renames classes.
 */
export const migrations = [
  CreateTables1763600000000,
  IndexRuns1763700000000,
  IndexTargets1763900000000,
  Clients1764000000000,
  CommitByConnection1764100000000,
  FormatTwo1764200000000,
  FirstChunks1764600000000,
];
