import { expect } from 'chai';
import { defineActivity, defineEntity, defineOrchestration } from '../../src/functions/define.js';
import { id } from './programs.js';
import { deferred, failure, World } from './world.js';

const hour = 3_600_000;
const minute = 60_000;
/** A database of one process: hours pass without polls for messages of other processes. */
const alone = { database: { partitionCount: 4, alone: true } };

/** Notes when it was ticked. What its input says becomes of a tick. */
function clock(world: () => World, what: (ticks: number) => unknown = () => undefined) {
  return defineEntity('Clock', { effects: 'none' }, (context) => {
    if (context.operationName === 'read') return context.getState(() => [] as number[]);
    ticks.push(world().time.wallMs());
    const count = ticks.length;
    context.setState([...context.getState(() => [] as number[]), count]);
    return what(count);
  });
}
let ticks: number[] = [];

/** Minutes since the first tick was due. */
const since = (dueMs: number) => ticks.map((atMs) => Math.round((atMs - dueMs) / minute));

describe('T17: periodic signals', () => {
  beforeEach(() => (ticks = []));

  it('T17: ticks run at whole intervals from the scheduled time, also after crashes, until the name is cancelled', async () => {
    const world = new World([clock(() => world)], alone);
    let now = await world.start();
    const dueMs = world.time.wallMs() + 10 * minute;
    const tick = { name: 'tick', scheduledTime: dueMs, every: '1 hour' } as const;
    const ticket = await world.until(now.client.signalEntity(id('Clock', 'c'), 'tick', undefined, tick));
    await world.pass(10 * minute + 1_000);
    await world.until(now.client.processed(ticket, { timeout: 1_000 }));
    for (let n = 0; n < 3; n++) {
      await world.pass(hour);
      now.crash();
      now = await world.start();
    }
    expect(since(dueMs)).to.deep.equal([0, 60, 120, 180]);
    expect(await world.until(now.client.cancelSignal(id('Clock', 'c'), 'tick'))).to.equal(true);
    await world.pass(5 * hour);
    expect(ticks).to.have.length(4);
    expect(world.database.inbox.size).to.equal(0);
  });

  it('T17: the next tick runs whatever the outcome of the last one', async () => {
    const world = new World(
      [
        clock(
          () => world,
          (count) => {
            if (count === 1) throw new Error('no');
            if (count === 2) return { notStored: () => 1 };
            if (count === 3) return new Promise(() => {});
            return count;
          },
        ),
      ],
      alone,
    );
    const { client } = await world.start();
    const begun = world.time.wallMs();
    await world.until(client.signalEntity(id('Clock', 'c'), 'tick', undefined, { name: 'tick', every: hour }));
    await world.pass(4 * hour + minute);
    expect(since(begun)).to.deep.equal([60, 120, 180, 240]);
    expect(await world.until(client.callEntity(id('Clock', 'c'), 'read'))).to.deep.equal([4]);
    expect(world.signalFailures.length).to.be.at.least(2);
  });

  it('T17: one tick runs after a long stop instead of all skipped ones, and then the next whole interval', async () => {
    const world = new World([clock(() => world)], alone);
    const first = await world.start();
    const dueMs = world.time.wallMs() + hour;
    await world.until(first.client.signalEntity(id('Clock', 'c'), 'tick', undefined, { name: 'tick', every: hour }));
    await world.pass(hour + minute);
    first.crash();
    await world.pass(5.5 * hour);
    await world.start();
    await world.pass(10 * minute);
    expect(ticks).to.have.length(2);
    await world.pass(hour);
    expect(ticks).to.have.length(3);
    expect(since(dueMs)[2]).to.equal(360);
  });

  it('T17: ticks do not pile up while an operation takes longer than the interval, and a cancellation ends them', async () => {
    const gate = deferred();
    let runs = 0;
    const slow = defineEntity('Slow', async (context) => {
      if (context.operationName !== 'tick') return runs;
      runs++;
      if (runs === 1) await gate.promise;
      return runs;
    });
    const world = new World([slow], alone);
    const { client } = await world.start();
    await world.until(client.signalEntity(id('Slow', 's'), 'tick', undefined, { name: 'tick', every: hour }));
    await world.pass(5.5 * hour);
    expect(runs).to.equal(1);
    gate.resolve();
    await world.pass(10 * minute);
    expect(runs).to.equal(1);
    await world.pass(hour);
    expect(runs).to.equal(2);

    const second = await world.until(client.cancelSignal(id('Slow', 's'), 'tick'));
    expect(second).to.equal(true);
    await world.pass(3 * hour);
    expect(runs).to.equal(2);
  });

  it('T17: a cancellation during a tick ends the ticks, and returns true', async () => {
    const gate = deferred();
    let runs = 0;
    const slow = defineEntity('Slow', async () => {
      runs++;
      await gate.promise;
    });
    const world = new World([slow], alone);
    const { client } = await world.start();
    await world.until(client.signalEntity(id('Slow', 's'), 'tick', undefined, { name: 'tick', every: hour }));
    await world.pass(hour + minute);
    expect(await world.until(client.cancelSignal(id('Slow', 's'), 'tick'))).to.equal(true);
    gate.resolve();
    await world.pass(3 * hour);
    expect(runs).to.equal(1);
    expect(world.database.inbox.size).to.equal(0);
  });

  it('T17: an operation may stop or replace its own ticks, and entities and orchestrations send periodic signals too', async () => {
    const seen: string[] = [];
    const self = defineEntity('Self', { effects: 'none' }, (context) => {
      const { operationName, entityId } = context;
      if (operationName === 'begin') {
        context.signalEntity(entityId, 'fast', undefined, { name: 'tick', every: minute });
        return;
      }
      seen.push(operationName);
      if (seen.length === 2) context.signalEntity(entityId, 'slow', undefined, { name: 'tick', every: hour });
      if (seen.length === 3) context.cancelSignal(entityId, 'tick');
    });
    const begins = defineOrchestration('Begins', async (context) => {
      context.signalEntity(id('Self', 'b'), 'other', undefined, { name: 'other', every: '2 hours' });
      await context.createTimer(1);
    });
    const world = new World([self, begins], alone);
    const { client } = await world.start();
    await world.until(client.signalEntity(id('Self', 'a'), 'begin'));
    await world.pass(4 * hour);
    expect(seen).to.deep.equal(['fast', 'fast', 'slow']);
    await world.until((await world.until(client.startNew(begins))).result());
    await world.pass(4 * hour + minute);
    expect(seen).to.deep.equal(['fast', 'fast', 'slow', 'other', 'other']);
  });

  it('T17: an interval without a name, without a valid span, or too short is refused', async () => {
    const echo = defineActivity('Echo', () => 1);
    const world = new World([clock(() => world), echo], alone);
    const { client } = await world.start();
    for (const options of [
      { every: '1 hour' },
      { name: 'tick', every: 0 },
      { name: 'tick', every: 'often' },
      { name: 'tick', every: 999 },
    ]) {
      const refused = await failure(client.signalEntity(id('Clock', 'c'), 'tick', undefined, options as never));
      expect(refused).to.have.property('code', 'DE_INVALID_ARGUMENT');
    }
    expect(world.database.inbox.size).to.equal(0);
  });
});
