import { expect } from 'chai';
import {
  defineEntity,
  defineOrchestration,
  Entity,
  EntityId,
  entityInterface,
  Operation,
  TaskEntity,
} from '../../src/index.js';
import {
  AmbiguousEntityError,
  ClientInsideTurnError,
  InvalidArgumentError,
  InvalidEntityIdError,
  UnknownEntityError,
  UnknownOrchestrationError,
} from '../../src/errors/index.js';
import { acceptance, allSettings } from './variants.js';
import { eventually, failure, fresh, Gate, refusal } from './world.js';

@Entity({ effects: 'none' })
class Shelf {
  books: string[] = [];

  @Operation()
  async add(book: string): Promise<number> {
    return this.books.push(book);
  }
}

interface IPut {
  put(item: string): Promise<number>;
}
const IPut = entityInterface<IPut>('IPut', { put: 'call' });
interface IBasket extends IPut {
  clear(): void;
}
const IBasket = entityInterface<IBasket>('IBasket', { clear: 'signal' }, { extends: [IPut] });
const INobody = entityInterface<IPut>('INobody', { put: 'call' });

@Entity({ implements: [IBasket], effects: 'none' })
class Basket extends TaskEntity<{ items: string[] }> implements IBasket {
  protected initializeState(): { items: string[] } {
    return { items: [] };
  }
  async put(item: string): Promise<number> {
    return this.state.items.push(item);
  }
  clear(): void {
    this.state.items = [];
  }
}

@Entity({ name: 'Other Name', implements: [IPut], effects: 'none' })
class Renamed implements IPut {
  items: string[] = [];
  async put(item: string): Promise<number> {
    return this.items.push(item);
  }
}

const named = (name: string) =>
  defineEntity(name, { effects: 'none' }, (context) => {
    if (context.operationName === 'delete') context.deleteState();
    else context.setState(context.getInput() ?? true);
  });
const store = named('StringStore');
const store2 = named('StringStore2');

const waiter = defineOrchestration('Waiter', async (context, fails: boolean) => {
  await context.waitForExternalEvent('go');
  if (fails) throw new Error('it was asked to');
});
const other = defineOrchestration('Waiter2', async () => 'done');

const locker = defineOrchestration('Locker', async (context, key: string) => {
  using _section = await context.lock(new EntityId('StringStore', key));
  context.setCustomStatus('holding');
  await context.waitForExternalEvent('release');
});

const all = [Shelf, store, store2, waiter, other, locker];

async function listed<T>(query: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of query) items.push(item);
  return items;
}

