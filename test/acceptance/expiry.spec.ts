import { expect } from 'chai';
import { defineEntity, Entity, EntityId, Operation } from '../../src/index.js';
import { InvalidArgumentError, RegistrationError } from '../../src/errors/index.js';
import { acceptance, allSettings } from './variants.js';
import { eventually, fresh, refusal } from './world.js';

@Entity({ effects: 'none', expireAfter: '1 ms' })
class Glimpse {
  seen = 0;
  @Operation()
  async look(): Promise<number> {
    return ++this.seen;
  }
}

@Entity({ effects: 'none', expireAfter: '30 days' })
class Session {
  hits = 0;
  @Operation()
  async hit(): Promise<number> {
    return ++this.hits;
  }
}

const fleeting = defineEntity('Fleeting', { expireAfter: 1 }, (context) => {
  context.setState(context.getState(() => 0) + 1);
  return context.getState<number>();
});

acceptance('idle expiry', allSettings, (world) => {
  it('reads, queries and status do not find an expired entity, and its next operation creates a new state', async () => {
    const client = await world().start([Glimpse, fleeting]);
    for (const [token, id, operation] of [
      [Glimpse, new EntityId('Glimpse', fresh('g')), 'look'],
      [undefined, new EntityId('Fleeting', fresh('f')), 'go'],
    ] as const) {
      expect(await client.callEntity(id, operation)).to.equal(1);
      const gone = async () => {
        const read = token === undefined ? client.readEntityState(id) : client.readEntityState(token, id);
        return (await read).entityExists ? undefined : true;
      };
      await eventually(gone, 'the end of its time');
      const found: string[] = [];
      for await (const { entityId } of client.queryEntities({ name: id.name })) found.push(entityId.key);
      expect(found).to.deep.equal([]);
      expect(await client.entityStatus(id)).to.equal(undefined);
      expect(await client.callEntity(id, operation)).to.equal(1);
    }
  });

  it('an entity whose time is not over is there, after a restart too', async () => {
    const client = await world().start([Session]);
    const key = fresh('s');
    expect(await client.callEntity(Session, key, (session) => session.hit())).to.equal(1);
    const again = await world().restart();
    expect(await again.callEntity(Session, key, (session) => session.hit())).to.equal(2);
    expect((await again.readEntityState(Session, key)).entityState?.hits).to.equal(2);
    // Where only the name is known: another host without the class.
    const other = await world().restart([]);
    expect((await other.readEntityState(new EntityId('Session', key))).entityState).to.deep.equal({ hits: 2 });
  });

  it('registration refuses what is no span of time', async () => {
    @Entity({ expireAfter: 'soon' as never })
    class Wrong {}
    @Entity({ expireAfter: 0 })
    class Never {}
    const error = await refusal(world().start([Wrong, Never]), RegistrationError, 'DE_REGISTRATION');
    expect(error.message).to.contain('Wrong').and.contain('soon').and.contain('less than a millisecond');
    for (const expireAfter of ['soon' as never, -1, 0]) {
      await refusal(() => defineEntity('Bad', { expireAfter }, () => {}), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    }
  });
});
