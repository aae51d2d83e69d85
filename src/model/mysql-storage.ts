/** A MySQL or MariaDB database, written as TypeORM's DataSourceOptions name one. */
export interface MysqlStorage {
  /** Both names mean the same: the server tells which one it is. */
  readonly type: 'mysql' | 'mariadb';
  /** `mysql://user:password@host:port/database`. Its parts count before the options of the same meaning. */
  readonly url?: string;
  /** Host name or IP address. Default `localhost`. */
  readonly host?: string;
  /** Default 3306. */
  readonly port?: number;
  /** The path of a Unix socket, in place of host and port. */
  readonly socketPath?: string;
  readonly username?: string;
  /** The password, or a function that returns it, called for each new connection. */
  readonly password?: string | (() => string | Promise<string>);
  /** The name of the database, which must exist. */
  readonly database?: string;
  /** TLS: `true`, or the options of `tls.createSecureContext` with `rejectUnauthorized` and `verifyIdentity`. Default: no TLS. */
  readonly ssl?: boolean | object;
  /** Further options of a connection of the package `mysql2`, such as `keepAliveInitialDelay`. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** The time for one attempt to connect, in ms. Default 5000. */
  readonly connectTimeout?: number;
  /** The maximum number of connections of this process, at least 3: one that commits, one that tells that the process lives, the others read. Default 5. */
  readonly poolSize?: number;
}
