import { expect } from 'chai';
import { Exclude, Expose, Type } from 'class-transformer';
import { inject } from 'inversify';
import { Entity, TaskEntity, createClassSupport } from '../../src/classes/index.js';
import { StoredStateProblem } from '../../src/functions/index.js';
import { EntityId } from '../../src/model/entity-id.js';
import { toTree, type Json } from '../../src/model/values.js';

let built = 0;

class Contact {
  name = '';
  since = new Date(0);
  constructor() {
    built++;
  }
  hello(): string {
    return 'hello';
  }
}

@Entity()
class User {
  @Expose({ name: 'n' }) name = '';
  added = [1];
  born = new Date(0);
  @Type(() => Contact) contacts: Map<string, Contact> = new Map();
  best = new Contact();
  @Exclude() secret = 's';
  constructor() {
    built++;
  }
}

const id = new EntityId('User', 'ann');
const stored: Json = {
  n: 'Ann',
  born: '2000-01-01T00:00:00.000Z',
  contacts: { bob: { name: 'Bob', since: '2001-01-01T00:00:00.000Z' } },
  best: { name: 'Cid' },
};

describe('S93 the view of a stored state', () => {
  const support = createClassSupport({ registered: [User] });
  const view = (json: Json): Record<string, unknown> =>
    support.viewState(id, structuredClone(json)) as Record<string, unknown>;

  it('is typed data: fields under their own names, dates, Maps and nested objects, and no methods', () => {
    const user = view(stored);
    expect(user).to.deep.equal({
      name: 'Ann',
      added: [1],
      born: new Date('2000-01-01'),
      contacts: new Map([['bob', { name: 'Bob', since: new Date('2001-01-01') }]]),
      best: { name: 'Cid', since: new Date(0) },
    });
    expect(user).to.not.be.instanceOf(User);
    expect(user['best']).to.not.have.property('hello');
  });

  it('is frozen deeply, and a copy each time', () => {
    const user = view(stored);
    expect(() => (user['name'] = 'x')).to.throw(TypeError);
    expect(() => ((user['best'] as Contact).name = 'x')).to.throw(TypeError);
    expect(() => (user['added'] as number[]).push(1)).to.throw(TypeError);
    expect(() => ((user['contacts'] as Map<string, Contact>).get('bob')!.name = 'x')).to.throw(TypeError);
    (user['contacts'] as Map<string, Contact>).clear();
    expect((view(stored)['contacts'] as Map<string, Contact>).size).to.equal(1);
  });

  it('runs no constructors once the class is known', () => {
    view(stored);
    const before = built;
    view(stored);
    expect(built).to.equal(before);
  });

  it('T3: shows a field that is newer than the stored state as a new object has it, whatever the first object has become', () => {
    @Entity()
    class Newer {
      n = 0;
      list: string[] = [];
      map = new Map<string, { deep: number }>();
      best = new Contact();
      record: Record<string, unknown> = { a: [1] };
    }
    const other = createClassSupport({ registered: [Newer] });
    const live = other.stateTypeOf(Newer).create() as Newer;
    live.list.push('of another entity');
    live.map.set('x', { deep: 1 });
    live.best.name = 'of another entity';
    (live.record['a'] as number[]).push(2);
    const seen = other.viewState(new EntityId('Newer', 'k'), { n: 1 });
    expect(seen).to.deep.equal({
      n: 1,
      list: [],
      map: new Map(),
      best: { name: '', since: new Date(0) },
      record: { a: [1] },
    });
  });

  it('needs no services: where they are missing, what annotations say is enough', () => {
    @Entity()
    class Serviced {
      @Expose() total = 0;
      @Type(() => Date) at = new Date(0);
      constructor(@inject('nowhere') readonly service: object) {}
    }
    const client = createClassSupport({ registered: [Serviced] });
    expect(client.viewState(new EntityId('Serviced', ''), { total: 5, at: '2000-01-01' })).to.deep.equal({
      total: 5,
      at: new Date('2000-01-01'),
    });
  });

  it('of a TaskEntity whose state is an object of a class has the fields of that class', () => {
    @Entity({ version: 2 })
    class Held extends TaskEntity<Contact> {
      protected override initializeState(): Contact {
        return new Contact();
      }
    }
    const layer = createClassSupport({ registered: [Held] });
    const seen = layer.viewState(new EntityId('Held', ''), { '$de:version': 2, name: 'Eve', since: '2001-01-01' });
    expect(seen).to.deep.equal({ name: 'Eve', since: new Date('2001-01-01') });
    expect(createClassSupport({ registered: [] }).viewState(id, { '$de:version': 2, name: 'Eve' })).to.deep.equal({
      name: 'Eve',
    });
  });

  it('refuses what the class of today cannot read', () => {
    expect(() => view({ born: 'soon' })).to.throw(StoredStateProblem, 'born');
  });

  it('of a function entity, or a TaskEntity, is its data, frozen', () => {
    @Entity()
    class Task extends TaskEntity<unknown> {
      protected override initializeState(): unknown {
        return 0;
      }
    }
    const layer = createClassSupport({ registered: [Task] });
    const data = { at: new Date(1), list: [1n] };
    for (const name of ['Task', 'Unknown']) {
      const seen = layer.viewState(new EntityId(name, ''), toTree(data)) as typeof data;
      expect(seen).to.deep.equal(data);
      expect(Object.isFrozen(seen.list)).to.equal(true);
    }
  });
});
