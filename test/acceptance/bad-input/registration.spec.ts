/** Mistakes in decorators, definitions and interfaces: told when the module is loaded or the host starts, all at once. */
import { expect } from 'chai';
import {
  Activity,
  defineActivity,
  defineEntity,
  defineOrchestration,
  DurableHost,
  Entity,
  entityInterface,
  Operation,
  Orchestration,
} from '../../../src/index.js';
import { World } from '../world.js';
import { answerOf, good, objection, proveUnharmed, tally, type Told } from './proof.js';
import * as bad from './values.js';

type Loose = (...args: unknown[]) => unknown;
const setting = { storage: 'memory', evict: false } as const;

interface Mistake {
  readonly title: string;
  readonly code: string;
  readonly values: readonly bad.Bad[];
  readonly make: (value: never) => unknown;
}

/** Mistakes that are refused at the call, before there is a host. */
const definitions: readonly Mistake[] = (
  [
    ['defineEntity', defineEntity as Loose],
    ['defineOrchestration', defineOrchestration as Loose],
    ['defineActivity', defineActivity as Loose],
  ] as const
).flatMap(([title, define]): Mistake[] => [
  {
    title: `${title}: a name`,
    code: 'DE_INVALID_ARGUMENT',
    values: bad.notNames,
    make: (name) => define(name, () => {}),
  },
  {
    title: `${title}: a handler`,
    code: 'DE_INVALID_ARGUMENT',
    values: bad.notFunctions,
    make: (handler) => define('Name', handler),
  },
  ...(title === 'defineActivity'
    ? []
    : [
        {
          title: `${title}: options`,
          code: 'DE_INVALID_ARGUMENT',
          values: bad.notOptions.filter(({ what }) => !what.includes('function')),
          make: (options: never) => define('Name', options, () => {}),
        },
      ]),
]);

const further: readonly Mistake[] = [
  {
    title: 'defineEntity: effects',
    code: 'DE_INVALID_ARGUMENT',
    values: [...bad.notTexts, { what: 'some', make: () => 'some' }],
    make: (effects) => defineEntity('Name', { effects }, () => {}),
  },
  {
    title: 'defineEntity: operations',
    code: 'DE_INVALID_ARGUMENT',
    values: [...bad.notOptions, bad.throwingOption('get')],
    make: (operations) => defineEntity('Name', { operations }, () => {}),
  },
  {
    title: 'defineEntity: the options of an operation',
    code: 'DE_INVALID_ARGUMENT',
    values: [...bad.notOptions, bad.throwingOption('retry')],
    make: (get) => defineEntity('Name', { operations: { get } }, () => {}),
  },
  {
    title: 'defineEntity: the retry policy of an operation',
    code: 'DE_INVALID_ARGUMENT',
    values: bad.notRetries,
    make: (retry) => defineEntity('Name', { operations: { get: { retry } } }, () => {}),
  },
  {
    title: 'defineEntity: a name with @',
    code: 'DE_INVALID_ARGUMENT',
    values: [{ what: 'a@b', make: () => 'a@b' }],
    make: (name) => defineEntity(name, () => {}),
  },
  {
    title: 'defineOrchestration: a version',
    code: 'DE_INVALID_ARGUMENT',
    values: bad.notVersions,
    make: (version) => defineOrchestration('Name', { version }, async () => {}),
  },
  {
    title: 'entityInterface: a name',
    code: 'DE_INVALID_INTERFACE',
    values: [{ what: 'missing', make: () => undefined }, { what: 'the empty text', make: () => '' }, ...bad.notTexts],
    make: (name) => (entityInterface as Loose)(name, { get: 'call' }),
  },
  {
    title: 'entityInterface: its operations',
    code: 'DE_INVALID_INTERFACE',
    values: [
      { what: 'missing', make: () => undefined },
      ...bad.notTexts.filter(({ what }) => what !== 'a function'),
      { what: 'an array', make: () => ['get'] },
      bad.throwingOption('get'),
      { what: 'a reserved name', make: () => ({ then: 'call' }) },
      { what: 'names that differ in case', make: () => ({ get: 'call', GET: 'call' }) },
    ],
    make: (kinds) => (entityInterface as Loose)('IName', kinds),
  },
  {
    title: 'entityInterface: the kind of an operation',
    code: 'DE_INVALID_INTERFACE',
    values: [...bad.notTexts, { what: 'another text', make: () => 'send' }],
    make: (get) => (entityInterface as Loose)('IName', { get }),
  },
  {
    title: 'entityInterface: options',
    code: 'DE_INVALID_INTERFACE',
    values: bad.notOptions,
    make: (options) => (entityInterface as Loose)('IName', { get: 'call' }, options),
  },
  {
    title: 'entityInterface: what it extends',
    code: 'DE_INVALID_INTERFACE',
    values: [
      ...bad.notTexts,
      { what: 'a list of nothing', make: () => [undefined] },
      { what: 'a list with a revoked proxy', make: () => [bad.revoked()] },
    ],
    make: (bases) => (entityInterface as Loose)('IName', { get: 'call' }, { extends: bases }),
  },
];

describe('a mistake in a definition is refused where it is written', () => {
  for (const { title, code, values, make } of [...definitions, ...further]) {
    it(`${title}: ${code}`, async () => {
      const objections: string[] = [];
      for (const value of values) {
        const problem = objection(await answerOf(() => make(value.make() as never)), code);
        if (problem !== undefined) objections.push(`${value.what}: ${problem}`);
      }
      expect(objections).to.deep.equal([]);
    });
  }
});

