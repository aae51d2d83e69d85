import { expect } from 'chai';
import {
  defineEntity,
  DurableHost,
  Entity,
  EntityId,
  EntityOperationFailedError,
  InvalidInputError,
  Operation,
  TaskEntity,
  UnknownOperationError,
  type EntityContext,
} from '../../src/index.js';
import { InvalidOperationError, RegistrationError } from '../../src/errors/index.js';
import type { InputSchema } from '../../src/classes/input.js';
import { acceptance, hardest, twoSettings } from './variants.js';
import { failure, refusal, thrownByOperation } from './world.js';

@Entity({ effects: 'none' })
class Plain {
  value = 1;
  protected secret = 2;

  @Operation() Get(): number {
    return this.value;
  }
  @Operation() async later(): Promise<number> {
    await Promise.resolve();
    return this.value;
  }
  @Operation() nothing(): void {}
  @Operation() async nothingLater(): Promise<void> {}
  @Operation({ name: 'milestone-reached' }) milestone(by: string): string {
    return `${by} at ${this.value}`;
  }
  @Operation({ oneWay: true }) bump(): void {
    this.helper();
  }
  helper(): void {
    this.value++;
  }
  get doubled(): number {
    return this.value * 2;
  }
  toString(): string {
    return 'Plain';
  }
}

class Base {
  count = 0;
  @Operation() add(n: number): number {
    return (this.count += n);
  }
  @Operation() kind(): string {
    return 'base';
  }
}
@Entity({ effects: 'none' })
class Derived extends Base {
  extra = 'x';
  override kind(): string {
    return `derived of ${super.kind()}`;
  }
}
@Entity({ effects: 'none' })
class MoreDerived extends Derived {
  @Operation() own(): string {
    return this.extra;
  }
}

class Contact {
  name = '';
  since = new Date(0);
  greet(): string {
    return `hello ${this.name}`;
  }
}
const evenNumber: InputSchema<number> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) =>
      typeof value === 'number' && value % 2 === 0 ? { value } : { issues: [{ message: 'not even', path: ['n'] }] },
  },
};
@Entity({ effects: 'none' })
class Inputs {
  seen = 0;
  @Operation({ input: Contact }) greet(contact: Contact): string {
    this.seen++;
    return `${contact.greet()} of ${contact.since.getUTCFullYear()}`;
  }
  @Operation({ input: evenNumber }) even(n: number): number {
    this.seen++;
    return n;
  }
  @Operation() optional(n = 5): number {
    return n;
  }
}

@Entity({ effects: 'none' })
class Tally extends TaskEntity<number> {
  protected override initializeState(): number {
    return 10;
  }
  @Operation() add(n: number): number {
    return (this.state += n);
  }
  @Operation() clear(): void {
    this.state = null as unknown as number;
  }
}

@Entity({
  effects: 'none',
  initialize(this: Initialized, context: EntityContext) {
    this.from = `${context.entityKey}:${context.operationName}`;
  },
})
class Initialized {
  from = '';
  @Operation() get(): string {
    return this.from;
  }
}

const at = (type: { name: string }, key = 'k') => new EntityId(type.name, key);

