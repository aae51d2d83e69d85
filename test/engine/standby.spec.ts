import { expect } from 'chai';
import { defineOrchestration } from '../../src/functions/define.js';
import { StoreBrokenError } from '../../src/engines/sql/ports/store-errors.js';
import type { Fault } from './fault-store.js';
import { counter, id } from './programs.js';
import { deferred, failure, World, type Process } from './world.js';

const waiter = defineOrchestration('Waiter', async (context) => context.waitForExternalEvent('go'));
const databases = [{ partitionCount: 4 }, { partitionCount: 4, lockless: true }];

/** Stops a process as SIGSTOP does, as far as the database can see. */
function freeze(process: Process): () => void {
  const thawed = deferred();
  const kinds = [
    'commit',
    'members',
    'acquireExclusiveLock',
    'join',
    'acquire',
    'retire',
    'poll',
    'loadInstances',
  ] as const;
  for (const access of kinds) process.store.holdBefore.set(access, thawed.promise);
  return () => {
    process.store.holdBefore.clear();
    thawed.resolve();
  };
}

function living(world: World): number[] {
  return [...world.database.workers].flatMap(([incarnation, { alive, kind }]) =>
    alive && kind === 'worker' ? [incarnation] : [],
  );
}

describe('a standby', () => {
  for (const database of databases) {
    const where = database.lockless ? 'without an exclusive hold' : 'with an exclusive hold';

    it(`a standby has no worker row and changes nothing while the worker lives, ${where}`, async () => {
      const world = new World([counter], { database });
      const first = await world.start();
      const second = await world.start();
      expect([first.engine.role, second.engine.role]).to.deep.equal(['active', 'standby']);
      await world.until(first.client.callEntity(id('Counter', 'a'), 'add'));
      await world.pass(60_000);
      expect(second.engine.role).to.equal('standby');
      expect(living(world)).to.deep.equal([1]);
      expect(second.store.batches).to.deep.equal([]);
      expect(world.database.partitions.every(({ owner }) => owner === 1)).to.equal(true);
      expect((await world.until(second.client.readEntityState(id('Counter', 'a')))).entityState).to.equal(1);
    });

    it(`a standby takes over at once when the worker leaves, ${where}`, async () => {
      const world = new World([counter], { database });
      const first = await world.start();
      const second = await world.start();
      await world.until(first.client.callEntity(id('Counter', 'a'), 'add'));
      await world.until(first.engine.stop());
      await world.until(second.engine.active(), 1_000);
      expect(second.engine.role).to.equal('active');
      expect(await world.until(second.client.callEntity(id('Counter', 'a'), 'add'))).to.equal(2);
    });

    it(`a standby takes over from a suspended process when its lease has expired, and that process becomes a standby, ${where}`, async () => {
      const world = new World([counter], { database });
      const first = await world.start();
      const second = await world.start();
      await world.until(first.client.callEntity(id('Counter', 'a'), 'add'));
      const thaw = freeze(first);
      await world.pass(14_000);
      expect(second.engine.role).to.equal('standby');
      await world.until(second.engine.active(), 2_000);
      expect(await world.until(second.client.callEntity(id('Counter', 'a'), 'add'))).to.equal(2);
      thaw();
      await world.pass(20_000);
      expect([first.engine.role, second.engine.role]).to.deep.equal(['standby', 'active']);
      expect(living(world)).to.deep.equal([world.database.partitions[0]?.owner]);
      expect(world.state('Counter', 'a')).to.equal(2);
      second.crash();
      await world.until(first.engine.active(), database.lockless ? 16_000 : 1_000);
      expect(await world.until(first.client.callEntity(id('Counter', 'a'), 'add'))).to.equal(3);
    });
  }

  it('a worker that stood still does not answer from its memory with the end of an orchestration that another worker restarted', async () => {
    const world = new World([waiter], { database: { partitionCount: 4, lockless: true } });
    const first = await world.start();
    const second = await world.start();
    const run = await world.until(first.client.startNew(waiter));
    await world.until(run.raiseEvent('go', 'before'));
    expect(await world.until(run.result())).to.equal('before');
    const thaw = freeze(first);
    await world.until(second.engine.active(), 20_000);
    const same = second.client.run(waiter, run.instanceId);
    await world.until(same.restart());
    const result = run.result();
    thaw();
    await world.pass(30_000);
    await world.until(same.raiseEvent('go', 'after'));
    expect(await world.until(result, 60_000)).to.equal('after');
  });

  it('a worker keeps its lease while it reads a backlog, also if that takes longer than the lease', async () => {
    for (const database of databases) {
      const world = new World([counter], { database, options: { rowsPerPage: 1 } });
      const first = await world.start();
      const others = [await world.start(), await world.start()];
      for (const { store } of others) {
        const read = store.readBacklog.bind(store);
        store.readBacklog = async function* (...given) {
          for await (const page of read(...given)) {
            await new Promise<void>((resolve) => world.time.setTimer(1_000, resolve));
            yield page;
          }
        };
      }
      first.crash();
      for (let row = 1; row <= 40; row++)
        world.database.inbox.set(row, {
          id: row,
          partition: 0,
          target: '@counter@a',
          arrival: row,
          dueMs: null,
          body: JSON.stringify({ kind: 'operation', operation: 'add' }),
          seq: row,
          attempts: 0,
        });
      await world.until(Promise.race(others.map(({ engine }) => engine.active())), 70_000);
      await world.pass(1_000);
      expect(world.state('Counter', 'a')).to.equal(40);
      expect(living(world)).to.have.lengthOf(1);
    }
  });

  it('a standby takes over at once when the process of the worker dies with an exclusive lock', async () => {
    const world = new World([counter]);
    const first = await world.start();
    const second = await world.start();
    await world.until(first.client.callEntity(id('Counter', 'a'), 'add'));
    first.crash();
    await world.until(second.engine.active(), 1_000);
    expect(await world.until(second.client.callEntity(id('Counter', 'a'), 'add'))).to.equal(2);
  });

  it('a standby counts a worker as dead whose row did not move for a lease, also when the clock of the database went back', async () => {
    const world = new World([counter], { database: { partitionCount: 4, lockless: true } });
    const first = await world.start();
    const second = await world.start();
    first.crash();
    (world.database.workers.get(1) as { expiresAtMs: number }).expiresAtMs += 3_600_000;
    await world.until(second.engine.active(), 16_000);
  });

  it('a standby leaves the exclusive lock to a worker that took over without it', async () => {
    const world = new World([counter]);
    const first = await world.start();
    const second = await world.start();
    const thaw = freeze(first);
    await world.until(second.engine.active(), 20_000);
    const third = await world.start();
    thaw();
    await world.pass(20_000);
    expect([first, second, third].map(({ engine }) => engine.role)).to.deep.equal(['standby', 'active', 'standby']);
    expect(world.database.workers.get(world.database.partitions[0]?.owner ?? 0)).to.include({
      alive: true,
      holds: true,
    });
  });

  it('one of many standbys follows when the worker dies', async () => {
    const world = new World([counter]);
    const first = await world.start();
    const others = await Promise.all([world.begin(), world.begin(), world.begin()]);
    await world.quiet();
    expect(others.map(({ engine }) => engine.role)).to.deep.equal(['standby', 'standby', 'standby']);
    first.crash();
    await world.pass(30_000);
    expect(others.filter(({ engine }) => engine.role === 'active')).to.have.lengthOf(1);
    expect(living(world)).to.have.lengthOf(1);
  });

  it('a standby becomes the worker whatever fails meanwhile', async () => {
    for (const access of [
      'members',
      'acquireExclusiveLock',
      'retire',
      'join',
      'acquire',
      'readBacklog',
      'poll',
    ] as const) {
      for (const fault of ['fail', 'unknown-applied', 'slow'] as const satisfies Fault[]) {
        for (const database of databases) {
          const world = new World([counter], { database });
          const first = await world.start();
          const second = await world.start();
          let left = 2;
          second.store.plan = (each) => (each === access && left-- > 0 ? fault : undefined);
          first.crash();
          await world.until(second.engine.active(), 60_000);
          expect(await world.until(second.client.callEntity(id('Counter', 'a'), 'add')), `${access} ${fault}`).to.equal(
            1,
          );
          const owners = new Set(world.database.partitions.map(({ owner }) => owner));
          expect(
            [...owners].map((owner) => world.database.isAlive(owner)),
            `${access} ${fault}`,
          ).to.deep.equal([true]);
        }
      }
    }
  });

  it('a standby stops cleanly, and rejects callers that wait for it to become active', async () => {
    const world = new World([counter]);
    await world.start();
    const second = await world.start();
    const waiting = failure(second.engine.active());
    await world.until(second.engine.stop(), 1_000);
    expect((await waiting).name).to.equal('HostStoppedError');
    expect((await failure(second.engine.active())).name).to.equal('HostStoppedError');
    expect((await world.until(failure(second.client.callEntity(id('Counter', 'a'), 'add')))).name).to.equal(
      'HostStoppedError',
    );
    expect(living(world)).to.deep.equal([1]);
  });

  it('a standby follows orchestrations that another process runs', async () => {
    const world = new World([waiter]);
    const first = await world.start();
    const second = await world.start();
    await world.until(first.client.startNew(waiter, { instanceId: 'w' }));
    const run = second.client.run(waiter, 'w');
    const result = run.result();
    const completed = run.waitForStatus(({ runtimeStatus }) => runtimeStatus === 'completed');
    await world.pass(5_000);
    await world.until(first.client.run(waiter, 'w').raiseEvent('go', 7));
    expect(await world.until(result, 1_000)).to.equal(7);
    expect((await world.until(completed, 1_000)).output).to.equal(7);
    expect((await world.until(failure(second.client.run(waiter, 'none').result()))).name).to.equal(
      'OrchestrationNotFoundError',
    );
  });

  it('a standby watches entities and waits for messages of another process, also when it was the worker before', async () => {
    const world = new World([counter]);
    const first = await world.start();
    const second = await world.start();
    const seen: number[][] = [[], []];
    for (const [n, { client }] of [first, second].entries()) {
      void (async () => {
        for await (const { entityState } of client.watch<number>(id('Counter', 'a'))) seen[n]?.push(entityState ?? 0);
      })().catch(() => {});
    }
    await world.quiet();
    const ticket = await world.until(
      first.client.signalEntity(id('Counter', 'a'), 'add', 1, {
        scheduledTime: new Date(world.time.wallMs() + 40_000),
      }),
    );
    const processed = first.client.processed(ticket);
    const thaw = freeze(first);
    await world.until(second.engine.active(), 20_000);
    thaw();
    await world.pass(10_000);
    expect(first.engine.role).to.equal('standby');
    await world.until(processed, 30_000);
    await world.until(second.client.callEntity(id('Counter', 'a'), 'add'));
    await world.pass(1_000);
    expect(seen.map((each) => each.at(-1))).to.deep.equal([2, 2]);
  });

  it('callers of a worker that becomes a standby get the results of the new worker', async () => {
    const world = new World([waiter]);
    const first = await world.start();
    const second = await world.start();
    await world.until(first.client.startNew(waiter, { instanceId: 'w' }));
    const run = first.client.run(waiter, 'w');
    const result = run.result();
    const completed = run.waitForStatus(({ runtimeStatus }) => runtimeStatus === 'completed');
    const late = failure(run.result({ timeout: 1_000 }));
    await world.pass(2_000);
    expect((await late).name).to.equal('TimeoutError');
    const thaw = freeze(first);
    await world.until(second.engine.active(), 20_000);
    thaw();
    await world.pass(10_000);
    expect(first.engine.role).to.equal('standby');
    await world.until(second.client.run(waiter, 'w').raiseEvent('go', 8));
    expect(await world.until(result, 1_000)).to.equal(8);
    expect((await world.until(completed, 1_000)).output).to.equal(8);
  });

  it('a standby stops when the storage is broken, as a worker does', async () => {
    const world = new World([counter]);
    const first = await world.start();
    const second = await world.start();
    second.store.join = () => Promise.reject(new StoreBrokenError('The file is gone.'));
    const active = failure(second.engine.active());
    await world.until(first.engine.stop());
    const late = () => failure(second.client.callEntity(id('Counter', 'a'), 'add'));
    for (const error of [await world.until(active), await world.until(late())])
      expect([error.name, (error.cause as Error).name]).to.deep.equal(['HostStoppedError', 'StoreBrokenError']);
  });

  it('a standby with a broken storage rejects clients that wait for an answer of the worker', async () => {
    const world = new World([waiter]);
    const first = await world.start();
    const second = await world.start();
    await world.until(second.client.startNew(waiter, { instanceId: 'w' }));
    const waiting = failure(second.client.run(waiter, 'w').result());
    second.store.join = () => Promise.reject(new StoreBrokenError('The file is gone.'));
    await world.until(first.engine.stop());
    const error = await world.until(waiting);
    expect([error.name, (error.cause as Error).name]).to.deep.equal(['HostStoppedError', 'StoreBrokenError']);
  });
});