/** Mistakes that are refused when a host starts. `make` returns the value to register, or already throws the error. */
const registered: readonly Mistake[] = [
  {
    title: 'something that is nothing of ours',
    code: 'DE_REGISTRATION',
    values: [
      ...bad.notReferences.filter(({ what }) => what !== 'a definition of another kind'),
      { what: 'a definition without a handler', make: () => ({ kind: 'activity', name: 'Name' }) },
      { what: 'a definition whose kind is a bigint', make: () => ({ kind: 5n, name: 'Name', handler: () => {} }) },
      {
        what: 'a definition with options that are none',
        make: () => ({ kind: 'entity', name: 'Name', handler: () => {} }),
      },
      { what: 'a token', make: () => entityInterface<{ get(): Promise<void> }>('IName', { get: 'call' }) },
    ],
    make: (item) => [item],
  },
  {
    title: 'options of @Entity',
    code: 'DE_REGISTRATION',
    values: bad.notOptions,
    make: (options) => {
      @((Entity as unknown as (all: unknown) => ClassDecorator)(options))
      class Named {}
      return [Named];
    },
  },
  ...(['name', 'implements', 'effects', 'missingMembers', 'version', 'upgrade', 'initialize'] as const).map(
    (option): Mistake => ({
      title: `the option ${option} of @Entity`,
      code: 'DE_REGISTRATION',
      values: [
        ...bad.notTexts,
        ...(option === 'name' ? [...bad.unusableTexts, { what: 'a name with @', make: () => 'a@b' }] : []),
      ].filter(
        ({ what }) =>
          !(option === 'version' && what === 'a number') &&
          !((option === 'upgrade' || option === 'initialize') && what.includes('function')),
      ),
      make: (value) => {
        @((Entity as unknown as (all: unknown) => ClassDecorator)({ [option]: value }))
        class Named {}
        return [Named];
      },
    }),
  ),
  {
    title: 'an unknown option of @Entity',
    code: 'DE_REGISTRATION',
    values: [
      { what: 'effect', make: () => 'effect' },
      { what: '__proto__, as an own key', make: () => '__proto__' },
    ],
    make: (option) => {
      const options = Object.defineProperty({}, option, { value: 'none', enumerable: true });
      @((Entity as unknown as (all: unknown) => ClassDecorator)(options))
      class Named {}
      return [Named];
    },
  },
  {
    title: 'options of @Operation',
    code: 'DE_REGISTRATION',
    values: bad.notOptions,
    make: (options) => {
      @Entity()
      class Named {
        @((Operation as Loose)(options) as MethodDecorator) get(): void {}
      }
      return [Named];
    },
  },
  ...(['name', 'oneWay', 'input'] as const).map((option): Mistake => ({
    title: `the option ${option} of @Operation`,
    code: 'DE_REGISTRATION',
    values: bad.notTexts.filter(
      ({ what }) => !(option === 'oneWay' && what === 'true') && !(option === 'input' && what === 'a function'),
    ),
    make: (value) => {
      @Entity()
      class Named {
        @((Operation as Loose)({ [option]: value }) as MethodDecorator) get(): void {}
      }
      return [Named];
    },
  })),
  ...(
    [
      ['@Activity', Activity as Loose],
      ['@Orchestration', Orchestration as Loose],
    ] as const
  ).flatMap(([title, decorate]): Mistake[] => [
    {
      title: `options of ${title}`,
      code: 'DE_REGISTRATION',
      values: bad.notOptions,
      make: (options) => {
        @(decorate(options) as ClassDecorator)
        class Named {
          async run(): Promise<void> {}
        }
        return [Named];
      },
    },
    {
      title: `the name of ${title}`,
      code: 'DE_REGISTRATION',
      values: [{ what: 'the empty text', make: () => '' }, ...bad.notTexts, ...bad.unusableTexts],
      make: (name) => {
        @(decorate({ name }) as ClassDecorator)
        class Named {
          async run(): Promise<void> {}
        }
        return [Named];
      },
    },
    {
      title: `the run method of ${title}`,
      code: 'DE_REGISTRATION',
      values: [...bad.notFunctions],
      make: (run) => {
        class Named {}
        Object.defineProperty(Named.prototype, 'run', { value: run });
        (decorate() as (type: unknown) => void)(Named);
        return [Named];
      },
    },
  ]),
  {
    title: 'two of one name',
    code: 'DE_REGISTRATION',
    values: [
      { what: 'entities', make: () => [tally, defineEntity('Tally', () => {})] },
      { what: 'entities in another case', make: () => [tally, defineEntity('TALLY', () => {})] },
      { what: 'the same twice', make: () => [tally, tally] },
    ],
    make: (all) => all,
  },
  {
    title: 'a class whose constructor needs what nobody says',
    code: 'DE_REGISTRATION',
    values: [{ what: 'an interface', make: () => undefined }],
    make: () => {
      class Named {
        constructor(readonly what: unknown) {}
      }
      (Entity() as (type: unknown) => void)(Named);
      return [Named];
    },
  },
];

async function refusedAtStart(make: () => unknown): Promise<Told | 'accepted'> {
  return answerOf(async () => {
    const host = await DurableHost.start({
      storage: ':memory:',
      register: make() as unknown[],
      logger: new World(setting).logger,
    });
    await host.stop();
  });
}

describe('a mistake in what is registered is refused before anything is opened', () => {
  for (const { title, code, values, make } of registered) {
    it(`${title}: ${code}`, async () => {
      const objections: string[] = [];
      for (const value of values) {
        const problem = objection(await refusedAtStart(() => make(value.make() as never)), code);
        if (problem !== undefined) objections.push(`${value.what}: ${problem}`);
      }
      expect(objections).to.deep.equal([]);
      // And the next host is as good as any.
      const world = new World(setting);
      await world.start(good);
      await proveUnharmed(world);
    });
  }
});