acceptance('class dispatch', twoSettings, (world) => {
  it('S26 S55 S56 S63 a plain class with initialised fields is an entity; sync, async, void and Promise<void> operations work', async () => {
    const client = await world().start([Plain]);
    expect(await client.callEntity(at(Plain), 'Get')).to.equal(1);
    expect(await client.callEntity(at(Plain), 'later')).to.equal(1);
    expect(await client.callEntity(at(Plain), 'nothing')).to.equal(undefined);
    expect(await client.callEntity(at(Plain), 'nothingLater')).to.equal(undefined);
    expect((await client.readEntityState(Plain, 'k')).entityState).to.deep.include({ value: 1 });
  });

  it('S57 operations are found by name, without regard to case; { name } renames', async () => {
    const client = await world().start([Plain]);
    expect(await client.callEntity(at(Plain), 'gEt')).to.equal(1);
    expect(await client.callEntity(at(Plain), 'MILESTONE-reached', 'x')).to.equal('x at 1');
    await refusal(client.callEntity(at(Plain), 'milestone', 'x'), UnknownOperationError, 'DE_UNKNOWN_OPERATION');
  });

  it('S57 operations that differ only in case are a registration error', async () => {
    @Entity()
    class Twins {
      @Operation() get(): void {}
      @Operation() Get(): void {}
    }
    const error = await refusal(world().start([Twins]), RegistrationError, 'DE_REGISTRATION');
    expect(error.message).to.contain('Twins').and.to.match(/get/i);
  });

  it('S58 an operation with two parameters is a registration error that names class and method', async () => {
    @Entity()
    class Wide {
      // @ts-expect-error at most one parameter: the compiler says so too
      @Operation() add(_a: number, _b: number): void {}
    }
    const error = await refusal(world().start([Wide]), RegistrationError, 'DE_REGISTRATION');
    expect(error.message).to.contain('Wide').and.to.contain('add');
  });

  it('S61 S72 helpers, accessors, fields, hooks and Object members are no operations', async () => {
    const client = await world().start([Plain, Tally]);
    for (const name of [
      'helper',
      'doubled',
      'value',
      'secret',
      'toString',
      'constructor',
      '__proto__',
      'hasOwnProperty',
      'valueOf',
      'initialize',
    ]) {
      const error = await refusal(client.callEntity(at(Plain), name), UnknownOperationError, 'DE_UNKNOWN_OPERATION');
      expect(error.message).to.contain('@plain@k');
    }
    for (const name of ['initializeState', 'state', 'run']) {
      await refusal(client.callEntity(at(Tally), name), UnknownOperationError, 'DE_UNKNOWN_OPERATION');
    }
    expect(await client.callEntity(at(Plain), 'bump')).to.equal(undefined);
    expect(await client.callEntity(at(Plain), 'get')).to.equal(2);
  });

  it('S70 delete is an operation of every class; an own one overrides it', async () => {
    @Entity({ effects: 'none' })
    class Stubborn {
      kept = true;
      @Operation() get(): boolean {
        return this.kept;
      }
      @Operation() delete(): string {
        return 'no';
      }
    }
    const client = await world().start([Plain, Stubborn]);
    await client.callEntity(at(Plain), 'bump');
    expect(await client.callEntity(at(Plain), 'DELETE')).to.equal(undefined);
    expect((await client.readEntityState(Plain, 'k')).entityExists).to.equal(false);
    expect(await client.callEntity(at(Plain), 'get')).to.equal(1);
    await client.callEntity(at(Stubborn), 'get');
    expect(await client.callEntity(at(Stubborn), 'delete')).to.equal('no');
    expect((await client.readEntityState(Stubborn, 'k')).entityExists).to.equal(true);
  });

  it('S49 S69 deleteState wins over later assignments of the same operation', async () => {
    @Entity({ effects: 'none' })
    class Leaving {
      value = 1;
      @Operation() leave(): void {
        Entity.current.deleteState();
        this.value = 9;
      }
      @Operation() get(): number {
        return this.value;
      }
    }
    const client = await world().start([Leaving]);
    await client.callEntity(at(Leaving), 'get');
    await client.callEntity(at(Leaving), 'leave');
    expect((await client.readEntityState(Leaving, 'k')).entityExists).to.equal(false);
    expect(await client.callEntity(at(Leaving), 'get')).to.equal(1);
  });

  it('S73 inherited operations are dispatched, and overriding works, over several generations', async () => {
    const client = await world().start([Derived, MoreDerived]);
    for (const type of [Derived, MoreDerived]) {
      expect(await client.callEntity(at(type), 'add', 2)).to.equal(2);
      expect(await client.callEntity(at(type), 'kind')).to.equal('derived of base');
    }
    expect(await client.callEntity(at(MoreDerived), 'own')).to.equal('x');
    await refusal(client.callEntity(at(Derived), 'own'), UnknownOperationError, 'DE_UNKNOWN_OPERATION');
  });

  it('S42 @Operation({ input }) revives the input as that class, and refuses what does not fit', async () => {
    const client = await world().start([Inputs]);
    expect(await client.callEntity(at(Inputs), 'greet', { name: 'Ann', since: new Date(0) })).to.equal(
      'hello Ann of 1970',
    );
    const error = await refusal(
      client.callEntity(at(Inputs), 'greet', { name: { no: 1 } }),
      InvalidInputError,
      'DE_INVALID_INPUT',
    );
    expect(error).to.be.instanceOf(EntityOperationFailedError);
    expect(error.message).to.contain('greet').and.to.contain('@inputs@k');
    await refusal(client.callEntity(at(Inputs), 'greet', 'Ann'), InvalidInputError, 'DE_INVALID_INPUT');
    expect((await client.readEntityState(Inputs, 'k')).entityState?.seen).to.equal(1);
  });

  it("S42 @Operation({ input }) takes a Standard Schema, whose refusal is the caller's error", async () => {
    const client = await world().start([Inputs]);
    expect(await client.callEntity(at(Inputs), 'even', 4)).to.equal(4);
    const error = await refusal(client.callEntity(at(Inputs), 'even', 3), InvalidInputError, 'DE_INVALID_INPUT');
    expect(error.message).to.contain('not even');
    await refusal(client.callEntity(at(Inputs), 'even'), InvalidInputError, 'DE_INVALID_INPUT');
    expect((await client.readEntityState(Inputs, 'k')).entityState?.seen).to.equal(1);
  });

  it('S58 a parameter with a default takes it when there is no input', async () => {
    const client = await world().start([Inputs]);
    expect(await client.callEntity(at(Inputs), 'optional')).to.equal(5);
    expect(await client.callEntity(at(Inputs), 'optional', 0)).to.equal(0);
  });

  it('S36 S179 TaskEntity: state is initialised, stored after each operation, and deleted by null', async () => {
    const client = await world().start([Tally]);
    expect(await client.callEntity(at(Tally), 'add', 1)).to.equal(11);
    expect(await client.callEntity(at(Tally), 'add', 1)).to.equal(12);
    expect((await client.readEntityState(at(Tally))).entityState).to.equal(12);
    await client.callEntity(at(Tally), 'clear');
    expect((await client.readEntityState(at(Tally))).entityExists).to.equal(false);
    expect(await client.callEntity(at(Tally), 'add', 1)).to.equal(11);
  });

  it('S119 initialize runs when an operation finds no state, and again after deletion', async () => {
    const client = await world().start([Initialized]);
    expect(await client.callEntity(at(Initialized), 'get')).to.equal('k:get');
    expect(await client.callEntity(at(Initialized), 'GET')).to.equal('k:get');
    await client.callEntity(at(Initialized), 'delete');
    expect(await client.callEntity(at(Initialized), 'GET')).to.equal('k:GET');
  });

  it('S37 dispatch takes an object of a class, too', async () => {
    const entity = defineEntity('Plain', (context) => context.dispatch(new Plain()));
    const client = await world().start([entity]);
    await client.callEntity(at(Plain), 'bump');
    expect(await client.callEntity(at(Plain), 'get')).to.equal(2);
  });

  it('S37 dispatch to a value that is not a class gives InvalidArgumentError', async () => {
    const entity = defineEntity('Plain', (context) => context.dispatch(context.getInput<object>()));
    const client = await world().start([entity]);
    for (const wrong of [undefined, 7, {}]) {
      expect(await thrownByOperation(client.callEntity(at(Plain), 'get', wrong))).to.include({
        code: 'DE_INVALID_ARGUMENT',
      });
    }
  });

  it('S57 an instance of its own is built for each entity, and fields are not shared', async () => {
    const client = await world().start([Plain]);
    await client.callEntity(at(Plain, 'a'), 'bump');
    expect(await client.callEntity(at(Plain, 'b'), 'get')).to.equal(1);
    expect(await client.callEntity(at(Plain, 'a'), 'get')).to.equal(2);
  });
});

