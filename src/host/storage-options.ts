import { InvalidArgumentError, StorageError } from '../errors/index.js';
import { quoted, shown } from '../errors/text.js';
import { optionsOf, type OptionNames } from '../model/options.js';

/** A SQLite file, written as TypeORM's DataSourceOptions name one. */
export interface SqliteStorage {
  readonly type: 'sqlite';
  /** Path of the file. */
  readonly database: string;
}

const honoured: OptionNames<SqliteStorage> = { type: true, database: true };

/**
 * Where a host or a client keeps everything: the path of a SQLite file, or `':memory:'`.
 * @throws InvalidArgumentError; StorageError if no storage of this type is supported
 */
export function checkStorage(given: unknown): string {
  if (typeof given === 'string') return given;
  if (typeof given !== 'object' || given === null) {
    const problem = given === undefined ? 'it is missing' : `${shown(given)} is no path`;
    throw new InvalidArgumentError('storage', problem, "Give the path of a SQLite file, or ':memory:'.");
  }
  const { type, database, ...others } = optionsOf(given as Record<string, unknown>, 'storage');
  if (type !== 'sqlite') {
    throw new StorageError(
      `Storage of type ${shown(type)} is not supported yet.`,
      "Give the path of a SQLite file, ':memory:', or { type: 'sqlite', database: path }.",
    );
  }
  checkHonoured(others);
  if (typeof database !== 'string' || database === '') {
    throw new InvalidArgumentError('storage.database', `${shown(database)} is no path`, 'Give the path of a file.');
  }
  if (database === ':memory:') {
    const hint = "Give storage: ':memory:'.";
    throw new InvalidArgumentError(
      'storage.database',
      "':memory:' is no file, and the host uses no SQLite there",
      hint,
    );
  }
  return database;
}

/** A connection option without effect may be worse than none: with `key` the file would be plain. */
function checkHonoured(others: Record<string, unknown>): void {
  const ignored = Object.keys(others).filter((name) => others[name] !== undefined);
  if (ignored.length === 0) return;
  throw new InvalidArgumentError(
    'storage',
    `${ignored.map(quoted).join(', ')} would have no effect: the engine opens its own connections`,
    `The options are: ${Object.keys(honoured).join(', ')}. Keep the others for a DataSource of your own.`,
  );
}
