import type { Container } from 'inversify';
import type { Duration } from '../model/duration.js';
import type { Limits } from '../model/limits.js';
import type { SqliteStorage } from '../model/sqlite-storage.js';
import type { Logger } from '../ports/log.js';

/** What `DurableClient.connect` takes; `storage` is needed. */
export interface ConnectOptions {
  /** The path of a SQLite file that hosts use, or an object that names the type and the file, as for the host. */
  readonly storage: string | SqliteStorage;
  /**
   * Classes and definitions, so that they can be used as tokens. Nothing of them runs here but readOnly operations that are called with
   * `consistency: 'committed'`. Default: none; ids and names can be used.
   */
  readonly register?: readonly unknown[] | undefined;
  /** Where the constructors of registered classes get their services. Default: an empty container. */
  readonly container?: Container | undefined;
  /**
   * How long connecting waits while another connection holds the write lock of the database, or another process makes or migrates the
   * tables. The log says what it waits for; afterwards it fails with `DE_STORAGE_BUSY` or `DE_STORAGE_OWNED`. Default 30 s.
   */
  readonly startTimeout?: Duration | undefined;
  /** How large inputs may be: `inputBytes` counts here. Defaults: see Limits. */
  readonly limits?: Partial<Limits> | undefined;
  /** pino-compatible. Default: the console, without `debug`. */
  readonly logger?: Logger | undefined;
}
