import { expect } from 'chai';
import { Exclude, Expose, Transform, Type } from 'class-transformer';
import {
  defineEntity,
  Entity,
  EntityId,
  Operation,
  StateDeserializationError,
  StateSerializationError,
} from '../../src/index.js';
import { acceptance, hardest, twoSettings } from './variants.js';
import { refusal } from './world.js';

class Contact {
  name = '';
  @Type(() => Date) since = new Date(0);
  greet(): string {
    return `hello ${this.name}`;
  }
}

@Entity({ effects: 'none' })
class User {
  name = 'none';
  yearOfBirth = 1900;
  alive = true;
  @Type(() => Date) timestamp = new Date(0);
  @Type(() => Contact) contacts = new Map<string, Contact>();
  @Type(() => Contact) list: Contact[] = [];
  @Type(() => Contact) best: Contact | null = null;
  tags = new Set<string>();
  balance = 5n;
  free: unknown = null;
  @Operation() fill(): void {
    const ann = Object.assign(new Contact(), { name: 'Ann', since: new Date(86_400_000) });
    this.name = 'Bob';
    this.timestamp = new Date(1_000);
    for (const key of ['ann', '__proto__', 'constructor', '', 'a.b', '$de']) this.contacts.set(key, ann);
    this.list = [ann];
    this.best = ann;
    this.tags.add('x');
    this.balance = 2n ** 65n;
    this.free = { any: ['thing', 1, null] };
  }
  @Operation() show(): unknown {
    return [
      this.name,
      this.timestamp instanceof Date && this.timestamp.getTime(),
      [...this.contacts].map(([key, contact]) => [
        key,
        contact instanceof Contact,
        contact.greet(),
        contact.since.getTime(),
      ]),
      this.list.map((each) => each.greet()),
      this.best?.greet(),
      [...this.tags],
      this.balance,
      this.free,
    ];
  }
}

@Entity({ effects: 'none' })
@Exclude()
class OptIn {
  @Expose({ name: 'value' }) currentValue = 0;
  @Expose() shown = 'x';
  hidden = 'not stored';
  @Operation() bump(): number {
    this.hidden = 'changed';
    return ++this.currentValue;
  }
  @Operation() peek(): unknown {
    return [this.currentValue, this.shown, this.hidden];
  }
}

@Entity({ effects: 'none' })
class Converting {
  @Transform(({ value }) => (value as { at: number }).at, { toClassOnly: true })
  @Transform(({ value }) => ({ at: value as number }), { toPlainOnly: true })
  when = 3;
  @Operation() bump(): number {
    return ++this.when;
  }
}

@Entity({ effects: 'none' })
class Strange {
  known = 1;
  @Exclude() secret = 'x';
  [key: string]: unknown;
  @Operation() add(key: string): void {
    this[key] = 1;
  }
  @Operation() put(): void {
    (this as { known: unknown }).known = { deep: new Map([['ann', { photo: () => 1 }]]) };
  }
  @Operation() cycle(): void {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    (this as { known: unknown }).known = loop;
  }
  @Operation() get(): unknown {
    return this.known;
  }
}

const at = (name: string, key = 'k') => new EntityId(name, key);

