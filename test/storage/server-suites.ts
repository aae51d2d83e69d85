/** Tests that are the same for stores on every database server. */
import { assert } from 'chai';
import { UnknownOutcomeError } from '../../src/errors/index.js';
import { StoreBusyError } from '../../src/engines/sql/ports/store-errors.js';
import type { Store } from '../../src/engines/sql/ports/store.js';
import type { ServerStoreOptions } from '../../src/storage/typeorm/server/server-store.js';
import { TestWorker, failure, ids, message } from '../conformance/harness.js';
import { Proxy } from '../servers/proxy.js';

/** A place for tables on a server, which are not made yet. */
export interface Place {
  readonly url: string;
  store(url: string, options: ServerStoreOptions): Store;
  /** Runs SQL on the tables: `task_hub` stands for the name of the table with all that belongs to it. */
  run(sql: (table: (name: string) => string) => string): Promise<void>;
  dispose(): Promise<void>;
}

const partitionCount = 8;

/** What the network between a store and its server may lose. */
export function networkSuite(name: string, makePlace: () => Promise<Place>): void {
  describe(`a commit on ${name} over a network`, () => {
    let place: Place;
    let proxy: Proxy;
    let store: Store;
    let worker: TestWorker;

    beforeEach(async () => {
      place = await makePlace();
      proxy = await Proxy.before(place.url);
      store = place.store(proxy.url, { partitionCount });
      await store.open();
      worker = await TestWorker.start(store);
    });
    afterEach(async () => {
      await store.close();
      await proxy.close();
      await place.dispose();
    });

    it('whose reply is lost has an unknown outcome, and the final number of its worker tells that it was applied', async () => {
      let sent = false;
      proxy.onRequest = (data) => {
        sent ||= data.includes('lost-reply');
        return true;
      };
      proxy.onReply = (_, cut) => {
        if (sent) cut();
        return !sent;
      };
      await worker.commit();
      const commit = failure(worker.commit({ inbox: [message(1, { body: '"lost-reply"' })] }));
      assert.instanceOf(await commit, UnknownOutcomeError);
      proxy.onReply = () => true;
      assert.deepEqual(await store.retire(worker.incarnation), { seq: 2 });
      assert.deepEqual(await store.rowsInInbox([1]), [1]);
    });

    it('whose connection is cut before the server has read it has an unknown outcome, and was not applied', async () => {
      proxy.onRequest = (data, cut) => {
        if (!data.includes('lost-request')) return true;
        cut();
        return false;
      };
      const commit = failure(worker.commit({ inbox: [message(1, { body: '"lost-request"' })] }));
      assert.instanceOf(await commit, UnknownOutcomeError);
      assert.deepEqual(await store.retire(worker.incarnation), { seq: 0 });
    });

    it('is busy while no connection can be made, and goes on when one can', async () => {
      await worker.commit({ inbox: [message(1)] });
      proxy.onRequest = (_, cut) => {
        cut();
        return false;
      };
      proxy.cut();
      // The end of the old connection may be noticed only by the first statement.
      const first = await failure(worker.commit({ inbox: [message(2)] }));
      if (!(first instanceof StoreBusyError)) assert.instanceOf(first, UnknownOutcomeError);
      assert.instanceOf(await failure(worker.commit({ inbox: [message(2)] })), StoreBusyError);
      proxy.onRequest = () => true;
      await worker.commit({ inbox: [message(2)] });
      assert.deepEqual(ids((await worker.poll(Date.now())).rows), [1, 2]);
    });

    it('waits for nothing that reads, and reads are sent again on another connection when theirs is lost', async () => {
      await worker.commit({ inbox: [message(1)] });
      proxy.cut();
      assert.deepEqual(await store.rowsInInbox([1]), [1]);
    });

    it('of an incarnation that was given twice is refused by the token', async () => {
      await place.run((table) => `UPDATE ${table('worker')} SET token = 'of another process'`);
      assert.deepInclude(await failure(worker.commit()), { code: 'DE_LEASE_LOST' });
      assert.deepInclude(await failure(store.acquire(worker.incarnation)), { code: 'DE_LEASE_LOST' });
    });
  });
}

/** How tables are made and refused. */
export function tablesSuite(name: string, makePlace: () => Promise<Place>): void {
  describe(`the tables on ${name}`, () => {
    let place: Place;
    const open = (options: ServerStoreOptions = { partitionCount }) => place.store(place.url, options);

    beforeEach(async () => {
      place = await makePlace();
    });
    afterEach(() => place.dispose());

    it('are created once when five processes start together, and no name of any of them is lost', async () => {
      const stores = Array.from({ length: 5 }, () => open());
      const hubs = await Promise.all(stores.map((store) => store.open()));
      for (const hub of hubs) assert.deepInclude(hub, { partitionCount, shared: true, alone: false });
      const joined = await Promise.all(stores.map((store, n) => TestWorker.join(store, [`entity:e${n}`])));
      assert.sameMembers(
        joined.map(({ incarnation }) => incarnation),
        [1, 2, 3, 4, 5],
      );
      const { names } = await stores[0]!.readHub();
      assert.deepEqual(names, ['entity:e0', 'entity:e1', 'entity:e2', 'entity:e3', 'entity:e4']);
      await Promise.all(stores.map((store) => store.close()));
    });

    it('that newer code has migrated are refused', async () => {
      const first = open();
      await first.open();
      await first.close();
      await place.run((table) => `UPDATE ${table('task_hub')} SET schema_version = 99, min_reader = 98`);
      const store = open();
      assert.deepInclude(await failure(store.open()), { code: 'DE_STORAGE_NEWER' });
      await store.close();
    });

    it('of two prefixes are two hubs in one place', async () => {
      const [a, b] = ['a_', 'b_'].map((tablePrefix) => open({ tablePrefix, partitionCount }));
      await Promise.all([a!.open(), b!.open()]);
      const worker = await TestWorker.start(a!);
      await worker.commit({ inbox: [message(1)] });
      assert.deepEqual(await b!.rowsInInbox([1]), []);
      await Promise.all([a!.close(), b!.close()]);
    });
  });
}
