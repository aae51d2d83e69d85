/** A PostgreSQL database, written as TypeORM's DataSourceOptions name one. */
export interface PostgresStorage {
  readonly type: 'postgres';
  /** `postgres://user:password@host:port/database`. Its parts count before the options of the same meaning. */
  readonly url?: string;
  /** Host name, IP address, or the folder of a Unix socket. Default `localhost`. */
  readonly host?: string;
  /** Default 5432. */
  readonly port?: number;
  readonly username?: string;
  /** The password, or a function that returns it, called for each new connection. */
  readonly password?: string | (() => string | Promise<string>);
  /** The name of the database. Default: the name of the user. */
  readonly database?: string;
  /** The schema of the tables. Default: the first schema of the search path, usually `public`. Created if it does not exist. */
  readonly schema?: string;
  /** TLS: `true`, or the options of `tls.connect`. Default: no TLS, unless the URL says otherwise. */
  readonly ssl?: boolean | object;
  /** Further options of the client of the package `pg`, such as `keepAlive` and `options`. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** The name of the connections in `pg_stat_activity`. Default `durable-entities`. */
  readonly applicationName?: string;
  /** The time for one attempt to connect, in ms. Default 5000. */
  readonly connectTimeoutMS?: number;
  /** The maximum number of connections of this process, at least 3: one that commits, one that listens, the others read. Default 5. */
  readonly poolSize?: number;
}