acceptance('serialization', twoSettings, (world) => {
  it('S104 S198 dates, nested classes, arrays, maps with any key, sets, bigints and null round-trip', async () => {
    let client = await world().start([User]);
    await client.callEntity(at('User'), 'fill');
    client = await world().restart();
    expect(await client.callEntity(at('User'), 'show')).to.deep.equal([
      'Bob',
      1_000,
      ['ann', '__proto__', 'constructor', '', 'a.b', '$de'].map((key) => [key, true, 'hello Ann', 86_400_000]),
      ['hello Ann'],
      'hello Ann',
      ['x'],
      2n ** 65n,
      { any: ['thing', 1, null] },
    ]);
  });

  it('S92 S93 a typed read gives fields, revived, nested too, without methods and without running constructors, frozen', async () => {
    let built = 0;
    @Entity({ effects: 'none' })
    class Watched {
      n = 1;
      @Type(() => Contact) contact = Object.assign(new Contact(), { name: 'Ann' });
      map = new Map([['a', 1]]);
      constructor() {
        built++;
      }
      @Operation() get(): number {
        return this.n;
      }
    }
    const client = await world().start([Watched]);
    await client.callEntity(at('Watched'), 'get');
    const before = built;
    const { entityState } = await client.readEntityState(Watched, 'k');
    await client.readEntityState(Watched, 'k');
    expect(built - before).to.be.at.most(1);
    expect(entityState!.contact.since).to.be.instanceOf(Date);
    expect(entityState!.map.get('a')).to.equal(1);
    expect('greet' in entityState!.contact).to.equal(false);
    expect('get' in entityState!).to.equal(false);
    expect(() => Object.assign(entityState!, { n: 2 })).to.throw(TypeError);
    expect(() => Object.assign(entityState!.contact, { name: 'x' })).to.throw(TypeError);
    entityState!.map.set('a', 9);
    expect((await client.readEntityState(Watched, 'k')).entityState!.map.get('a')).to.equal(1);
  });

  it('S105 S106 S175 opt-in classes store marked members only, under the given names', async () => {
    const client = await world().start([OptIn]);
    expect(await client.callEntity(at('OptIn'), 'bump')).to.equal(1);
    expect((await client.readEntityState(OptIn, 'k')).entityState).to.deep.equal({ currentValue: 1, shown: 'x' });
    expect(await client.callEntity(at('OptIn'), 'peek')).to.deep.equal([
      1,
      'x',
      world().setting.evict ? 'not stored' : 'changed',
    ]);
    expect(await raw('OptIn', [OptIn])).to.deep.equal({ value: 1, shown: 'x' });
  });

  /** The stored JSON, as a function entity of the same name would see it. */
  const raw = async (name: string, back: readonly unknown[]): Promise<unknown> => {
    const client = await world().restart([defineEntity(name, (context) => context.getState())]);
    const state = await client.callEntity(at(name), 'get');
    await world().restart(back);
    return state;
  };

  it('S108 stored states have no type marker', async () => {
    const client = await world().start([Converting, OptIn]);
    await client.callEntity(at('OptIn'), 'bump');
    expect(JSON.stringify(await raw('OptIn', [OptIn]))).to.equal('{"value":1,"shown":"x"}');
  });

  it('S115 @Transform reads and writes a form of its own', async () => {
    const client = await world().start([Converting]);
    expect(await client.callEntity(at('Converting'), 'bump')).to.equal(4);
    expect(await client.callEntity(at('Converting'), 'bump')).to.equal(5);
    expect(await raw('Converting', [Converting])).to.deep.equal({ when: { at: 5 } });
    expect(await world().client.callEntity(at('Converting'), 'bump')).to.equal(6);
  });

  it('S62 a value that cannot be written gives a StateSerializationError that names the path; the state before is kept', async () => {
    const client = await world().start([Strange]);
    await client.callEntity(at('Strange'), 'get');
    const photo = await refusal(
      client.callEntity(at('Strange'), 'put'),
      StateSerializationError,
      'DE_STATE_SERIALIZATION',
    );
    expect(photo.path).to.equal('known.deep["ann"].photo');
    await refusal(client.callEntity(at('Strange'), 'cycle'), StateSerializationError, 'DE_STATE_SERIALIZATION');
    expect(await client.callEntity(at('Strange'), 'get')).to.equal(1);
  });

  it('an own key that the schema does not know is refused at the first write, with the remedy', async () => {
    const client = await world().start([Strange]);
    const error = await refusal(
      client.callEntity(at('Strange'), 'add', 'owner'),
      StateSerializationError,
      'DE_STATE_SERIALIZATION',
    );
    expect(error.message).to.contain('owner');
    expect(`${error.message} ${error.hint}`).to.contain('@Expose()').and.to.contain('initialiser');
    expect(await client.callEntity(at('Strange'), 'get')).to.equal(1);
  });
});

