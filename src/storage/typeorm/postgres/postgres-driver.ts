import { isNotFound, PackageError } from '../../../errors/package-errors.js';
import type { PostgresStorage } from '../../../model/postgres-storage.js';

/*
 * The used part of the package `pg`. Its types are not imported: the package is optional, and the types of this library must compile
 * without it.
 */

export interface PgResult<Row> {
  readonly rows: Row[];
  readonly rowCount: number | null;
}

export interface PgQuery {
  readonly text: string;
  readonly values?: readonly unknown[];
  /** The name of a prepared statement. Absent for a statement that is parsed each time. */
  readonly name?: string | undefined;
}

export interface PgNotification {
  readonly channel: string;
  readonly payload?: string;
  /** The process of the server that has sent it. */
  readonly processId: number;
}

export interface PgClient {
  /** The process of the server, as the server (or a pooler) has said it. */
  readonly processID: number | null;
  readonly connection: { readonly stream: { destroy(): void } };
  connect(): Promise<unknown>;
  query<Row>(query: PgQuery): Promise<PgResult<Row>>;
  /** The text as a literal of SQL, with its quotes. */
  escapeLiteral(text: string): string;
  end(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): this;
  on(event: 'end', listener: () => void): this;
  on(event: 'notification', listener: (message: PgNotification) => void): this;
}

export interface PgModule {
  readonly Client: new (config: Record<string, unknown>) => PgClient;
  readonly types: { getTypeParser(oid: number, format?: string): (text: string) => unknown };
}

/** @throws PackageError if the package cannot be loaded */
export async function loadPg(): Promise<PgModule> {
  try {
    return (await import('pg')).default as unknown as PgModule;
  } catch (cause) {
    const problem = isNotFound(cause)
      ? 'it is not installed; a PostgreSQL database needs pg ^8.11.0'
      : 'it could not be loaded; a PostgreSQL database needs pg ^8.11.0';
    throw new PackageError('pg', problem, 'Install it: npm install pg@8', undefined, cause);
  }
}

/** The type `bigint` of the server. Its values are exact numbers of JavaScript: ids and instants are below 2^53. */
const int8 = 20;

/** The configuration of a client. */
export function clientConfig(pg: PgModule, storage: PostgresStorage): Record<string, unknown> {
  const { url, host, port, username, password, database, ssl, extra, applicationName, connectTimeoutMS } = storage;
  const given: Record<string, unknown> = {
    connectionString: url,
    host,
    port,
    user: username,
    password,
    database,
    ssl,
    application_name: applicationName ?? 'durable-entities',
    connectionTimeoutMillis: connectTimeoutMS ?? 5_000,
    keepAlive: true,
    ...extra,
    types: {
      getTypeParser: (oid: number, format?: string) =>
        oid === int8 && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format),
    },
  };
  // An undefined field would hide the same field of the URL.
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** The name of the database in messages, without its password. */
export function describeDatabase({ url, host = 'localhost', port = 5432, database }: PostgresStorage): string {
  if (url === undefined) return `${host}:${port}${database === undefined ? '' : `/${database}`}`;
  try {
    const { host: from, pathname } = new URL(url);
    return `${from}${pathname}`;
  } catch {
    return 'the given URL';
  }
}
