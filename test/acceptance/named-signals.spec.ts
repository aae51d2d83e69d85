/** Scheduled signals that are replaced and cancelled by their name. */
import { expect } from 'chai';
import { InvalidArgumentError, UnknownEntityError } from '../../src/errors/index.js';
import { defineOrchestration, Entity, EntityId, entityInterface, Operation } from '../../src/index.js';
import { acceptance, allSettings } from './variants.js';
import { eventually, failure, fresh, refusal } from './world.js';

interface IEgg {
  boil(forMs: number): Promise<void>;
  eat(): Promise<void>;
  done(note: string): void;
}
const IEgg = entityInterface<IEgg>('IEgg', { boil: 'call', eat: 'call', done: 'signal' });

@Entity({ implements: [IEgg], effects: 'none' })
class Egg implements IEgg {
  notes: string[] = [];

  async boil(forMs: number): Promise<void> {
    const { current } = Entity;
    const scheduledTime = Date.now() + forMs;
    current.signalEntity(IEgg, current.entityId, (egg) => egg.done(`after ${forMs}`), { scheduledTime, name: 'done' });
  }
  async eat(): Promise<void> {
    Entity.current.cancelSignal(IEgg, Entity.current.entityId, 'done');
  }
  done(note: string): void {
    this.notes.push(note);
  }
  @Operation() async delete(): Promise<void> {
    Entity.current.deleteState();
  }
}

const hour = 3_600_000;
const boils = defineOrchestration('Boils', async (context, key: string) => {
  const scheduledTime = new Date(context.currentTime.getTime() + hour);
  context.signalEntity(IEgg, key, (egg) => egg.done('never'), { scheduledTime, name: 'done' });
  context.signalEntity(IEgg, key, (egg) => egg.done('cancelled'), { scheduledTime, name: 'other' });
  context.cancelSignal(IEgg, key, 'other');
  context.signalEntity(new EntityId('Egg', key), 'done', 'by the orchestration', {
    scheduledTime: context.currentTime,
    name: 'done',
  });
  await context.callEntity(new EntityId('Egg', key), 'eat');
});

acceptance('named signals', allSettings, (world) => {
  const notes = async (key: string) => (await world().client.readEntityState(Egg, key)).entityState?.notes;
  const waiting = async (key: string) => {
    const client = world().client;
    const [first, second] = [await client.cancelSignal(Egg, key, 'done'), await client.cancelSignal(Egg, key, 'other')];
    return [first, second];
  };
  let key: string;
  beforeEach(() => {
    key = fresh('egg');
  });

  it('a named signal of a client replaces the waiting one of its name, also over a restart', async () => {
    let client = await world().start([Egg, boils]);
    const inAnHour = { scheduledTime: Date.now() + hour, name: 'done' };
    const first = await client.signalEntity(IEgg, key, (egg) => egg.done('first'), inAnHour);
    client = await world().restart();
    const soon = { scheduledTime: Date.now() + 5, name: 'done' };
    const second = await client.signalEntity(IEgg, key, (egg) => egg.done('second'), soon);
    await client.processed(first);
    const { entityState } = await client.readEntityState(Egg, key, { after: second });
    expect(entityState?.notes).to.deep.equal(['second']);
    expect(await waiting(key)).to.deep.equal([false, false]);
  });

  it('cancelSignal of a client returns true if a signal waited, and the entity is never created', async () => {
    const client = await world().start([Egg, boils]);
    expect(await client.cancelSignal(new EntityId('Egg', key), 'done')).to.equal(false);
    const ticket = await client.signalEntity(new EntityId('Egg', key), 'done', 'x', {
      scheduledTime: new Date(Date.now() + hour),
      name: 'done',
    });
    expect((await client.readEntityState(Egg, key)).entityExists).to.equal(false);
    expect(await client.cancelSignal(IEgg, key, 'done')).to.equal(true);
    expect(await client.cancelSignal(IEgg, key, 'done')).to.equal(false);
    await client.processed(ticket);
    expect((await client.readEntityState(Egg, key)).entityExists).to.equal(false);
    expect(await client.entityStatus(new EntityId('Egg', key))).to.equal(undefined);
  });

  it('T18: named signals of an entity to itself are replaced and cancelled, and outlive the deletion of the entity', async () => {
    const client = await world().start([Egg, boils]);
    const call = (send: Parameters<typeof client.callEntity<IEgg, void>>[2]) => client.callEntity(IEgg, key, send);
    await call((egg) => egg.boil(hour));
    await call((egg) => egg.boil(1));
    await eventually(async () => ((await notes(key))?.length === 1 ? true : undefined), 'the second note');
    await call((egg) => egg.boil(hour));
    await call((egg) => egg.eat());
    expect(await waiting(key)).to.deep.equal([false, false]);
    await call((egg) => egg.boil(hour));
    await client.callEntity(new EntityId('Egg', key), 'delete');
    expect((await client.readEntityState(Egg, key)).entityExists).to.equal(false);
    expect(await waiting(key)).to.deep.equal([true, false]);
    expect(await client.entityStatus(new EntityId('Egg', key)), 'nothing is left of it').to.equal(undefined);
  });

  it('named signals of an orchestration are replaced and cancelled in the order of its calls', async () => {
    const client = await world().start([Egg, boils]);
    await (await client.startNew(boils, { input: key })).result();
    expect(await waiting(key)).to.deep.equal([false, false]);
    expect(await notes(key)).to.deep.equal(['by the orchestration']);
  });

  it('named signals are refused without a time, with an invalid name, and to an unknown entity', async () => {
    const client = await world().start([Egg]);
    const id = new EntityId('Egg', key);
    const untimed = await refusal(
      client.signalEntity(id, 'done', 'x', { name: 'done' }),
      InvalidArgumentError,
      'DE_INVALID_ARGUMENT',
    );
    expect(untimed.hint).to.contain('scheduledTime');
    const scheduledTime = Date.now() + hour;
    expect(await failure(client.signalEntity(id, 'done', 'x', { scheduledTime, name: '' }))).to.be.instanceOf(
      InvalidArgumentError,
    );
    await refusal(client.cancelSignal(id, 'x'.repeat(513)), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    await refusal(client.cancelSignal(new EntityId('Hen', key), 'done'), UnknownEntityError, 'DE_UNKNOWN_ENTITY');
  });
});
