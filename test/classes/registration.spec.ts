import { expect } from 'chai';
import {
  Activity,
  Entity,
  Operation,
  Orchestration,
  createClassSupport,
  entityInterface,
} from '../../src/classes/index.js';
import { InvalidEntityInterfaceError, RegistrationError } from '../../src/errors/index.js';
import { defineActivity, defineEntity, defineOrchestration } from '../../src/functions/index.js';
import { Counter, ICounter, LoudCounter } from './counter.js';

function problems(...registered: unknown[]): string[] {
  try {
    createClassSupport({ registered });
  } catch (error) {
    expect(error).to.be.instanceOf(RegistrationError);
    return [...(error as RegistrationError).problems];
  }
  return [];
}

describe('registration', () => {
  it('turns classes into thin definitions and takes definitions as they are', async () => {
    const blob = defineEntity('Blob', { effects: 'none' }, () => 1);
    const { definitions } = createClassSupport({ registered: [Counter, blob, LoudCounter] });
    expect(definitions.map(({ kind, name }) => [kind, name])).to.deep.equal([
      ['entity', 'Counter'],
      ['entity', 'Blob'],
      ['entity', 'LoudCounter'],
    ]);
    expect(definitions[1]).to.equal(blob);
    expect(definitions[0]).to.have.deep.property('options', { effects: 'none' });
    const dispatched: unknown[] = [];
    void (definitions[0]!.handler as (context: unknown) => unknown)({
      dispatch: (type: unknown) => dispatched.push(type),
    });
    expect(dispatched).to.deep.equal([Counter]);
  });

  it('announces entities with the interfaces they implement', () => {
    expect(createClassSupport({ registered: [Counter, LoudCounter] }).announced).to.deep.equal([
      { name: 'counter', interfaces: ['ICounter'] },
      { name: 'loudcounter', interfaces: ['ICounter'] },
    ]);
  });

  it('lists all problems at once', () => {
    class Undecorated {}
    @Activity()
    class NoRun {
      // eslint-disable-next-line typescript/no-misused-promises -- there, then taken away
      async run(): Promise<void> {}
    }
    delete (NoRun.prototype as { run?: unknown }).run;
    @Entity({ name: 'counter' })
    class Second {}
    @Entity({ effects: 'some' as 'none', version: 0, missingMembers: 'maybe' as 'error', name: 'a@b' })
    class Wrong {}
    const found = problems(
      Counter,
      Second,
      Undecorated,
      NoRun,
      Wrong,
      undefined,
      ICounter,
      5,
      {},
      defineActivity('Act', () => 1),
      defineActivity('act', () => 1),
      defineActivity('Act', () => 1),
      defineOrchestration('Act', () => 1),
      { kind: 'entity', name: '', handler: () => 1 },
    );
    const all = found.join('\n');
    for (const text of [
      'differ only in case: Counter, counter',
      'Undecorated is not decorated',
      'NoRun is decorated as activity and has no method run',
      'effects is "some"',
      'version is 0',
      'missingMembers is "maybe"',
      'contains "@"',
      'register[5] is undefined: a circular import?',
      'register[6] is the token of an interface',
      'register[7] is neither',
      'register[8] is neither',
      'two activities have names that differ only in case: Act, act',
      'two activities are named Act',
      'register[13] has an unusable name: it is empty',
    ]) {
      expect(all).to.contain(text);
    }
    expect(found).to.have.length(14);
  });

  it('offers the nearest known name for an unknown option', () => {
    @Entity({ efects: 'none' } as object)
    class Typo {
      @Operation({ oneway: true } as object) async go(): Promise<void> {}
    }
    const [first, second] = problems(Typo);
    expect(first).to.equal('@Entity of Typo has an unknown option "efects": did you mean "effects"?');
    expect(second).to.equal('@Operation of Typo.go has an unknown option "oneway": did you mean "oneWay"?');
  });

  it('S57 refuses two operations that differ only in case', () => {
    @Entity()
    class Twice {
      @Operation() async add(): Promise<void> {}
      @Operation() async Add(): Promise<void> {}
    }
    expect(problems(Twice)).to.deep.equal(['Twice: add and Add differ only in case: Add']);
  });

  it('S58 refuses more than one parameter, also one with a default', () => {
    @Entity()
    class Many {
      // @ts-expect-error -- at most one parameter
      @Operation() async two(_a: number, _b = 2): Promise<void> {}
    }
    expect(problems(Many)).to.deep.equal(['Many.two: an operation has at most one parameter']);
  });

  it('S72 refuses static methods, accessors, symbols and methods that JavaScript calls on its own as operations', () => {
    @Entity()
    class Odd {
      @Operation() static async shared(): Promise<void> {}
      // oxlint-disable-next-line unicorn/no-thenable -- what is tested
      @Operation() async then(): Promise<void> {}
      @Operation() async [Symbol.iterator](): Promise<void> {}
      @Operation() override_toString(): void {}
    }
    const getter = Object.getOwnPropertyDescriptor(
      {
        get x() {
          return 1;
        },
      },
      'x',
    )!;
    (Operation() as (...args: unknown[]) => void)(Odd.prototype, 'x', getter);
    expect(problems(Odd).join('\n'))
      .to.contain('Odd.shared: a static method')
      .and.to.contain('Odd.then: a method of this name')
      .and.to.contain('Symbol(Symbol.iterator): an operation is named by a string')
      .and.to.contain('Odd.x: only a method');
  });

  it('S131 cross-checks a one-way operation with its emitted return type and its interface', () => {
    @Entity({ implements: [ICounter] })
    class Crossed extends Counter {
      // @ts-expect-error -- one-way returns exactly void
      @Operation({ oneWay: true }) override async get(): Promise<number> {
        return 1;
      }
    }
    expect(problems(Crossed).join('\n'))
      .to.contain('it is oneWay here and a call in its interface')
      .and.to.contain('returns void, not a Promise');
  });

  it('names what a class lacks of its interfaces, all at once', () => {
    interface IMore {
      more(): void;
      evenMore(): void;
    }
    const IMore = entityInterface<IMore>('IMore', { more: 'signal', evenMore: 'signal' });
    class Lacking {}
    // @ts-expect-error -- it lacks the methods of IMore
    Entity({ implements: [IMore] })(Lacking);
    expect(() => createClassSupport({ registered: [Lacking] })).to.throw(
      InvalidEntityInterfaceError,
      'Entity interface IMore cannot be used: Lacking has no method more; Lacking has no method evenMore.',
    );
    expect(problems(Lacking, 5)).to.have.length(3);
  });

  it('says that a token is undefined because of a circular import', () => {
    class Early {}
    Entity({ implements: [undefined as never] })(Early);
    expect(problems(Early)).to.deep.equal(['@Entity of Early: implements[0] is undefined: a circular import?']);
  });

  it('refuses decorators of classes on members, and decorators of operations on classes', () => {
    const onClass = { kind: 'class', name: 'X', addInitializer: () => {} };
    const onField = { kind: 'field', name: 'total', addInitializer: () => {} };
    type Applied = (...args: unknown[]) => void;
    for (const [decorator, name] of [
      [Entity(), '@Entity()'],
      [Activity(), '@Activity()'],
      [Orchestration(), '@Orchestration()'],
    ] as const) {
      const apply = decorator as Applied;
      const message = `${name} decorates the member total, not a class`;
      expect(() => apply(undefined, onField)).to.throw(RegistrationError, message);
      expect(() => apply({}, 'total')).to.throw(RegistrationError, message);
      expect(() => apply(class {}, 'total')).to.throw(RegistrationError, message);
    }
    expect(() => (Operation() as Applied)(class {}, onClass))
      .to.throw(RegistrationError, '@Operation() decorates something that is not a method')
      .with.property('code', 'DE_REGISTRATION');
  });

  it('names the compilers whose standard decorators have metadata', () => {
    const method = { kind: 'method', name: 'add', static: false, private: false, addInitializer: () => {} };
    expect(() => (Operation() as (...args: unknown[]) => void)(() => {}, method))
      .to.throw(RegistrationError, '@Operation() of add: this compiler gives standard decorators no metadata')
      .with.property('hint')
      .which.contains('TypeScript 5.2');
  });

  it('refuses a class that is both an entity and an activity', () => {
    @Entity()
    @Activity()
    class Both {
      async run(): Promise<void> {}
    }
    expect(problems(Both)[0]).to.contain('Both is decorated both');
  });

  it('finds the names of orchestrations and activities by definition, class or name', () => {
    @Activity({ name: 'Charge' })
    class ChargeCard {
      async run(): Promise<void> {}
    }
    const support = createClassSupport({ registered: [ChargeCard] });
    expect(support.activityName(ChargeCard)).to.equal('Charge');
    expect(support.activityName('Other')).to.equal('Other');
    expect(support.orchestrationName(defineOrchestration('Run', () => 1))).to.equal('Run');
    for (const wrong of [undefined, '', 5, {}, Counter, ChargeCard]) {
      expect(() => support.orchestrationName(wrong)).to.throw('orchestration');
    }
  });
});
