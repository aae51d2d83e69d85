/** A SQLite file, written as TypeORM's DataSourceOptions name one. */
export interface SqliteStorage {
  readonly type: 'sqlite';
  /** Path of the file. */
  readonly database: string;
}
