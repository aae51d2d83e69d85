/** The transactions of an application on the database of its task hub: a row of its own, and a message. */
import { DataSource } from 'typeorm';
import type { DurableClient, EntityId, PostgresStorage } from '../../src/index.js';

/** The table of the application. Its rows and the list must tell the same. */
export const noteTable = 'chaos_note';

export class Transactions {
  private constructor(
    private readonly source: DataSource,
    private readonly client: DurableClient,
  ) {}

  static async on(storage: string | PostgresStorage, client: DurableClient): Promise<Transactions> {
    const { url, schema } = storage as PostgresStorage;
    const extra = { options: `-c search_path=${schema}` };
    const source = new DataSource({
      type: 'postgres',
      url: url as string,
      poolSize: 2,
      extra,
      connectTimeoutMS: 5_000,
    });
    await source.initialize();
    return new Transactions(source, client);
  }

  /** @throws TransactionError if it may have been committed, or not */
  async append(target: EntityId, value: string): Promise<void> {
    try {
      await this.source.transaction(async (manager) => {
        await manager.query(`INSERT INTO ${noteTable} (value) VALUES ($1)`, [value]);
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
