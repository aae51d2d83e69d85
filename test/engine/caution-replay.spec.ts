import { expect } from 'chai';
import { defineEntity, defineOrchestration } from '../../src/functions/define.js';
import type { RunRecord } from '../../src/engines/sql/model/run-record.js';
import { counter, id } from './programs.js';
import { deferred, World, type Process } from './world.js';

function record(world: World, instanceId: string): RunRecord {
  return JSON.parse(world.row(instanceId)?.state as string) as RunRecord;
}

/** Code that ends its process when it is replayed, until somebody mends it. */
class Fragile {
  broken = true;
  replays = 0;
  /** Kills the process of now. */
  die: () => void = () => {};

  readonly orchestration = defineOrchestration('Fragile', async (context) => {
    const seen = [await context.waitForExternalEvent<string>('item')];
    if (context.isReplaying) this.replays++;
    if (context.isReplaying && this.broken) {
      this.die();
      await new Promise(() => {});
    }
    while (!seen.includes('end')) seen.push(await context.waitForExternalEvent<string>('item'));
    return seen;
  });

  /** Starts processes, each after the death of the one before, until one lives. */
  async survivor(world: World, deathsMax = 12): Promise<Process> {
    for (let deaths = 0; deaths <= deathsMax; deaths++) {
      let died = false;
      world.onStore = (store) => {
        this.die = () => {
          died = true;
          store.kill();
          store.onCrash();
        };
      };
      const process = await world.start().catch(() => undefined);
      await world.pass(100);
      if (!died && process !== undefined) return process;
    }
    throw new Error('none lives');
  }
}

function addEvent(world: World, target: string, value: string): number {
  const row = world.database.lastSeq + 1;
  world.database.lastSeq = row;
  const body = JSON.stringify({ kind: 'event', name: 'item', value: JSON.stringify(value) });
  world.database.inbox.set(row, {
    id: row,
    partition: 0,
    target,
    arrival: row,
    dueMs: null,
    body,
    seq: row,
    attempts: 0,
  });
  return row;
}

describe('cautious work: code that ends its process in replay', () => {
  async function waiting(fragile: Fragile, definitions: readonly unknown[] = [counter]): Promise<World> {
    const world = new World([fragile.orchestration, ...definitions]);
    const first = await world.start();
    const run = await world.until(first.client.startNew(fragile.orchestration, { instanceId: 'f' }));
    await world.until(run.raiseEvent('item', 'a'));
    await world.quiet();
    await world.until(first.engine.stop(), 60_000);
    await first.store.close();
    return world;
  }

  it('an orchestration whose code ended the process three times in replay is suspended with the reason, and its neighbours continue', async () => {
    const fragile = new Fragile();
    const world = await waiting(fragile);
    addEvent(world, 'f', 'b');
    const process = await fragile.survivor(world);
    expect(record(world, 'f').status).to.equal('suspended');
    expect(record(world, 'f').reason).to.contain('3 attempts');
    expect(fragile.replays, 'two before anybody suspects, three that count').to.equal(5);
    expect(await world.until(process.client.callEntity(id('Counter', 'n'), 'add'), 20_000)).to.equal(1);
    // Its messages still wait, through restarts and more events, and its code is not run.
    await world.until(process.client.run('Fragile', 'f').raiseEvent('item', 'c'), 20_000);
    process.die();
    const next = await fragile.survivor(world);
    await world.until(next.engine.stop(), 60_000);
    await next.store.close();
    const last = await fragile.survivor(world);
    expect(fragile.replays).to.equal(5);
    // Mended, and resumed: nothing is lost.
    fragile.broken = false;
    const run = last.client.run(fragile.orchestration, 'f');
    await world.until(run.resume(), 20_000);
    await world.until(run.raiseEvent('item', 'end'), 20_000);
    expect(await world.until(run.result(), 20_000)).to.deep.equal(['a', 'b', 'c', 'end']);
    expect(world.database.inbox.size).to.equal(0);
  });

  it('a resume gives new attempts to an orchestration that ends its process in replay, and it is suspended again', async () => {
    const fragile = new Fragile();
    const world = await waiting(fragile);
    addEvent(world, 'f', 'b');
    const process = await fragile.survivor(world);
    const before = fragile.replays;
    process.client
      .run('Fragile', 'f')
      .resume()
      .catch(() => {});
    await world.pass(100);
    expect(fragile.replays, 'resume tries again').to.equal(before + 1);
    await fragile.survivor(world);
    expect(record(world, 'f').status).to.equal('suspended');
    expect(fragile.replays).to.be.within(before + 3, before + 6);
  });

  it('an orchestration that ends its process in replay can be terminated without running its code, and its locks are released', async () => {
    const holder = defineEntity('Held', { effects: 'none' }, () => 'free');
    const fragile = new Fragile();
    const locks = defineOrchestration('Fragile', async (context) => {
      await context.lock(id('Held', 'h'));
      return fragile.orchestration.handler(context, undefined);
    });
    const world = new World([locks, holder]);
    const first = await world.start();
    const run = await world.until(first.client.startNew(locks, { instanceId: 'f' }));
    await world.until(run.raiseEvent('item', 'a'));
    await world.quiet();
    await world.until(first.engine.stop(), 60_000);
    await first.store.close();
    addEvent(world, 'f', 'b');
    const process = await fragile.survivor(world);
    const replays = fragile.replays;
    const free = process.client.callEntity(id('Held', 'h'), 'ask');
    await world.until(process.client.run(locks, 'f').terminate('enough'), 20_000);
    expect(await world.until(free, 20_000)).to.equal('free');
    expect(fragile.replays).to.equal(replays);
    expect(record(world, 'f').status).to.equal('terminated');
  });

  it('an orchestration that ends its process in replay is not replayed at a start without a message for it', async () => {
    const fragile = new Fragile();
    const world = await waiting(fragile);
    const process = await fragile.survivor(world, 0);
    expect(fragile.replays).to.equal(0);
    expect(await world.until(process.client.callEntity(id('Counter', 'n'), 'add'), 20_000)).to.equal(1);
  });

  it('an orchestration whose replay does no harm continues', async () => {
    const fragile = new Fragile();
    fragile.broken = false;
    const world = await waiting(fragile);
    addEvent(world, 'f', 'b');
    for (const partition of world.database.partitions) partition.crashes = 5;
    const process = await fragile.survivor(world, 0);
    const run = process.client.run(fragile.orchestration, 'f');
    await world.until(run.suspend(), 20_000);
    await world.until(run.raiseEvent('item', 'c'), 20_000);
    await world.until(process.engine.stop(), 60_000);
    await process.store.close();
    const next = await fragile.survivor(world, 0);
    const again = next.client.run(fragile.orchestration, 'f');
    await world.until(again.resume(), 20_000);
    await world.until(again.raiseEvent('item', 'end'), 20_000);
    expect(await world.until(again.result(), 20_000)).to.deep.equal(['a', 'b', 'c', 'end']);
  });
});