acceptance('registration', hardest, (world) => {
  const refused = async (register: unknown) =>
    refusal(world().start(register as unknown[]), RegistrationError, 'DE_REGISTRATION');

  it('S67 values that are not definitions give one RegistrationError with all problems', async () => {
    class Undecorated {}
    const error = await refused([Undecorated, 7, undefined, new Plain(), null]);
    expect(error.problems.length).to.be.at.least(5);
    expect(error.message).to.contain('Undecorated');
  });

  it('a decorator on something it does not belong to is a registration error', async () => {
    @Entity()
    class Odd {
      @Operation() static make(): void {}
    }
    const error = await refused([Odd]);
    expect(error.message).to.contain('Odd').and.to.contain('static');
  });

  it('wrong options of the host are InvalidArgumentErrors that name the option', async () => {
    for (const options of [
      { storage: ':memory:', register: [], leaseDuration: 'soon' },
      { storage: ':memory:', register: [], typo: 1 },
      { storage: ':memory:' },
      { register: [] },
      { storage: ':memory:', register: [], maxConcurrentActivities: 0 },
      undefined,
    ]) {
      const error = await failure(DurableHost.start(options as never));
      expect(error).to.include({ code: 'DE_INVALID_ARGUMENT' });
    }
  });

  it('S53 Entity.current says what to do instead', async () => {
    const error = await refusal(() => Entity.current, InvalidOperationError, 'DE_INVALID_OPERATION');
    expect(error.hint).to.contain('Entity.current');
  });

  it('definitions are checked when they are made', async () => {
    for (const make of [
      () => defineEntity('', () => 1),
      () => defineEntity('a@b', () => 1),
      () => defineEntity('a', undefined as never),
      () => defineEntity('a', { effects: 'some' as never }, () => 1),
    ]) {
      expect(await failure(make)).to.include({ code: 'DE_INVALID_ARGUMENT' });
    }
  });
});
