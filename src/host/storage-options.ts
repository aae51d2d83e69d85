import { InvalidArgumentError, StorageError } from '../errors/index.js';
import { quoted, shown } from '../errors/text.js';
import { optionsOf, type OptionNames } from '../model/options.js';
import type { MysqlStorage } from '../model/mysql-storage.js';
import type { PostgresStorage } from '../model/postgres-storage.js';
import type { BetterSqlite3Storage, SqliteStorage } from '../model/sqlite-storage.js';

/** The option `storage`, as a program gives it. */
export type GivenStorage = string | SqliteStorage | PostgresStorage | MysqlStorage;

/** The checked option: the path of a SQLite file, `':memory:'`, a SQLite file with better-sqlite3, or a database on a server. */
export type CheckedStorage = string | BetterSqlite3Storage | PostgresStorage | MysqlStorage;

const sqliteOptions: OptionNames<SqliteStorage> = { type: true, database: true };

const postgresOptions: OptionNames<PostgresStorage> = {
  type: true,
  url: true,
  host: true,
  port: true,
  username: true,
  password: true,
  database: true,
  schema: true,
  ssl: true,
  extra: true,
  applicationName: true,
  connectTimeoutMS: true,
  poolSize: true,
};

const mysqlOptions: OptionNames<MysqlStorage> = {
  type: true,
  url: true,
  host: true,
  port: true,
  socketPath: true,
  username: true,
  password: true,
  database: true,
  ssl: true,
  extra: true,
  connectTimeout: true,
  poolSize: true,
};

/** The names of one kind of server. */
interface ServerKind {
  readonly url: RegExp;
  readonly example: string;
  readonly options: Readonly<Record<string, true>>;
}

const postgresKind: ServerKind = {
  url: /^postgres(ql)?:\/\//,
  example: 'postgres://user@host:5432/database',
  options: postgresOptions,
};

const mysqlKind: ServerKind = {
  url: /^(mysql|mariadb):\/\//,
  example: 'mysql://user@host:3306/database',
  options: mysqlOptions,
};

/** By the option `type`. */
const servers: ReadonlyMap<unknown, ServerKind> = new Map([
  ['postgres', postgresKind],
  ['mysql', mysqlKind],
  ['mariadb', mysqlKind],
]);

const forms =
  "Give the path of a SQLite file, ':memory:', 'postgres://user@host/database', 'mysql://user@host/database', or an object with the `type` 'sqlite', 'better-sqlite3', 'postgres', 'mysql' or 'mariadb'.";

/**
 * Checks the option `storage` of a host or client.
 * @throws InvalidArgumentError; StorageError if no storage of this type is supported
 */
export function checkStorage(given: unknown): CheckedStorage {
  if (typeof given === 'string') {
    const [type, kind] = [...servers].find(([, { url }]) => url.test(given)) ?? [];
    return kind === undefined ? given : checkServer(kind, { type, url: given }, given);
  }
  if (typeof given !== 'object' || given === null) {
    const problem = given === undefined ? 'it is missing' : `${shown(given)} is not a path`;
    throw new InvalidArgumentError('storage', problem, forms);
  }
  const options = optionsOf(given as Record<string, unknown>, 'storage');
  const server = servers.get(options['type']);
  if (server !== undefined) {
    checkHonoured(options, server.options);
    return checkServer(server, options);
  }
  const { type } = options;
  if (type !== 'sqlite' && type !== 'better-sqlite3')
    throw new StorageError(`Storage of type ${shown(type)} is not supported yet.`, forms);
  checkHonoured(options, sqliteOptions);
  const database = checkSqlite(options['database']);
  return type === 'sqlite' ? database : { type, database };
}

function checkSqlite(database: unknown): string {
  if (typeof database !== 'string' || database === '')
    throw new InvalidArgumentError('storage.database', `${shown(database)} is not a path`, 'Give the path of a file.');
  if (database === ':memory:') {
    const hint = "Give storage: ':memory:'.";
    throw new InvalidArgumentError('storage.database', "':memory:' is not a file", hint);
  }
  return database;
}

const texts = ['url', 'host', 'username', 'database', 'schema', 'applicationName', 'socketPath'] as const;

/** @param text the URL, if it is the option itself */
function checkServer(
  kind: ServerKind,
  options: Record<string, unknown>,
  text?: string,
): PostgresStorage | MysqlStorage {
  const { url, password, ssl, extra } = options;
  const field = (name: string) => (text === undefined ? `storage.${name}` : 'storage');
  for (const name of texts) {
    const value = options[name];
    if (value === undefined || (typeof value === 'string' && value !== '' && !value.includes('\0'))) continue;
    throw new InvalidArgumentError(field(name), `${shown(value)} is not a text`, 'Give a text that is not empty.');
  }
  // A URL may hold a password, so no message shows it.
  if (url !== undefined && !(kind.url.test(url as string) && URL.canParse(url as string)))
    throw new InvalidArgumentError(field('url'), 'it cannot be read as a URL', `Give ${kind.example}.`);
  if (kind === mysqlKind && url !== undefined) checkMysqlUrl(new URL(url as string), field('url'));
  if (password !== undefined && typeof password !== 'string' && typeof password !== 'function')
    throw new InvalidArgumentError(
      'storage.password',
      'it is not a text',
      'Give a text, or a function that returns one.',
    );
  for (const [name, value] of [
    ['ssl', ssl],
    ['extra', extra],
  ] as const)
    // prettier-ignore
    if (value !== undefined && !(typeof value === 'object' && value !== null) && !(name === 'ssl' && typeof value === 'boolean'))
      throw new InvalidArgumentError(field(name), `${shown(value)} is not an object`, 'Give an object with options.');
  checkNumber('port', options['port'], 1, 65_535);
  checkNumber('connectTimeoutMS', options['connectTimeoutMS'], 1, 600_000);
  checkNumber('connectTimeout', options['connectTimeout'], 1, 600_000);
  checkNumber('poolSize', options['poolSize'], 3, 1_000);
  return options as unknown as PostgresStorage | MysqlStorage;
}

/** Options behind `?` have no effect, and a percent sign must begin a character. */
function checkMysqlUrl({ search, hash, username, password, pathname }: URL, field: string): void {
  const hint = "Give an object with the option instead: { type: 'mysql', url, ssl: true }.";
  if (search !== '' || hash !== '')
    throw new InvalidArgumentError(field, 'what follows the name of the database would have no effect', hint);
  try {
    for (const part of [username, password, pathname]) decodeURIComponent(part);
  } catch {
    throw new InvalidArgumentError(field, 'a percent sign in it begins no character', 'Write %25 for a percent sign.');
  }
}

function checkNumber(name: string, value: unknown, min: number, max: number): void {
  if (value === undefined || (Number.isInteger(value) && (value as number) >= min && (value as number) <= max)) return;
  const problem = `${shown(value)} is not a whole number from ${min} to ${max}`;
  throw new InvalidArgumentError(`storage.${name}`, problem);
}

/** Refuses connection options that would have no effect: a user of `key` would wrongly expect an encrypted file. */
function checkHonoured(options: Record<string, unknown>, honoured: Record<string, true>): void {
  const ignored = Object.keys(options).filter((name) => options[name] !== undefined && !Object.hasOwn(honoured, name));
  if (ignored.length === 0) return;
  throw new InvalidArgumentError(
    'storage',
    `${ignored.map(quoted).join(', ')} would have no effect: the engine opens its own connections`,
    `The options are: ${Object.keys(honoured).join(', ')}. Keep the others for a DataSource of your own.`,
  );
}
