import { expect } from 'chai';
import { defineEntity, defineOrchestration, Entity, EntityId, Operation, type EntityContext } from '../../src/index.js';
import { acceptance, allSettings, hardest } from './variants.js';
import { eventually, fresh } from './world.js';

let built = 0;
@Entity({ effects: 'none' })
class Cached {
  value = 0;
  constructor() {
    built++;
  }
  @Operation() add(n: number): number {
    return (this.value += n);
  }
  @Operation() get(): number {
    return this.value;
  }
}
const at = (key: string) => new EntityId('Cached', key);

acceptance('state-lifecycle', allSettings, (world) => {
  it('S74 S163 S165 calls and signals create entities; there is no create', async () => {
    const client = await world().start([Cached]);
    await client.signalEntity(at('signalled'), 'add', 2);
    expect(await client.callEntity(at('called'), 'add', 3)).to.equal(3);
    expect(await client.callEntity(at('signalled'), 'get')).to.equal(2);
  });

  it('S65 S77 S166 an entity that was dropped from memory is the same as before', async () => {
    const client = await world().start([Cached]);
    const before = built;
    for (let i = 1; i <= 5; i++) expect(await client.callEntity(at('k'), 'add', 1)).to.equal(i);
    if (world().setting.evict) expect(built - before).to.be.at.least(5);
  });

  it('S77 a small cache evicts and reloads many entities and loses none', async () => {
    const client = await world().start([Cached], { maxIdleInstances: 5 });
    for (let round = 0; round < 3; round++) {
      await Promise.all(Array.from({ length: 60 }, (_, i) => client.signalEntity(at(String(i)), 'add', i)));
    }
    for (let i = 0; i < 60; i++) expect(await client.callEntity(at(String(i)), 'get')).to.equal(3 * i);
  });

  it('S75 S76 deletion by anyone, then use again: a fresh state and no remnants', async () => {
    const client = await world().start([Cached]);
    for (let i = 0; i < 3; i++) {
      await client.callEntity(at('k'), 'add', 5);
      await client.signalEntity(at('k'), 'delete');
      expect(await client.callEntity(at('k'), 'add', 1)).to.equal(1);
      await client.callEntity(at('k'), 'delete');
      expect((await client.readEntityState(at('k'))).entityExists).to.equal(false);
    }
  });

  it('S167 durability comes before the answer: the result of a call is stored after a stop', async () => {
    let client = await world().start([Cached]);
    for (let i = 1; i <= 3; i++) {
      expect(await client.callEntity(at('k'), 'add', 1)).to.equal(i);
      client = await world().restart();
    }
    expect((await client.readEntityState(Cached, 'k')).entityState?.value).to.equal(3);
  });

  it('S13 S19 scheduled signals outlive a restart, are not early and not lost', async () => {
    const client = await world().startMoved([Cached]);
    const { now } = world();
    for (let i = 0; i < 5; i++) await client.signalEntity(at('k'), 'add', 1, { scheduledTime: now + 3_600_000 });
    await client.signalEntity(at('k'), 'add', 100, { scheduledTime: now + 7_200_000 });
    const again = await world().restart();
    expect(await again.callEntity(at('k'), 'get')).to.equal(0);
    world().pass('30 minutes');
    expect(await again.callEntity(at('k'), 'get')).to.equal(0);
    world().pass('30 minutes');
    await eventually(
      async () => ((await again.callEntity(at('k'), 'get')) === 5 ? true : undefined),
      'the scheduled signals',
    );
  });

  it('S19 messages for an entity that is not registered any more wait, and are applied when it is again', async () => {
    const other = defineEntity('Other', { effects: 'none' }, (context: EntityContext) =>
      context.signalEntity(at('k'), 'add', 4),
    );
    const client = await world().start([Cached, other]);
    await client.signalEntity(at('k'), 'add', 1, { scheduledTime: Date.now() + 20 });
    const without = await world().restart([other]);
    await without.signalEntity(at('k'), 'add', 2);
    await without.callEntity(new EntityId('Other', 'k'), 'go');
    expect((await without.readEntityState(at('k'))).entityExists).to.equal(false);
    const again = await world().restart([Cached, other]);
    await eventually(
      async () => ((await again.callEntity(at('k'), 'get')) === 7 ? true : undefined),
      'all three signals',
    );
  });

  it('S23 a hub serves thousands of entities', async () => {
    const client = await world().start([Cached], { maxIdleInstances: 500 });
    await Promise.all(Array.from({ length: 3_000 }, (_, i) => client.signalEntity(at(String(i)), 'add', 1)));
    for (const i of [0, 1_499, 2_999]) expect(await client.callEntity(at(String(i)), 'get')).to.equal(1);
  });
});

acceptance('state-lifecycle: locks', hardest, (world) => {
  it('S79 S149 a lock outlives a restart, and so does who holds it', async () => {
    const holder = defineOrchestration('Holder', async (context) => {
      using _section = await context.lock(at('k'));
      await context.callEntity(at('k'), 'add', 1);
      context.setCustomStatus('holding');
      await context.waitForExternalEvent('go');
      return [context.isLocked, await context.callEntity(at('k'), 'add', 10)];
    });
    const client = await world().start([Cached, holder]);
    const instanceId = fresh('holder');
    const run = await client.startNew(holder, { instanceId });
    await eventually(async () => ((await run.status())?.customStatus === 'holding' ? true : undefined), 'the lock');
    await client.signalEntity(at('k'), 'add', 100);
    const again = await world().restart();
    await again.signalEntity(at('k'), 'add', 1_000);
    expect((await again.readEntityState(Cached, 'k')).entityState?.value).to.equal(1);
    await again.run(holder, instanceId).raiseEvent('go');
    expect(await again.run(holder, instanceId).result()).to.deep.equal([true, 11]);
    expect(await again.callEntity(at('k'), 'get')).to.equal(1_111);
  });
});