describe('cautious work: attempts in the table', () => {
  it('attempts that a reset left open are given back before another message can end the process', async () => {
    const gate = deferred();
    const slow = defineEntity('Slow', async () => gate.promise);
    const world = new World([counter, slow]);
    (await world.start()).die();
    for (const partition of world.database.partitions) partition.crashes = 5;
    const add = (target: string, operation: string): number => {
      const row = world.database.lastSeq + 1;
      world.database.lastSeq = row;
      const body = JSON.stringify({ kind: 'operation', operation });
      world.database.inbox.set(row, {
        id: row,
        partition: 0,
        target,
        arrival: row,
        dueMs: null,
        body,
        seq: row,
        attempts: 0,
      });
      return row;
    };
    const suspect = add('@slow@s', 'go');
    const innocent = add('@counter@innocent', 'add');
    let faults = 0;
    world.onStore = (store) => {
      store.plan = (access) => {
        // The attempt of the innocent one is committed: what comes next is fenced off.
        if (access !== 'commit' || faults > 0 || world.database.inbox.get(innocent)?.attempts !== 1) return undefined;
        faults++;
        return 'fenced';
      };
    };
    const process = await world.start();
    await world.pass(1_500);
    expect(faults).to.equal(1);
    expect(world.database.inbox.get(suspect)?.attempts, 'it runs').to.equal(1);
    expect(world.database.inbox.get(innocent)?.attempts, 'it did not end the process').to.equal(0);
    process.die();
    gate.resolve();
    await world.start();
    await world.pass(5_000);
    expect(world.state('Counter', 'innocent')).to.equal(1);
  });
});

describe('a run whose code is not registered', () => {
  it('the log says once which name and version an orchestration waits for', async () => {
    const waits = (version: number) =>
      defineOrchestration('Waits', { version }, async (context) => context.waitForExternalEvent('go'));
    const world = new World([waits(1), waits(3), counter]);
    const first = await world.start();
    await world.until(first.client.startNew('Waits', { instanceId: 'w' }));
    await world.until(first.engine.stop(), 60_000);
    await first.store.close();
    world.definitions = [waits(1), counter];
    const second = await world.start();
    const run = second.client.run('Waits', 'w');
    for (let n = 0; n < 3; n++) run.raiseEvent('go', n).catch(() => {});
    await world.quiet();
    const told = world.log.filter(({ message }) => message.includes('not registered'));
    expect(told.map(({ level, fields }) => [level, fields])).to.deep.equal([
      ['warn', { instance: 'w', name: 'Waits', version: 3 }],
    ]);
    second.die();
    world.definitions = [waits(1), waits(3), counter];
    const third = await world.start();
    expect(await world.until(third.client.run('Waits', 'w').result(), 20_000)).to.equal(0);
  });
});
