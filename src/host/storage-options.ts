import { InvalidArgumentError, StorageError } from '../errors/index.js';
import { quoted, shown } from '../errors/text.js';
import { optionsOf, type OptionNames } from '../model/options.js';
import type { SqliteStorage } from '../model/sqlite-storage.js';

const honoured: OptionNames<SqliteStorage> = { type: true, database: true };

/**
 * Checks the option `storage` of a host or client. Returns the path of a SQLite file, or `':memory:'`.
 * @throws InvalidArgumentError; StorageError if no storage of this type is supported
 */
export function checkStorage(given: unknown): string {
  if (typeof given === 'string') return given;
  if (typeof given !== 'object' || given === null) {
    const problem = given === undefined ? 'it is missing' : `${shown(given)} is not a path`;
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
    throw new InvalidArgumentError('storage.database', `${shown(database)} is not a path`, 'Give the path of a file.');
  }
  if (database === ':memory:') {
    const hint = "Give storage: ':memory:'.";
    throw new InvalidArgumentError('storage.database', "':memory:' is not a file", hint);
  }
  return database;
}

/** Refuses connection options that would have no effect: a user of `key` would wrongly expect an encrypted file. */
function checkHonoured(others: Record<string, unknown>): void {
  const ignored = Object.keys(others).filter((name) => others[name] !== undefined);
  if (ignored.length === 0) return;
  throw new InvalidArgumentError(
    'storage',
    `${ignored.map(quoted).join(', ')} would have no effect: the engine opens its own connections`,
    `The options are: ${Object.keys(honoured).join(', ')}. Keep the others for a DataSource of your own.`,
  );
}