acceptance('queries of entities', allSettings, (world) => {
  it('find all that exist, by exact name and by the beginning of the key', async () => {
    const client = await world().start(all);
    for (const key of ['a', 'ab', 'b', 'A', '', 'a%', 'a_'])
      await client.callEntity(new EntityId('StringStore', key), 'set');
    await client.callEntity(new EntityId('StringStore2', 'a'), 'set');
    await client.callEntity(new EntityId('StringStore', 'gone'), 'set');
    await client.callEntity(new EntityId('StringStore', 'gone'), 'delete');
    const keys = async (query: Parameters<typeof client.queryEntities>[0]) =>
      (await listed(client.queryEntities(query))).map(({ entityId }) => entityId.key);
    expect(await keys({ name: 'stringSTORE' })).to.deep.equal(['', 'A', 'a', 'a%', 'a_', 'ab', 'b']);
    expect(await keys({ name: 'StringStore2' })).to.deep.equal(['a']);
    expect(await keys({ name: 'StringStore', keyPrefix: 'a' })).to.deep.equal(['a', 'a%', 'a_', 'ab']);
    expect(await keys({ name: 'StringStore', keyPrefix: 'a%' })).to.deep.equal(['a%']);
    // Ordered by the text of the id, in which "2" comes before the "@" behind the shorter name.
    expect(await keys({ keyPrefix: 'a' })).to.deep.equal(['a', 'a', 'a%', 'a_', 'ab']);
    expect(await keys({ name: 'StringStore', keyPrefix: 'x' })).to.deep.equal([]);
  });

  it('M21: with a class or a token they find its entities, with their states, and are counted', async () => {
    const client = await world().start([...all, Basket, Renamed]);
    for (const key of ['a', 'b', 'c']) await client.callEntity(Shelf, key, (shelf) => shelf.add(`book of ${key}`));
    await client.callEntity(new EntityId('StringStore', 'a'), 'set');
    await client.callEntity(Basket, 'x', (basket) => basket.put('apple'));
    await client.callEntity(new EntityId('other name', 'y'), 'put', 'pear');
    const states = await listed(client.queryEntities(Shelf, { includeState: true }));
    expect(states.map(({ entityId, entityState }) => [entityId.key, entityState?.books])).to.deep.equal([
      ['a', ['book of a']],
      ['b', ['book of b']],
      ['c', ['book of c']],
    ]);
    expect((await listed(client.queryEntities(Shelf)))[0]?.entityState).to.equal(undefined);
    const baskets = await listed(client.queryEntities(Basket, { includeState: true }));
    expect(baskets.map(({ entityState }) => entityState?.items)).to.deep.equal([['apple']]);
    expect((await listed(client.queryEntities(Renamed))).map(({ entityId }) => entityId.key)).to.deep.equal(['y']);
    expect(await client.queryEntities(Shelf).count()).to.equal(3);
    expect(await client.queryEntities(Shelf, { keyPrefix: 'c' }).count()).to.equal(1);
    expect(await client.queryEntities().count()).to.equal(6);
    expect(await client.queryEntities({ name: 'StringStore2' }).count()).to.equal(0);
  });

  it('M21: with the token of an interface they find the one entity that implements it, and refuse several or none', async () => {
    const client = await world().start([...all, Basket, Renamed]);
    await client.callEntity(Basket, 'x', (basket) => basket.put('apple'));
    const found = await listed(client.queryEntities(IBasket, { includeState: true }));
    expect(found.map(({ entityId }) => entityId.toString())).to.deep.equal(['@basket@x']);
    const ambiguous = await refusal(() => client.queryEntities(IPut), AmbiguousEntityError, 'DE_AMBIGUOUS_ENTITY');
    expect(ambiguous.message).to.contain('several entities (basket, other name): the query needs one of them');
    await refusal(() => client.queryEntities(INobody), UnknownEntityError, 'DE_UNKNOWN_ENTITY');
    class Undecorated {}
    await refusal(() => client.queryEntities(Undecorated), UnknownEntityError, 'DE_UNKNOWN_ENTITY');
    const missing = () => client.queryEntities(undefined as never, { includeState: true });
    expect((await refusal(missing, InvalidArgumentError, 'DE_INVALID_ARGUMENT')).message).to.contain('circular import');
  });

  it('M21: page() returns one page, and the page after it, without reading all pages', async () => {
    const client = await world().start(all);
    for (const key of ['a', 'b', 'c', 'd', 'e']) await client.callEntity(new EntityId('StringStore', key), 'set');
    const query = client.queryEntities({ name: 'StringStore', pageSize: 4 });
    const keys = (page: { items: readonly { entityId: EntityId }[] }) => page.items.map(({ entityId }) => entityId.key);
    const first = await query.page({ size: 2 });
    expect(keys(first)).to.deep.equal(['a', 'b']);
    const second = await client
      .queryEntities({ name: 'StringStore' })
      .page({ after: first.continuationToken, size: 3 });
    expect(keys(second)).to.deep.equal(['c', 'd', 'e']);
    expect(second.continuationToken).to.equal(undefined);
    expect(keys(await query.page()), 'of the size of the query').to.deep.equal(['a', 'b', 'c', 'd']);
    expect(keys(await client.queryEntities({ keyPrefix: 'none' }).page())).to.deep.equal([]);
    for (const size of [0, 1_001, 1.5, '2', Number.NaN])
      await refusal(query.page({ size: size as number }), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    await refusal(query.page({ after: 'b' }), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    await refusal(query.page({ token: 'b' } as never), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    const runs = await client.queryRuns().page({ size: 1 });
    expect(runs).to.deep.equal({ items: [], continuationToken: undefined });
  });

  it('M21: a count is of what the filters let pass', async () => {
    const mortal = defineEntity('Mortal', { effects: 'none', expireAfter: '1 hour' }, (context) => context.setState(1));
    const client = await world().start([...all, mortal]);
    await client.callEntity(new EntityId('Mortal', 'a'), 'live');
    expect(await client.queryEntities({ name: 'Mortal' }).count()).to.equal(1);
    for (let count = 0; count < 3; count++) await (await client.startNew(other)).result();
    const waiting = await client.startNew(waiter);
    await waiting.waitForStatus(({ runtimeStatus }) => runtimeStatus === 'running');
    expect(await client.queryRuns().count()).to.equal(4);
    expect(await client.queryRuns({ runtimeStatus: 'completed' }).count()).to.equal(3);
    expect(await client.queryRuns({ runtimeStatus: ['completed', 'running'], name: waiter }).count()).to.equal(1);
    expect(await client.queryRuns({ createdBefore: 0 }).count()).to.equal(0);
  });

  it('leave out an entity that is only locked, and say who holds the lock of one that exists', async () => {
    const client = await world().start(all);
    await client.callEntity(new EntityId('StringStore', 'there'), 'set');
    const runs = [];
    for (const key of ['there', 'absent']) {
      const run = await client.startNew(locker, { input: key, instanceId: fresh(`locks-${key}`) });
      await run.waitForStatus(({ customStatus }) => customStatus === 'holding');
      runs.push(run);
    }
    const found = await listed(client.queryEntities({ name: 'StringStore' }));
    expect(found.map(({ entityId, lockedBy }) => [entityId.key, lockedBy])).to.deep.equal([
      ['there', runs[0]?.instanceId],
    ]);
    for (const run of runs) await run.terminate();
  });

  it('give the state when it is asked for, and one that cannot be read ends no query', async () => {
    const client = await world().startMoved(all);
    world().pass('1 day');
    const startedMs = world().now;
    await client.callEntity(new EntityId('Shelf', '1'), 'add', 'Emma');
    await client.callEntity(new EntityId('StringStore', '1'), 'set', new Map([['a', 1n]]));
    const without = await listed(client.queryEntities());
    expect(without.map(({ entityState }) => entityState)).to.deep.equal([undefined, undefined]);
    const [shelf, stored] = await listed(client.queryEntities({ includeState: true }));
    expect(shelf?.entityState).to.deep.include({ books: ['Emma'] });
    expect(stored?.entityState).to.deep.equal(new Map([['a', 1n]]));
    expect(shelf?.lastModified.getTime()).to.be.closeTo(startedMs, 3_600_000);
  });

  it('take the time of the last change', async () => {
    const client = await world().startMoved(all);
    await client.callEntity(new EntityId('StringStore', 'old'), 'set', 1);
    world().pass('1 minute');
    await client.callEntity(new EntityId('StringStore', 'new'), 'set', 1);
    const [newer] = await listed(client.queryEntities({ keyPrefix: 'new' }));
    const border = newer?.lastModified as Date;
    const since = await listed(client.queryEntities({ modifiedSince: border }));
    const before = await listed(client.queryEntities({ modifiedBefore: border.getTime() }));
    expect(since.map(({ entityId }) => entityId.key)).to.deep.equal(['new']);
    expect(before.map(({ entityId }) => entityId.key)).to.deep.equal(['old']);
  });

  it('come in pages that are never larger than asked for, and go on from a token', async () => {
    const client = await world().start(all);
    const keys = Array.from({ length: 7 }, (_, i) => `k${i}`);
    await Promise.all(keys.map((key) => client.callEntity(new EntityId('StringStore', key), 'set')));
    for (const pageSize of [1, 3, 7, 100]) {
      const sizes: number[] = [];
      const seen: string[] = [];
      for await (const { items, continuationToken } of client.queryEntities({ pageSize }).pages()) {
        sizes.push(items.length);
        seen.push(...items.map(({ entityId }) => entityId.key));
        expect(continuationToken === undefined, 'only the last page has no token').to.equal(seen.length === 7);
      }
      expect(seen).to.deep.equal(keys);
      expect(Math.max(...sizes)).to.be.at.most(pageSize);
      expect(sizes).to.have.length(Math.ceil(7 / pageSize));
    }
    const first = await client.queryEntities({ pageSize: 3 }).pages().next();
    const { continuationToken } = first.value as { continuationToken: string };
    const rest = await listed(client.queryEntities({ pageSize: 3, continuationToken }));
    expect(rest.map(({ entityId }) => entityId.key)).to.deep.equal(keys.slice(3));
    const empty = await client.queryEntities({ name: 'StringStore2' }).pages().next();
    expect(empty.value).to.deep.equal({ items: [], continuationToken: undefined });
  });

  it('neither repeat nor hang when rows are written, made and deleted meanwhile', async () => {
    const client = await world().start(all);
    const id = (i: number) => new EntityId('StringStore', `k${String(i).padStart(3, '0')}`);
    for (let i = 0; i < 20; i++) await client.callEntity(id(i), 'set', 0);
    const seen: string[] = [];
    let i = 0;
    for await (const { entityId } of client.queryEntities({ pageSize: 2 })) {
      seen.push(entityId.key);
      await client.callEntity(id(i), 'set', 'written again');
      if (i < 20) await client.callEntity(id(i + 30), 'set', 'new');
      if (i % 2 === 1) await client.callEntity(id(i - 1), 'delete');
      i++;
    }
    expect(new Set(seen).size).to.equal(seen.length);
    expect(seen.slice(0, 20)).to.deep.equal(Array.from({ length: 20 }, (_, each) => id(each).key));
    expect(seen.length, 'what is new and still ahead may be seen').to.be.within(20, 40);
  });

  it('refuse what is no query at once', async () => {
    const client = await world().start(all);
    for (const bad of [
      { pageSize: 0 },
      { pageSize: 1001 },
      { pageSize: 1.5 },
      { pageSize: '3' },
      { keyPrefix: 1 },
      { keyPrefix: '\ud800' },
      { keyPrefix: 'a\0' },
      { modifiedSince: 'yesterday' },
      { modifiedBefore: new Date('never') },
      { continuationToken: '' },
      { continuationToken: 'abc' },
      { continuationToken: 7 },
      { continuationToken: `1.orchestration.${Buffer.from('x').toString('base64url')}` },
    ]) {
      await refusal(() => client.queryEntities(bad as never), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    }
    await refusal(() => client.queryEntities({ name: 'Unknown' }), UnknownEntityError, 'DE_UNKNOWN_ENTITY');
    await refusal(() => client.queryEntities({ name: 'a@b' }), InvalidEntityIdError, 'DE_INVALID_ENTITY_ID');
  });
});

acceptance('queries of runs', allSettings, (world) => {
  it('find by exact name, status, time and the beginning of the id', async () => {
    const client = await world().start(all);
    const running = await client.startNew(waiter, { input: false, instanceId: 'w-1' });
    const failing = await client.startNew(waiter, { input: true, instanceId: 'w-2' });
    await failing.raiseEvent('go');
    await failure(failing.result());
    const suspended = await client.startNew(waiter, { input: false, instanceId: 'x%1' });
    await suspended.suspend('why');
    const done = await client.startNew(other, { instanceId: 'o-1' });
    await done.result();
    const ids = async (query: Parameters<typeof client.queryRuns>[0]) =>
      (await listed(client.queryRuns(query))).map(({ instanceId }) => instanceId);
    expect(await ids({})).to.deep.equal(['o-1', 'w-1', 'w-2', 'x%1']);
    expect(await ids({ name: 'Waiter' })).to.deep.equal(['w-1', 'w-2', 'x%1']);
    expect(await ids({ name: waiter })).to.deep.equal(['w-1', 'w-2', 'x%1']);
    expect(await ids({ runtimeStatus: 'failed' })).to.deep.equal(['w-2']);
    expect(await ids({ runtimeStatus: ['suspended', 'running'] })).to.deep.equal(['w-1', 'x%1']);
    expect(await ids({ runtimeStatus: [] })).to.deep.equal([]);
    expect(await ids({ instanceIdPrefix: 'w-' })).to.deep.equal(['w-1', 'w-2']);
    expect(await ids({ instanceIdPrefix: 'x%' })).to.deep.equal(['x%1']);
    const { createdAt } = (await done.status()) as { createdAt: Date };
    expect(await ids({ createdAfter: createdAt, name: other })).to.deep.equal(['o-1']);
    expect(await ids({ createdBefore: createdAt, name: other })).to.deep.equal([]);
    const statuses = await listed(client.queryRuns({ instanceIdPrefix: 'w-2' }));
    expect(statuses).to.deep.equal([await failing.status()]);
    expect(await ids({ runtimeStatus: 'running', pageSize: 1 })).to.deep.equal(['w-1']);
    await running.terminate();
    for (const bad of [{ runtimeStatus: 'over' }, { instanceIdPrefix: 3 }, { createdAfter: {} }, { name: 7 }]) {
      await refusal(() => client.queryRuns(bad as never), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    }
    await refusal(() => client.queryRuns({ name: 'Nobody' }), UnknownOrchestrationError, 'DE_UNKNOWN_ORCHESTRATION');
  });

  it('cannot be made by an orchestrator', async () => {
    const client = await world().start([
      ...all,
      defineOrchestration('Asking', async () => {
        for await (const _ of world().client.queryRuns()) break;
      }),
    ]);
    const run = await client.startNew('Asking', { instanceId: fresh() });
    const error = await failure(run.result());
    expect((error.cause as ClientInsideTurnError).code).to.equal('DE_CLIENT_INSIDE_TURN');
  });
});

acceptance('purging runs', allSettings, (world) => {
  it('purgeRuns deletes the ended runs that the filter finds, with their history, and returns their number', async () => {
    const client = await world().start(all);
    for (let i = 0; i < 5; i++) await (await client.startNew(other, { instanceId: `done-${i}` })).result();
    const failing = await client.startNew(waiter, { input: true, instanceId: 'failed-1' });
    await failing.raiseEvent('go');
    await failure(failing.result());
    await client.startNew(waiter, { input: false, instanceId: 'running-1' });
    expect(await client.purgeRuns({ runtimeStatus: 'failed' })).to.equal(1);
    expect(await client.purgeRuns({ runtimeStatus: ['failed', 'completed'], instanceIdPrefix: 'done-3' })).to.equal(1);
    expect(await client.purgeRuns()).to.equal(4);
    expect(await client.purgeRuns()).to.equal(0);
    expect((await listed(client.queryRuns())).map(({ instanceId }) => instanceId)).to.deep.equal(['running-1']);
    await refusal(client.purgeRuns({ runtimeStatus: 'running' }), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    await client.startNew(other, { instanceId: 'done-1' }).then((run) => run.result());
  });

  it('purgeRuns deletes runs of many pages', async () => {
    const client = await world().start(all);
    const runs = await Promise.all(
      Array.from({ length: 230 }, (_, i) => client.startNew(other, { instanceId: `r-${i}` })),
    );
    await Promise.all(runs.map((run) => run.result()));
    expect(await client.purgeRuns({ name: other })).to.equal(230);
    expect(await listed(client.queryRuns())).to.deep.equal([]);
  });

  it('purgeRuns ends while other runs continue, and keeps the runs that they start meanwhile', async () => {
    const client = await world().start(all);
    let made = 0;
    let enough = false;
    const busy = Array.from({ length: 20 }, async () => {
      for (; !enough; made++) await (await client.startNew(other)).result();
    });
    while (made < 400) await new Promise((resolve) => setImmediate(resolve));
    const purged = await client.purgeRuns();
    const madeUntilThen = made;
    enough = true;
    await Promise.all(busy);
    expect(purged).to.be.within(400, madeUntilThen);
    expect(await listed(client.queryRuns())).to.have.lengthOf(made - purged);
  });
});

acceptance('the status of an entity', allSettings, (world) => {
  it('S94 entityStatus returns the holder of the lock, the number of waiting messages and the running operation', async () => {
    const gate = new Gate();
    const slow = defineEntity('Slow', async (context) => {
      if (context.operationName === 'wait') await gate.pass();
      context.setState(1);
    });
    const client = await world().start([...all, slow]);
    const id = new EntityId('Slow', 's');
    expect(await client.entityStatus(id)).to.equal(undefined);
    const waiting = [client.callEntity(id, 'wait')];
    await gate.entered;
    expect(await client.entityStatus(id)).to.deep.equal({
      lockedBy: null,
      backlog: 0,
      currentOperation: 'wait',
      registered: true,
      lastModified: undefined,
    });
    waiting.push(client.callEntity(id, 'touch'), client.callEntity(id, 'touch'));
    const busy = await eventually(async () => {
      const status = await client.entityStatus(id);
      return status?.backlog === 2 ? status : undefined;
    }, 'the backlog');
    expect(busy.currentOperation).to.equal('wait');
    gate.open();
    await Promise.all(waiting);
    const idle = await client.entityStatus(id);
    expect(idle).to.include({ lockedBy: null, backlog: 0, currentOperation: null });
    expect(idle?.lastModified).to.be.instanceOf(Date);
  });

  it('entityStatus returns the lock on an entity that does not exist, and the calls that wait for it', async () => {
    const client = await world().start(all);
    const run = await client.startNew(locker, { input: 'held', instanceId: fresh('holder') });
    await run.waitForStatus(({ customStatus }) => customStatus === 'holding');
    const id = new EntityId('StringStore', 'held');
    const call = client.callEntity(id, 'set', 1);
    await eventually(async () => ((await client.entityStatus(id))?.backlog === 1 ? true : undefined), 'the call');
    expect(await client.entityStatus(id)).to.include({ lockedBy: run.instanceId, currentOperation: null });
    await run.raiseEvent('release');
    await call;
    expect(await client.entityStatus(id)).to.include({ lockedBy: null, backlog: 0 });
    await refusal(client.entityStatus(new EntityId('Nobody', 'x')), UnknownEntityError, 'DE_UNKNOWN_ENTITY');
    await refusal(client.entityStatus('@a@b' as never), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
  });
});
