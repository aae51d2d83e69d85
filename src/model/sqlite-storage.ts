/** A SQLite file, written as TypeORM's DataSourceOptions name one. */
export interface SqliteStorage {
  /** The driver: `sqlite` is the package sqlite3, and `better-sqlite3` the package of this name, in threads of its own. */
  readonly type: 'sqlite' | 'better-sqlite3';
  /** Path of the file. */
  readonly database: string;
}

/** A SQLite file that is opened with the package better-sqlite3. */
export interface BetterSqlite3Storage extends SqliteStorage {
  readonly type: 'better-sqlite3';
}
