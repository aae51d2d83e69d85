import type { SqlValue } from '../dialect.js';

export interface Statement {
  readonly text: string;
  /** The name under which each connection prepares the statement. Absent for a statement that has many forms. */
  readonly name?: string;
}

/** The answer of a server to a statement. */
export interface Answer<Row> {
  readonly rows: Row[];
  /** The number of rows that were returned or changed. */
  readonly rowCount: number | null;
}

/** One connection of a driver to a database server. */
export interface ServerClient {
  connect(): Promise<void>;
  /** Values are bound to `$1`, `$2`, … @throws the error of the driver */
  query<Row>(statement: Statement, values: readonly SqlValue[]): Promise<Answer<Row>>;
  /** Whether the server ends the connection after this error. */
  isFatal(error: unknown): boolean;
  /** Calls back when the connection ended. May be called more than once. */
  onLost(callback: () => void): void;
  /** Closes the connection without a farewell. */
  destroy(): void;
  end(): Promise<void>;
}
