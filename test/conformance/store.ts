import type { Store } from '../../src/engines/sql/ports/store.js';
import { clientConformance } from './store-clients.js';
import { fenceConformance } from './store-fence.js';
import { commitConformance } from './store-commit.js';
import { historyConformance } from './store-history.js';
import { holdConformance } from './store-hold.js';
import { inspectionConformance } from './store-inspection.js';
import { inboxConformance } from './store-inbox.js';
import { membershipConformance } from './store-membership.js';
import { presenceConformance } from './store-presence.js';
import { queryConformance } from './store-query.js';
import { textConformance } from './store-texts.js';
import type { StoreHarness, TestDatabase } from './harness.js';

/** The storage that is prepared before each test of a suite. */
export interface Scene {
  readonly shared: boolean;
  readonly database: TestDatabase;
  /** Open. */
  readonly store: Store;
  /** Closes the store and opens another one on the same database, as the next process would. */
  reopen(): Promise<Store>;
}

/** The parts of the suite. The first two write most kinds of rows, and meet the refusals of a commit. */
const parts = [
  fenceConformance,
  commitConformance,
  historyConformance,
  inboxConformance,
  membershipConformance,
  holdConformance,
  presenceConformance,
  clientConformance,
  queryConformance,
  inspectionConformance,
  textConformance,
];

/**
 * Every sentence of `ports/store.ts`, as a test. Each implementation and each database runs it.
 * @param count the number of parts that run. Default: all
 */
export function storeConformance(name: string, harness: StoreHarness, count = parts.length): void {
  describe(`store conformance: ${name}`, () => {
    let database: TestDatabase;
    let store: Store;
    const scene: Scene = {
      shared: harness.shared,
      get database() {
        return database;
      },
      get store() {
        return store;
      },
      async reopen() {
        await store.close();
        store = database.store();
        await store.open();
        return store;
      },
    };

    beforeEach(async () => {
      database = await harness.create(8);
      store = database.store();
      await store.open();
    });
    afterEach(async () => {
      await store.close();
      await database.dispose();
    });

    for (const part of parts.slice(0, count)) part(scene, harness.presence);
  });
}
