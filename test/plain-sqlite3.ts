/**
 * sqlite3 without its long stack traces, which TypeORM switches on for the whole process with the first DataSource on a SQLite file. From then
 * on each statement of every later test would make an error and print its parameters. An application that wants these traces has them.
 */
import { createRequire } from 'node:module';

const sqlite3 = createRequire(import.meta.url)('sqlite3') as { verbose(): unknown };

sqlite3.verbose = () => sqlite3;
