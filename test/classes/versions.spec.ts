import { expect } from 'chai';
import { Expose } from 'class-transformer';
import 'reflect-metadata';
import { Entity, Operation, TaskEntity } from '../../src/classes/index.js';
import { RegistrationError } from '../../src/errors/index.js';
import { StoredStateProblem } from '../../src/functions/index.js';
import { FakeEntity, thrownBy } from './fake-entity.js';
import { captured } from './state-kit.js';

@Entity({
  version: 3,
  upgrade(state: { cents?: number; amount?: number }, from) {
    if (from === 1) return { amount: state.cents, history: [`from ${from}`] };
    return { ...state, history: [`from ${from}`] };
  },
})
class Account {
  amount = 0;
  history: string[] = [];
  @Operation() async get(): Promise<unknown> {
    return [this.amount, this.history];
  }
}

describe('the version of a stored state', () => {
  it('is nowhere for version 1, and in a reserved field above it', async () => {
    @Entity({ version: 1 })
    class First {
      value = 3;
      @Operation() async get(): Promise<number> {
        return this.value;
      }
    }
    const first = new FakeEntity(First);
    await first.run('get');
    expect(first.text).to.equal('{"value":3}');
    const entity = new FakeEntity(Account);
    await entity.run('get');
    expect(entity.stored).to.deep.equal({ '$de:version': 3, amount: 0, history: [] });
    expect(await entity.run('get')).to.deep.equal([0, []]);
  });

  it('an older one is upgraded, with the version it was stored under', async () => {
    const one = new FakeEntity(Account, { stored: { cents: 7 } });
    expect(await one.run('get')).to.deep.equal([7, ['from 1']]);
    expect(one.stored).to.deep.equal({ '$de:version': 3, amount: 7, history: ['from 1'] });
    const two = new FakeEntity(Account, { stored: { '$de:version': 2, amount: 8 } });
    expect(await two.run('get')).to.deep.equal([8, ['from 2']]);
  });

  it('a newer one than the code’s is a problem of the stored state, and nothing is lost', async () => {
    const entity = new FakeEntity(Account, { stored: { '$de:version': 4, amount: 8 } });
    const error = await thrownBy(() => entity.run('get'));
    expect(error).to.be.instanceOf(StoredStateProblem);
    expect(error.message).to.contain('version 4, newer than version 3');
    expect(entity.stored).to.deep.equal({ '$de:version': 4, amount: 8 });
    await entity.run('delete');
    expect(entity.exists).to.equal(false);
  });

  it('an upgrade that fails, or gives no object, is a problem of the stored state', async () => {
    for (const upgrade of [
      () => {
        throw new Error('lost');
      },
      () => ({ value: Number.NaN }),
      () => 5,
      () => undefined,
    ]) {
      class Failing {
        value = 0;
        async get(): Promise<number> {
          return this.value;
        }
      }
      Operation()(Failing.prototype, 'get', Object.getOwnPropertyDescriptor(Failing.prototype, 'get')! as never);
      Entity({ version: 2, upgrade })(Failing);
      const error = await thrownBy(() => new FakeEntity(Failing, { stored: { value: 1 } }).run('get'));
      expect(error).to.be.instanceOf(StoredStateProblem);
    }
  });

  it('without upgrade the rules of changed classes hold', async () => {
    @Entity({ version: 2 })
    class Second {
      value = 0;
      added = 'new';
      @Operation() async get(): Promise<unknown> {
        return [this.value, this.added];
      }
    }
    expect(await new FakeEntity(Second, { stored: { value: '5', gone: 1 } }).run('get')).to.deep.equal([5, 'new']);
  });

  it('stands beside a state that is no object', async () => {
    @Entity({ version: 2, upgrade: (state: unknown) => Number(state) * 100 })
    class Cents extends TaskEntity<number> {
      protected override initializeState(): number {
        return 0;
      }
      @Operation() async add(n: number): Promise<number> {
        return (this.state += n);
      }
    }
    const entity = new FakeEntity(Cents, { stored: 3 });
    expect(await entity.run('add', 1)).to.equal(301);
    expect(entity.stored).to.deep.equal({ '$de:version': 2, '$de:state': 301 });
    expect(await entity.run('add', 1)).to.equal(302);
  });

  it('leaves no room for fields of the reserved names, or for two fields under one name', () => {
    class Reserved {
      @Expose({ name: '$de:version' }) version = 1;
    }
    class Tag {
      $de = 1;
    }
    class Clash {
      value = 1;
      @Expose({ name: 'value' }) other = 2;
    }
    for (const type of [Reserved, Tag, Clash])
      expect(() => captured(new type())).to.throw(RegistrationError, type.name);
  });
});
