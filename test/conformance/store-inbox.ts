import { assert } from 'chai';
import { StoreRefusedError } from '../../src/engines/sql/ports/store-errors.js';
import type { Partitions, Store } from '../../src/engines/sql/ports/store.js';
import { TestWorker, epochMs, ids, message } from './harness.js';
import type { Scene } from './store.js';

export function inboxConformance(scene: Scene): void {
  describe('the inbox', () => {
    let store: Store;
    let worker: TestWorker;
    beforeEach(async () => {
      store = scene.store;
      worker = await TestWorker.start(store);
    });

    it('keeps the order of sending, whatever the ids, within a batch and across batches', async () => {
      await worker.commit({ inbox: [message(30), message(10, { partition: 5 }), message(20)] });
      await worker.commit({ inbox: [message(5), message(40)] });
      const { rows } = await worker.poll();
      assert.deepEqual(ids(rows), [30, 10, 20, 5, 40]);
      assert.deepEqual(
        rows.map((row) => row.seq),
        rows.map((row) => row.seq).toSorted((a, b) => a - b),
      );
    });

    it('gives every row a later place than all rows before it, also when those were consumed', async () => {
      await worker.commit({ inbox: [message(1), message(2)] });
      const last = (await worker.poll()).rows.at(-1)!.seq;
      await worker.commit({ consumed: [1, 2] });
      await worker.commit({ inbox: [message(3)] });
      assert.isAbove((await worker.poll()).rows[0]!.seq, last);
    });

    it('holds every field of a message, and begins with no attempts', async () => {
      const sent = message(1, {
        partition: 3,
        target: 'activity:Send',
        arrival: 4,
        dueMs: epochMs - 1,
        body: '{"a":[]}',
      });
      await worker.commit({ inbox: [sent] });
      assert.deepEqual(await worker.backlog(), [{ ...sent, seq: 1, attempts: 0 }]);
    });

    describe('polled', () => {
      it('shows what is new and not scheduled, and keeps showing it until it is adopted or consumed', async () => {
        await worker.commit({ inbox: [message(1), message(2), message(3)] });
        assert.deepEqual(ids((await worker.poll()).rows), [1, 2, 3]);
        assert.deepEqual(ids((await worker.poll()).rows), [1, 2, 3]);
        await worker.commit({ consumed: [2], adopted: [[1, 0]] });
        assert.deepEqual(ids((await worker.poll()).rows), [3]);
      });

      it('shows no row that was sent with its place', async () => {
        await worker.commit({ inbox: [message(1, { arrival: 0 })] });
        assert.deepEqual(await worker.poll(), { rows: [], nextDueMs: undefined });
      });

      it('shows a scheduled row from the millisecond at which it is due, and not before', async () => {
        await worker.commit({ inbox: [message(1, { dueMs: epochMs + 100 })] });
        assert.deepEqual(ids((await worker.poll(epochMs + 99)).rows), []);
        assert.deepEqual(ids((await worker.poll(epochMs + 100)).rows), [1]);
        assert.deepEqual(ids((await worker.poll(epochMs + 101)).rows), [1]);
      });

      it('shows unscheduled rows in the order of sending, then due ones in the order of their time', async () => {
        await worker.commit({
          inbox: [
            message(1, { dueMs: epochMs }),
            message(2),
            message(3, { dueMs: epochMs }),
            message(4, { dueMs: epochMs - 50 }),
            message(5),
          ],
        });
        assert.deepEqual(ids((await worker.poll()).rows), [2, 5, 4, 1, 3]);
      });

      it('tells the earliest due time that is still to come, with and without rows', async () => {
        await worker.commit({
          inbox: [
            message(1, { dueMs: epochMs + 300 }),
            message(2, { dueMs: epochMs + 200 }),
            message(3, { dueMs: epochMs }),
          ],
        });
        assert.equal((await worker.poll(epochMs - 1)).nextDueMs, epochMs);
        assert.equal((await worker.poll(epochMs)).nextDueMs, epochMs + 200);
        assert.equal((await worker.poll(epochMs + 200)).nextDueMs, epochMs + 300);
        assert.isUndefined((await worker.poll(epochMs + 300)).nextDueMs);
      });

      it('does not wait for a scheduled row that was adopted', async () => {
        await worker.commit({ inbox: [message(1, { dueMs: epochMs + 300, arrival: 0 })] });
        assert.isUndefined((await worker.poll()).nextDueMs);
      });

      it('shows at most as many rows as asked for, the first of that order, and still tells the next due time', async () => {
        await worker.commit({
          inbox: [message(1, { dueMs: epochMs }), message(2), message(3), message(4, { dueMs: epochMs + 1 })],
        });
        const page = await worker.poll(epochMs, 2);
        assert.deepEqual([ids(page.rows), page.nextDueMs], [[2, 3], epochMs + 1]);
      });

      it('shows rows of the partitions that are asked for, and their next due time', async () => {
        await worker.commit({
          inbox: [
            message(1, { partition: 1 }),
            message(2, { partition: 2, dueMs: epochMs }),
            message(3, { partition: 2, dueMs: epochMs + 9 }),
            message(4, { partition: 3, dueMs: epochMs + 5 }),
            message(5, { partition: 2 }),
          ],
        });
        const read = async (partitions: Partitions) => {
          const { rows, nextDueMs } = await store.poll({ partitions, nowMs: epochMs, limit: 9 });
          return [ids(rows), nextDueMs];
        };
        assert.deepEqual(await read([2]), [[5, 2], epochMs + 9]);
        assert.deepEqual(await read([1, 3]), [[1], epochMs + 5]);
        assert.deepEqual(await read('all'), [[1, 5, 2], epochMs + 5]);
        assert.deepEqual(await read([]), [[], undefined]);
      });

      it('sees every commit that ended before it began', async () => {
        for (let id = 1; id <= 20; id++) {
          await worker.commit({ inbox: [message(id)] });
          assert.lengthOf((await worker.poll()).rows, id);
        }
      });
    });

    describe('read as a backlog', () => {
      it('begins with adopted rows by place, then goes on with new ones in the order of sending; scheduled ones are polled', async () => {
        await worker.commit({
          inbox: [
            message(1),
            message(2, { arrival: 7 }),
            message(3, { dueMs: epochMs + 1 }),
            message(4, { arrival: 3, dueMs: epochMs + 900 }),
            message(5, { dueMs: epochMs }),
            message(6),
          ],
        });
        await worker.commit({ adopted: [[6, 5]] });
        assert.deepEqual(ids(await worker.backlog()), [4, 6, 2, 1]);
      });

      it('has the same rows in the same order whatever the size of its pages', async () => {
        // Places are counted by each partition, so several rows share one.
        await worker.commit({
          inbox: Array.from({ length: 24 }, (_, i) =>
            message(i + 1, {
              partition: i % 8,
              arrival: i % 3 === 0 ? Math.floor(i / 6) : null,
              dueMs: i % 5 === 0 ? epochMs : null,
            }),
          ),
        });
        const whole = await worker.backlog(1000);
        assert.lengthOf(whole, 21);
        for (const limit of [1, 2, 3, 7, 23, 24]) assert.deepEqual(await worker.backlog(limit), whole);
      });

      it('goes on after the last row of a page also when that row has gone meanwhile', async () => {
        await worker.commit({
          inbox: [message(1, { arrival: 0 }), message(2, { arrival: 1 }), message(3), message(4)],
        });
        const seen: number[] = [];
        for await (const page of store.readBacklog({ gained: 'all', owned: 'all', limit: 1 })) {
          if (seen.length === 0) await worker.commit({ consumed: [1] });
          seen.push(...ids(page));
        }
        assert.deepEqual(seen, [1, 2, 3, 4]);
      });

      it('has the adopted rows of gained partitions, and the new rows of all that are owned', async () => {
        await worker.commit({
          inbox: [
            message(1, { partition: 1, arrival: 1 }),
            message(2, { partition: 2, arrival: 2 }),
            message(3, { partition: 2 }),
            message(4, { partition: 1 }),
            message(5, { partition: 3 }),
          ],
        });
        const rows: number[] = [];
        for await (const page of store.readBacklog({ gained: [2], owned: [1, 2], limit: 2 })) rows.push(...ids(page));
        assert.deepEqual(rows, [2, 3, 4]);
        for await (const page of store.readBacklog({ gained: [], owned: [], limit: 2 })) assert.isEmpty(page);
      });

      it('ends early where its reader stops', async () => {
        await worker.commit({ inbox: [message(1), message(2), message(3)] });
        for await (const page of store.readBacklog({ gained: 'all', owned: 'all', limit: 1 })) {
          assert.deepEqual(ids(page), [1]);
          break;
        }
        await worker.commit({ consumed: [1, 2, 3] });
      });

      it('is empty where nothing waits', async () => {
        assert.isEmpty(await worker.backlog());
      });
    });

    it('reads the adopted rows of one target by arrival, in pages', async () => {
      await worker.commit({
        inbox: [
          message(1, { arrival: 7 }),
          message(2, { arrival: 3 }),
          message(3, { arrival: 4, target: '@counter@b' }),
          message(4, { arrival: 5 }),
          message(5),
          message(6, { dueMs: epochMs + 1 }),
        ],
      });
      const read = async (after: number, limit: number) => ids(await store.readWaiting('@counter@a', { after, limit }));
      assert.deepEqual(await read(0, 9), [2, 4, 1]);
      assert.deepEqual(await read(0, 2), [2, 4]);
      assert.deepEqual(await read(3, 9), [4, 1]);
      assert.deepEqual(await read(7, 9), []);
      assert.deepEqual(ids(await store.readWaiting("@counter@'b", { after: 0, limit: 9 })), []);
    });

    it('remembers how often a message was attempted, and refuses attempts of what is not there', async () => {
      await worker.commit({ inbox: [message(1), message(2)] });
      await worker.commit({ attempted: [[2, 3]] });
      const { rows } = await worker.poll();
      assert.deepEqual(
        rows.map(({ id, attempts }) => [id, attempts]),
        [
          [1, 0],
          [2, 3],
        ],
      );
      const error = await worker.commit({ attempted: [[9, 1]], consumed: [1] }).catch((refusal: unknown) => refusal);
      assert.instanceOf(error, StoreRefusedError);
      assert.deepEqual(ids((await worker.poll()).rows), [1, 2]);
    });

    it('tells which rows are there, whatever their place or time, and nothing of those that are gone', async () => {
      await worker.commit({
        inbox: [message(1), message(2, { arrival: 0 }), message(3, { dueMs: epochMs + 5 }), message(4)],
      });
      await worker.commit({ consumed: [4] });
      assert.sameMembers([...(await store.rowsInInbox([1, 2, 3, 4, 5, 1]))], [1, 2, 3]);
      assert.deepEqual(await store.rowsInInbox([4, 5]), []);
      assert.deepEqual(await store.rowsInInbox([]), []);
    });

    it('keeps dead letters until they are deleted, by id, in pages', async () => {
      const letter = (id: number) => ({
        id,
        target: '@a@b',
        body: '{"x":"\'"}',
        attempts: 3,
        reason: 'it ended its process',
        atMs: epochMs,
        activeMs: 7,
      });
      await worker.commit({ inbox: [message(2)] });
      await worker.commit({ consumed: [2], deadLetters: [letter(2), letter(7), letter(5), letter(-3)] });
      assert.deepEqual(await store.loadDeadLetters({ limit: 2 }), [letter(-3), letter(2)]);
      assert.deepEqual(await store.loadDeadLetters({ after: 5, limit: 2 }), [letter(7)]);
      assert.deepEqual(await store.loadDeadLetters({ ids: [7, 1] }), [letter(7)]);
      await worker.commit({ deadLettersDeleted: [5, 99] });
      assert.deepEqual(await store.loadDeadLetters({ limit: 9 }), [letter(-3), letter(2), letter(7)]);
    });

    it('shows a worker the rows of its own partitions only', async () => {
      await worker.commit({ inbox: [message(1, { dueMs: epochMs + 5 }), message(2), message(3, { arrival: 0 })] });
      await store.retire(worker.incarnation);
      const other = await TestWorker.join(store);
      assert.deepEqual(await other.poll(), { rows: [], nextDueMs: undefined });
      assert.isEmpty(await other.backlog());
      await store.acquire(other.incarnation);
      const page = await other.poll();
      assert.deepEqual([ids(page.rows), page.nextDueMs], [[2], epochMs + 5]);
      assert.deepEqual(ids(await other.backlog()), [3, 2]);
    });
  });
}
