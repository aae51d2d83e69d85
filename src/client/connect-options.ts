import type { Container } from 'inversify';
import type { HubTracer } from '../hub/tracer.js';
import type { Duration } from '../model/duration.js';
import type { Limits } from '../model/limits.js';
import type { MysqlStorage } from '../model/mysql-storage.js';
import type { PostgresStorage } from '../model/postgres-storage.js';
import type { SqliteStorage } from '../model/sqlite-storage.js';
import type { Logger } from '../ports/log.js';

/** Options of `DurableClient.connect`. `storage` is required. */
export interface ConnectOptions {
  /** Path of the SQLite file or URL of the database that hosts use, or an object, as in the options of a host. */
  readonly storage: string | SqliteStorage | PostgresStorage | MysqlStorage;
  /**
   * Classes and definitions that this client uses as tokens. Of their code, only readOnly operations that are called with
   * `consistency: 'committed'` run in this process. Default: no classes. Ids and names work without them.
   */
  readonly register?: readonly unknown[] | undefined;
  /** Inversify container that gives the constructors of registered classes their services. Default: an empty container. */
  readonly container?: Container | undefined;
  /** Resolver of services, as in the options of a host. Default: none. */
  readonly services?: { has(token: unknown): boolean; get(token: unknown): unknown } | undefined;
  /** Whether classes that neither `container` nor `services` has are built automatically. Default: true. */
  readonly autobind?: boolean | undefined;
  /**
   * How long `connect` waits while another connection holds the write lock of the database, or another process creates or migrates
   * the tables. The log names the reason of the wait. After this time `connect` rejects with `DE_STORAGE_BUSY` or `DE_STORAGE_OWNED`.
   * Default: 30 s.
   */
  readonly startTimeout?: Duration | undefined;
  /** Size limits. Only `inputBytes` has an effect on a client. Defaults: see Limits. */
  readonly limits?: Partial<Limits> | undefined;
  /** Makes spans of the messages of this client, for callers that are sampled. Default: no tracer. */
  readonly tracer?: HubTracer | undefined;
  /** Logger that is compatible with pino. Default: the console, without `debug`. */
  readonly logger?: Logger | undefined;
}