acceptance('changed classes', hardest, (world) => {
  /** Stores this as the state of the entity `Thing`, then starts with the class. */
  const given = async (state: unknown, type: unknown) => {
    const writer = defineEntity('Thing', (context) => context.setState(context.getInput()));
    const client = await world().start([writer]);
    await client.callEntity(at('Thing'), 'set', state);
    return world().restart([type]);
  };
  const stored = async () => {
    const client = await world().restart([defineEntity('Thing', (context) => context.getState())]);
    return client.callEntity(at('Thing'), 'get');
  };

  @Entity({ name: 'Thing', effects: 'none' })
  class Thing {
    text = 'initial';
    n = 7;
    flag = false;
    @Type(() => Date) date = new Date(0);
    list: number[] = [];
    @Operation() get(): unknown {
      return [this.text, this.n, this.flag, this.date.getTime(), this.list];
    }
    @Operation() bump(): number {
      return ++this.n;
    }
  }
  @Entity({ name: 'Thing', effects: 'none', missingMembers: 'error' })
  class StrictThing {
    n = 7;
    @Operation() get(): number {
      return this.n;
    }
  }

  it("S109 rule 1: a new field has its initialiser's value", async () => {
    const client = await given({ n: 1 }, Thing);
    expect(await client.callEntity(at('Thing'), 'get')).to.deep.equal(['initial', 1, false, 0, []]);
  });

  it('S110 S111 rules 2 and 3: a removed field is dropped, and gone after the next write', async () => {
    const client = await given({ n: 1, old: 'x', text: 'kept' }, Thing);
    expect(await client.callEntity(at('Thing'), 'bump')).to.equal(2);
    expect(await stored()).to.deep.equal({
      text: 'kept',
      n: 2,
      flag: false,
      date: new Date(0).toISOString(),
      list: [],
    });
  });

  it('S112 rule 4: what does not convert is a StateDeserializationError; nothing is lost, and the entity can be deleted', async () => {
    for (const state of [
      { n: 'abc' },
      { n: { a: 1 } },
      { flag: [] },
      { date: 'soon' },
      { list: 7 },
      { text: {} },
      [1],
      'text',
      7,
    ]) {
      const client = await given(state, Thing);
      for (const operation of ['get', 'bump']) {
        const error = await refusal(
          client.callEntity(at('Thing'), operation),
          StateDeserializationError,
          'DE_STATE_DESERIALIZATION',
        );
        expect(error.message).to.contain('@thing@k');
      }
      await refusal(client.readEntityState(Thing, 'k'), StateDeserializationError, 'DE_STATE_DESERIALIZATION');
      expect(await stored(), JSON.stringify(state)).to.deep.equal(state);
      const again = await world().restart([Thing]);
      await again.callEntity(at('Thing'), 'delete');
      expect((await again.readEntityState(at('Thing'))).entityExists).to.equal(false);
      expect(await again.callEntity(at('Thing'), 'bump')).to.equal(8);
      await world().host.stop();
    }
  });

  it('S112 a failing signal to an unreadable entity is reported, and a function entity can overwrite the state', async () => {
    const client = await given({ n: 'abc' }, Thing);
    await client.signalEntity(at('Thing'), 'bump');
    expect((await world().failedSignal('bump')).error).to.be.instanceOf(StateDeserializationError);
    const writer = defineEntity('Thing', (context) => context.setState({ n: 1 }));
    await (await world().restart([writer])).callEntity(at('Thing'), 'set');
    expect(await (await world().restart([Thing])).callEntity(at('Thing'), 'bump')).to.equal(2);
  });

  it('S113 rule 5: what converts is converted', async () => {
    const client = await given({ n: '5', text: 5, flag: 'false', date: '2020-01-01T00:00:00.000Z' }, Thing);
    expect(await client.callEntity(at('Thing'), 'get')).to.deep.equal(['5', 5, false, Date.UTC(2020, 0, 1), []]);
  });

  it('S114 missingMembers: error refuses a stored field that the class does not have', async () => {
    const client = await given({ n: 1, old: 'x' }, StrictThing);
    const error = await refusal(
      client.callEntity(at('Thing'), 'get'),
      StateDeserializationError,
      'DE_STATE_DESERIALIZATION',
    );
    expect(error.message).to.contain('old');
    expect(await stored()).to.deep.equal({ n: 1, old: 'x' });
  });

  it('S107 S199 a class without any attribute stores all its own fields', async () => {
    const client = await given({}, Thing);
    await client.callEntity(at('Thing'), 'bump');
    expect(Object.keys((await stored()) as object).sort()).to.deep.equal(['date', 'flag', 'list', 'n', 'text']);
  });
});
