import { expect } from 'chai';
import type { EntityStateResponse } from '../../src/client/index.js';
import { defineEntity } from '../../src/functions/define.js';
import { atEveryAccess } from './every-access.js';
import { counter, id, transfer } from './programs.js';
import { Journal, Sender, Switchboard } from './senders.js';
import { deferred, failure, World } from './world.js';

type Seen = EntityStateResponse<number>;

/** Collects each state as soon as the iterator returns it, and an error as its name. */
function collect(iterator: AsyncIterator<Seen, undefined>): (number | undefined | string)[] {
  const seen: (number | undefined | string)[] = [];
  const read = async (): Promise<void> => {
    const next = await iterator.next();
    if (next.done === true) return void seen.push('done');
    seen.push(next.value.entityExists ? next.value.entityState : undefined);
    return read();
  };
  read().catch((error: Error) => seen.push(error.name));
  return seen;
}

describe('watching an entity', () => {
  const a = id('Counter', 'a');

  async function watched(world: World) {
    const { client, engine, store } = await world.start();
    const iterator = client.watch<number>(a)[Symbol.asyncIterator]() as AsyncIterator<Seen, undefined>;
    const add = () => world.until(client.callEntity(a, 'add'));
    return { client, engine, store, iterator, add };
  }

  it('a watch gives the present state, then each later one, its deletion and its return', async () => {
    const world = new World([counter]);
    const { iterator, add, client } = await watched(world);
    const seen = collect(iterator);
    await world.quiet();
    expect(seen, 'the present state comes without a change').to.deep.equal([undefined]);
    await add();
    await add();
    await world.until(client.callEntity(a, 'get'));
    await world.until(client.callEntity(a, 'delete'));
    await add();
    await world.quiet();
    expect(seen).to.deep.equal([undefined, 1, 2, undefined, 1]);
  });

  it('a watch gives nothing that is not committed, and nothing of a failed operation', async () => {
    const world = new World([counter]);
    const { iterator, add, client, store } = await watched(world);
    await add();
    const seen = collect(iterator);
    await world.quiet();
    const gate = deferred();
    store.holdBefore.set('commit', gate.promise);
    const adding = client.callEntity(a, 'add');
    await world.quiet();
    expect(seen).to.deep.equal([1]);
    store.holdBefore.clear();
    gate.resolve();
    await world.until(adding);
    await failure(world.until(client.callEntity(a, 'fail')));
    await world.quiet();
    expect(seen).to.deep.equal([1, 2]);
  });

  it('a watch gives the newest state to a slow reader, and never the same state twice in a row', async () => {
    const world = new World([counter]);
    const { iterator, add, client } = await watched(world);
    const next = async () => (await world.until(iterator.next())).value?.entityState;
    await add();
    expect(await next()).to.equal(1);
    await add();
    await add();
    await add();
    expect(await next()).to.equal(4);
    await world.until(client.callEntity(a, 'add', -2));
    await world.until(client.callEntity(a, 'add', 2));
    const waiting = iterator.next();
    await world.quiet();
    await add();
    expect((await world.until(waiting)).value?.entityState, 'the state came back to what was given').to.equal(5);
  });

  it('a watch gives nothing when a lock is granted and released', async () => {
    const world = new World([counter, transfer]);
    const { iterator, add, client } = await watched(world);
    await add();
    const seen = collect(iterator);
    await world.quiet();
    const input = { from: 'a', to: 'b', amount: 50 };
    expect(await world.until(world.until(client.startNew(transfer, { input })).then((run) => run.result()))).to.equal(
      false,
    );
    await world.quiet();
    expect(seen).to.deep.equal([1]);
  });

  it('a watch never goes back to an earlier read after a newer commit', async () => {
    const world = new World([counter]);
    const { iterator, add, store, engine } = await watched(world);
    await add();
    const answer = deferred();
    store.holdAnswer.set('loadInstances', answer.promise);
    const seen = collect(iterator);
    await world.quiet();
    await add();
    store.holdAnswer.clear();
    answer.resolve();
    await world.quiet();
    expect(seen).to.deep.equal([2]);
    await world.until(engine.stop());
    const before = collect(
      (await world.start()).client.watch<number>(a)[Symbol.asyncIterator]() as AsyncIterator<Seen, undefined>,
    );
    await world.quiet();
    expect(before).to.deep.equal([2]);
  });

  it('a watch ends by return, also while a reader waits, and leaves no follower', async () => {
    const world = new World([counter]);
    const { iterator, add, engine } = await watched(world);
    const seen = collect(iterator);
    await world.quiet();
    await iterator.return?.();
    await add();
    await world.quiet();
    expect(seen).to.deep.equal([undefined, 'done']);
    expect(await iterator.next()).to.deep.equal({ done: true, value: undefined });
    const { followers } = (engine as unknown as { waits: { watch: { followers: Map<string, unknown> } } }).waits.watch;
    expect(followers.size).to.equal(0);
  });

  it('a watch ends without an error when its signal is aborted: before it begins, and while a reader waits', async () => {
    const world = new World([counter]);
    const { client } = await world.start();
    const controller = new AbortController();
    const { signal } = controller;
    const watch = () => client.watch<number>(a, { signal })[Symbol.asyncIterator]() as AsyncIterator<Seen, undefined>;
    const [seen, unread] = [collect(watch()), watch()];
    await world.until(unread.next());
    await world.until(client.callEntity(a, 'add'));
    controller.abort();
    await world.quiet();
    expect(seen).to.deep.equal([undefined, 1, 'done']);
    expect((await unread.next()).done, 'what was not read is gone').to.equal(true);
    const late = collect(watch());
    await world.quiet();
    expect(late).to.deep.equal(['done']);
  });

  it('a watch ends with an error when the host stops, after the committed states', async () => {
    const world = new World([counter]);
    const { iterator, add, engine, client } = await watched(world);
    await world.until(iterator.next());
    await add();
    await world.until(engine.stop(), 60_000);
    const seen = collect(iterator);
    await world.quiet();
    expect(seen).to.deep.equal([1, 'HostStoppedError']);
    expect(await iterator.next()).to.deep.equal({ done: true, value: undefined });
    const after = collect(client.watch<number>(a)[Symbol.asyncIterator]() as AsyncIterator<Seen, undefined>);
    await world.quiet();
    expect(after).to.deep.equal(['HostStoppedError']);
  });

  it('a watch is refused where waiting is refused', async () => {
    let error: Error | undefined;
    const world = new World([
      counter,
      defineEntity('Watcher', async () => {
        error = await failure((async () => client.watch(a))());
      }),
    ]);
    const { client } = await world.start();
    await world.until(client.callEntity(id('Watcher', 'w'), 'watch'));
    expect(error?.name).to.equal('InvalidOperationError');
    expect(() => client.watch(id('Nobody', 'n')))
      .to.throw('nobody')
      .with.property('name', 'UnknownEntityError');
  });

  atEveryAccess(
    'a watch gives committed states only and never goes back',
    (at) => new World([counter], { options: { evictAfterEachTurn: at % 2 === 0 } }),
    story,
  );

  /** Somebody adds; somebody else watches, in one process after the other. */
  async function story(world: World): Promise<void> {
    const board = new Switchboard(world);
    const sender = new Sender('s', board, new Journal());
    let last = 0;
    const watch = async (): Promise<void> => {
      while (last < 4) {
        await sender.surely(async (client) => {
          for await (const { entityState } of client.watch<number>(a)) {
            const committed = (world.state('Counter', 'a') as number | undefined) ?? 0;
            expect(entityState ?? 0).to.be.within(last, committed);
            last = entityState ?? 0;
            if (last === 4) return;
          }
        });
      }
    };
    const add = async (): Promise<void> => {
      for (const requestId of ['1', '2', '3', '4'])
        await sender.surely((client) => client.signalEntity(a, 'add', 1, { requestId }));
    };
    await world.until(Promise.all([watch(), add()]));
  }
});
