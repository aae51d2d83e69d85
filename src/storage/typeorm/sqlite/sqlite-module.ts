/** The used part of the package sqlite3, as a shape that better-sqlite3 gets too. The types of the packages are not imported: both are optional. */
import type { SqlValue } from '../dialect.js';

export interface RawStatement {
  run(values: readonly SqlValue[], done: (error: Error | null) => void): void;
  all(values: readonly SqlValue[], done: (error: Error | null, rows: unknown[]) => void): void;
  reset(done: () => void): void;
  finalize(done: (error: Error | null) => void): void;
}

export interface RawDatabase {
  run(sql: string, values: readonly SqlValue[], done: (this: { changes: number }, error: Error | null) => void): void;
  all(sql: string, values: readonly SqlValue[], done: (error: Error | null, rows: unknown[]) => void): void;
  exec(sql: string, done: (error: Error | null) => void): void;
  prepare(sql: string, done: (error: Error | null) => void): RawStatement;
  configure(option: 'busyTimeout', ms: number): void;
  interrupt(): void;
  close(done: (error: Error | null) => void): void;
}

export interface SqliteModule {
  readonly OPEN_READONLY: number;
  readonly OPEN_READWRITE: number;
  readonly OPEN_CREATE: number;
  readonly Database: new (file: string, mode: number, done: (error: Error | null) => void) => RawDatabase;
}
