/** The transactions of an application on the database of its task hub: a row of its own, and a message. */
import { DataSource } from 'typeorm';
import type { DurableClient, EntityId, MysqlStorage, PostgresStorage } from '../../src/index.js';

/** The table of the application. Its rows and the list must tell the same. */
export const noteTable = 'chaos_note';

export class Transactions {
  private constructor(
    private readonly source: DataSource,
    private readonly client: DurableClient,
    private readonly placeholder: string,
  ) {}

  static async on(storage: string | PostgresStorage | MysqlStorage, client: DurableClient): Promise<Transactions> {
    const given = storage as PostgresStorage | MysqlStorage;
    const url = given.url as string;
    const source =
      given.type === 'postgres'
        ? new DataSource({
            type: 'postgres',
            url,
            poolSize: 2,
            extra: { options: `-c search_path=${given.schema}` },
            connectTimeoutMS: 5_000,
          })
        : new DataSource({ type: 'mysql', url, poolSize: 2, connectTimeout: 5_000, connectorPackage: 'mysql2' });
    await source.initialize();
    return new Transactions(source, client, given.type === 'postgres' ? '$1' : '?');
  }

  /** @throws TransactionError if it may have been committed, or not */
  async append(target: EntityId, value: string): Promise<void> {
    try {
      await this.source.transaction(async (manager) => {
        await manager.query(`INSERT INTO ${noteTable} (value) VALUES (${this.placeholder})`, [value]);
        await this.client.within(manager).signalEntity(target, 'append', value);
      });
    } catch (error) {
      throw new TransactionError(error);
    }
  }

  async close(): Promise<void> {
    await this.source.destroy();
  }
}

export class TransactionError extends Error {
  readonly code = 'TRANSACTION';

  constructor(cause: unknown) {
    super(`a transaction of the application failed: ${(cause as Error).message}`, { cause });
  }
}
