import { isNotFound, PackageError } from '../../../errors/package-errors.js';
import type { MysqlStorage } from '../../../model/mysql-storage.js';

/*
 * The used part of the package `mysql2`. Its types are not imported: the package is optional, and the types of this library must compile
 * without it.
 */

export interface RawResult {
  readonly affectedRows: number;
  readonly insertId: number;
}

type Answered = (error: Error | null, result: unknown) => void;

export interface RawQuery {
  readonly sql: string;
  readonly values?: readonly unknown[];
}

export interface RawCommand {
  stream(options: { readonly highWaterMark: number }): AsyncIterable<unknown> & { destroy(): void };
}

export interface RawConnection {
  query(query: RawQuery, answered?: Answered): RawCommand;
  execute(query: RawQuery, answered?: Answered): RawCommand;
  end(ended: (error?: Error) => void): void;
  destroy(): void;
  readonly stream: { destroy(): void };
  on(event: 'error' | 'end' | 'connect', listener: (error?: Error) => void): this;
  listeners(event: string): unknown[];
}

export interface Mysql2Module {
  createConnection(config: Record<string, unknown>): RawConnection;
}

/** @throws PackageError if the package cannot be loaded */
export async function loadMysql2(): Promise<Mysql2Module> {
  try {
    return (await import('mysql2')).default as unknown as Mysql2Module;
  } catch (cause) {
    const problem = isNotFound(cause)
      ? 'it is not installed; a MySQL or MariaDB database needs mysql2 ^3.9.0'
      : 'it could not be loaded; a MySQL or MariaDB database needs mysql2 ^3.9.0';
    throw new PackageError('mysql2', problem, 'Install it: npm install mysql2@3', undefined, cause);
  }
}

export const defaultConnectTimeoutMs = 5_000;

/** The statements that a connection keeps prepared. Statements of queries have many forms. */
const preparedMax = 100;

interface Field {
  readonly type: string;
  string(encoding: string): string | null;
}

/** The configuration of a connection. @throws the error of a function that gives the password */
export async function connectionConfig(storage: MysqlStorage): Promise<Record<string, unknown>> {
  const { host, port, username, password, database, ssl, socketPath } = { ...storage, ...partsOfUrl(storage.url) };
  const given: Record<string, unknown> = {
    ...(socketPath === undefined ? { host, port } : { socketPath }),
    user: username,
    password: typeof password === 'function' ? await password() : password,
    database,
    // Without further options the certificate of the server is checked.
    ssl: ssl === true ? {} : ssl === false ? undefined : ssl,
    connectTimeout: storage.connectTimeout ?? defaultConnectTimeoutMs,
    enableKeepAlive: true,
    ...storage.extra,
    charset: 'utf8mb4',
    multipleStatements: false,
    maxPreparedStatements: preparedMax,
    decimalNumbers: true,
    // The number of found rows, not of those with new values. No files of this machine, and no special meaning of blanks and NULL.
    flags: ['FOUND_ROWS', '-LOCAL_FILES', '-IGNORE_SPACE', '-ODBC'],
    // Names, keys and ids are bytes for the server, and UTF-8 here.
    typeCast: (field: Field, next: () => unknown) => (isText(field.type) ? field.string('utf8') : next()),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function isText(type: string): boolean {
  return type === 'VAR_STRING' || type === 'STRING' || type.endsWith('BLOB') || type === 'VARCHAR';
}

type UrlParts = Pick<MysqlStorage, 'host' | 'port' | 'username' | 'password' | 'database'>;

/** The parts that a URL has. The URL is checked by `checkStorage`. */
export function partsOfUrl(url: string | undefined): UrlParts {
  if (url === undefined) return {};
  const { hostname, port, username, password, pathname } = new URL(url);
  const database = decodeURIComponent(pathname.slice(1));
  return {
    ...(hostname === '' ? {} : { host: hostname.replace(/^\[(.*)\]$/, '$1') }),
    ...(port === '' ? {} : { port: Number(port) }),
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    ...(database === '' ? {} : { database }),
  };
}

/** The name of the database in messages, without its password. */
export function describeDatabase(storage: MysqlStorage): string {
  const { host = 'localhost', port = 3306, database, socketPath } = { ...storage, ...partsOfUrl(storage.url) };
  return `${socketPath ?? `${host}:${port}`}${database === undefined ? '' : `/${database}`}`;
}
