import type { Store } from '../../src/engines/sql/ports/store.js';
import type { Connection, Dialect } from '../../src/storage/typeorm/dialect.js';
import { SqliteDialect } from '../../src/storage/typeorm/sqlite/sqlite-dialect.js';
import { TypeOrmStore } from '../../src/storage/typeorm/typeorm-store.js';

/** A store in a file that can be kept from growing: what a full disk is to SQLite, on any machine. */
export class CappedStore {
  readonly store: Store;
  private connection: Connection | undefined;

  constructor(database: string, busyTimeoutMs = 0) {
    const sqlite = new SqliteDialect({ database, tablePrefix: 'de_', busyTimeoutMs, wallMs: Date.now });
    const dialect: Dialect = { connect: async () => (this.connection = await sqlite.connect()) };
    this.store = new TypeOrmStore(dialect, { partitionCount: 64 });
  }

  /** From now on there is room in the pages that the file has, and nowhere else. */
  async stopGrowing(): Promise<void> {
    // The least that is allowed is what there is.
    await this.limit(1);
  }

  async letGrow(): Promise<void> {
    await this.limit(1_000_000_000);
  }

  private async limit(pages: number): Promise<void> {
    await this.query(`PRAGMA max_page_count = ${pages}`);
  }

  /** On the connection that commits, between two pieces of work. */
  async query(sql: string): Promise<void> {
    await this.connection?.exclusively((session) => session.all(sql));
  }
}
