import { createHash } from 'node:crypto';
import type { SqlValue } from '../dialect.js';
import type { Answer, ServerClient, Statement } from '../server/server-client.js';
import type { ServerLink, ServerSession } from '../server/server-link.js';
import type { PgClient, PgNotification } from './postgres-driver.js';

export type PostgresLink = ServerLink<PostgresClient>;
export type PostgresSession = ServerSession<PostgresClient>;

/**
 * A statement that connections prepare under a name. The name holds the text: where a pooler gives a session that another process has used,
 * the same name is the same statement.
 */
export function prepared(name: string, text: string): Statement {
  return { name: `${name}_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`, text };
}

export interface PostgresClientSettings {
  /** Whether statements are prepared by name: one value that all connections of a store share. */
  readonly named: { allowed: boolean };
  readonly onNotification?: (message: PgNotification) => void;
}

/** SQLSTATE of a pooler that does not keep prepared statements: the name is unknown, or belongs to another statement. */
const unpreparable = new Set(['26000', '42P05']);

/** A connection of the package `pg`. */
export class PostgresClient implements ServerClient {
  constructor(
    /** The client of the package. */
    readonly raw: PgClient,
    private readonly settings: PostgresClientSettings,
  ) {
    if (settings.onNotification !== undefined) raw.on('notification', settings.onNotification);
  }

  /** The process of the server, as the server (or a pooler) has said it. */
  get processID(): number | null {
    return this.raw.processID;
  }

  async connect(): Promise<void> {
    await this.raw.connect();
  }

  async query<Row>({ text, name }: Statement, values: readonly SqlValue[] = []): Promise<Answer<Row>> {
    const { named } = this.settings;
    if (name === undefined || !named.allowed) return this.raw.query<Row>({ text, values });
    try {
      return await this.raw.query<Row>({ text, values, name });
    } catch (error) {
      if (!unpreparable.has(String((error as { code?: unknown }).code))) throw error;
      // A pooler gives each statement another session. The server has run nothing, so the statement may be sent again.
      named.allowed = false;
      return this.raw.query<Row>({ text, values });
    }
  }

  isFatal(error: unknown): boolean {
    const { severity } = error as { severity?: unknown };
    return severity === 'FATAL' || severity === 'PANIC';
  }

  onLost(callback: () => void): void {
    this.raw.on('error', callback).on('end', callback);
  }

  destroy(): void {
    this.raw.connection.stream.destroy();
  }

  end(): Promise<void> {
    return this.raw.end();
  }
}
