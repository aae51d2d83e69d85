/** Bad input from entities, orchestrations and activities to their contexts. The call throws an error, and the code may continue. */
import { expect } from 'chai';
import {
  defineActivity,
  defineEntity,
  defineOrchestration,
  EntityId,
  type ActivityContext,
  type EntityContext,
  type OrchestrationContext,
} from '../../../src/index.js';
import type { World } from '../world.js';
import {
  answerOf,
  echo,
  good,
  IScore,
  refuses,
  same,
  Score,
  told,
  waiter,
  within,
  type Row,
  type Told,
} from './proof.js';
import * as bad from './values.js';

const argument = 'DE_INVALID_ARGUMENT';
const nobody = new EntityId('Nobody', 'a');

/** The members that both kinds of context have. */
function shared<Context extends EntityContext | OrchestrationContext>(): Row<Context>[] {
  const api = 'context.signalEntity';
  const signal = (context: Context, ...args: unknown[]): unknown =>
    (context.signalEntity as (...all: unknown[]) => unknown).apply(context, args);
  const start = 'context.startNewOrchestration';
  return [
    { api, parameter: 'an entity', code: argument, values: bad.notEntities, give: (c, v) => signal(c, v, 'add', 1) },
    {
      api,
      parameter: 'the id of an entity that nobody registered',
      code: 'DE_UNKNOWN_ENTITY',
      values: [{ what: 'its name', make: () => nobody }],
      give: (c, v) => signal(c, v, 'add', 1),
    },
    { api, parameter: 'an operation', code: argument, values: bad.notNames, give: (c, v) => signal(c, same, v, 1) },
    {
      api,
      parameter: 'an input',
      code: 'DE_SERIALIZATION',
      values: bad.unsendable,
      give: (c, v) => signal(c, same, 'add', v),
    },
    {
      api,
      parameter: 'an input',
      code: 'DE_LIMIT_EXCEEDED',
      values: bad.tooLarge,
      give: (c, v) => signal(c, same, 'add', v),
    },
    {
      api,
      parameter: 'options',
      code: argument,
      values: [...bad.notOptions, bad.throwingOption('scheduledTime')],
      give: (c, v) => signal(c, same, 'add', 1, v),
    },
    {
      api,
      parameter: 'a time',
      code: argument,
      values: bad.notInstants,
      give: (c, scheduledTime) => signal(c, same, 'add', 1, { scheduledTime }),
    },
    {
      api,
      parameter: 'the target of a token',
      code: argument,
      values: bad.notTargets,
      give: (c, v) => signal(c, IScore, v, (score: IScore) => score.add(1)),
    },
    {
      api,
      parameter: 'a lambda',
      code: argument,
      values: bad.notFunctions,
      give: (c, v) => signal(c, IScore, 'same', v),
    },
    {
      api,
      parameter: 'a lambda that is not one operation, at once',
      code: 'DE_SIGNAL_LAMBDA',
      values: [
        { what: 'none', make: () => () => {} },
        { what: 'two', make: () => (score: IScore) => [score.add(1), score.add(1)] },
        { what: 'async', make: () => async (score: IScore) => score.add(1) },
        {
          what: 'async, and fails',
          make: () => async () => {
            throw new Error('of the lambda');
          },
        },
      ],
      give: (c, v) => signal(c, IScore, 'same', v),
    },
    {
      api,
      parameter: 'the name of the signal',
      code: argument,
      values: bad.notNames.slice(1),
      give: (c, name) => signal(c, same, 'add', 1, { scheduledTime: 8.64e15, name }),
    },
    {
      api: 'context.cancelSignal',
      parameter: 'an entity',
      code: argument,
      values: bad.notEntities,
      give: (c, v) => c.cancelSignal(v, 'later'),
    },
    {
      api: 'context.cancelSignal',
      parameter: 'the name of the signal',
      code: argument,
      values: bad.notNames,
      give: (c, v) => c.cancelSignal(same, v),
    },
    {
      api: start,
      parameter: 'an orchestration',
      code: argument,
      values: bad.notReferences,
      give: (c, v) => c.startNewOrchestration(v),
    },
    {
      api: start,
      parameter: 'an orchestration that nobody registered',
      code: 'DE_UNKNOWN_ORCHESTRATION',
      values: [{ what: 'by name', make: () => 'Nobody' }],
      give: (c, v) => c.startNewOrchestration(v),
    },
    {
      api: start,
      parameter: 'options',
      code: argument,
      values: [...bad.notOptions, bad.throwingOption('input')],
      give: (c, v) => c.startNewOrchestration(waiter, v),
    },
    {
      api: start,
      parameter: 'an instance id',
      code: argument,
      values: bad.notInstanceIds,
      give: (c, instanceId) => c.startNewOrchestration(waiter, { instanceId }),
    },
    {
      api: start,
      parameter: 'a version',
      code: argument,
      values: bad.notVersions,
      give: (c, version) => c.startNewOrchestration(waiter, { version }),
    },
    {
      api: start,
      parameter: 'an input',
      code: 'DE_SERIALIZATION',
      values: bad.unsendable,
      give: (c, input) => c.startNewOrchestration('Waiter', { input }),
    },
    {
      api: start,
      parameter: 'an input',
      code: 'DE_LIMIT_EXCEEDED',
      values: bad.tooLarge,
      give: (c, input) => c.startNewOrchestration('Waiter', { input }),
    },
  ];
}

const entityRows: readonly Row<EntityContext>[] = [
  ...shared<EntityContext>(),
  {
    api: 'context.getState',
    parameter: 'an initial state',
    code: argument,
    values: bad.notFunctions.filter(({ what }) => what !== 'missing'),
    give: (context, value) => context.getState(value),
  },
  {
    api: 'context.dispatch',
    parameter: 'a class',
    code: argument,
    values: [...bad.notFunctions, { what: 'a function', make: () => () => {} }],
    give: (context, value) => context.dispatch(value),
  },
  {
    api: 'context.dispatch',
    parameter: 'a value too many',
    code: 'DE_CONSTRUCTION',
    values: [{ what: 'for a class without parameters', make: () => 5 }],
    give: (context, value) => context.dispatch(Score, value),
  },
];

const orchestrationRows: readonly Row<OrchestrationContext>[] = [
  ...shared<OrchestrationContext>(),
  {
    api: 'context.callEntity',
    parameter: 'an entity',
    code: argument,
    values: bad.notEntities,
    give: (c, v) => c.callEntity(v, 'add'),
  },
  {
    api: 'context.callEntity',
    parameter: 'the id of an entity that nobody registered',
    code: 'DE_UNKNOWN_ENTITY',
    values: [{ what: 'its name', make: () => nobody }],
    give: (c, v) => c.callEntity(v, 'add'),
  },
  {
    api: 'context.callEntity',
    parameter: 'an operation',
    code: argument,
    values: bad.notNames,
    give: (c, v) => c.callEntity(same, v),
  },
  {
    api: 'context.callEntity',
    parameter: 'an operation that the entity does not have',
    code: 'DE_UNKNOWN_OPERATION',
    values: [{ what: 'by name', make: () => 'vanish' }],
    give: (c, v) => c.callEntity(same, v),
  },
  {
    api: 'context.callEntity',
    parameter: 'an input',
    code: 'DE_SERIALIZATION',
    values: bad.unsendable,
    give: (c, v) => c.callEntity(same, 'add', v),
  },
  {
    api: 'context.callEntity',
    parameter: 'an input',
    code: 'DE_LIMIT_EXCEEDED',
    values: bad.tooLarge,
    give: (c, v) => c.callEntity(same, 'add', v),
  },
  {
    api: 'context.createEntityProxy',
    parameter: 'a token',
    code: argument,
    values: bad.notEntities,
    give: (c, v) => c.createEntityProxy(v, 'same'),
  },
  {
    api: 'context.createEntityProxy',
    parameter: 'a target',
    code: argument,
    values: bad.notTargets,
    give: (c, v) => c.createEntityProxy(IScore, v),
  },
  {
    api: 'context.createEntityProxy',
    parameter: 'a key',
    code: 'DE_INVALID_ENTITY_ID',
    values: bad.unusableTexts,
    give: (c, v) => c.createEntityProxy(IScore, v),
  },
  {
    api: 'a proxy',
    parameter: 'an operation that is none',
    code: 'DE_UNKNOWN_OPERATION',
    values: [
      { what: 'vanish', make: () => 'vanish' },
      { what: 'helper', make: () => 'helper' },
    ],
    give: (c, v) => (c.createEntityProxy(Score, 'same') as unknown as Record<string, () => unknown>)[v]?.(),
  },
  {
    api: 'a proxy',
    parameter: 'an input',
    code: 'DE_SERIALIZATION',
    values: bad.unsendable,
    give: (c, v) => (c.createEntityProxy(IScore, 'same') as { get(input: unknown): unknown }).get(v),
  },
  {
    api: 'context.lock',
    parameter: 'nothing',
    code: argument,
    values: [{ what: 'nothing', make: () => undefined }],
    give: (c) => c.lock(),
  },
  {
    api: 'context.lock',
    parameter: 'an entity',
    code: argument,
    values: [...bad.notEntities, { what: 'an empty list', make: () => [] }],
    give: (c, v) => c.lock(v),
  },
  {
    api: 'context.lock',
    parameter: 'a pair',
    code: argument,
    values: bad.notTargets,
    give: (c, v) => c.lock([IScore, v]),
  },
  {
    api: 'context.lock',
    parameter: 'a token of a pair',
    code: argument,
    values: bad.notEntities,
    give: (c, v) => c.lock([v, 'same']),
  },
  {
    api: 'context.lock',
    parameter: 'the id of an entity that nobody registered',
    code: 'DE_UNKNOWN_ENTITY',
    values: [{ what: 'its name', make: () => nobody }],
    give: (c, v) => c.lock(same, v),
  },
  {
    api: 'context.callActivity',
    parameter: 'an activity',
    code: argument,
    values: bad.notReferences.map((one) => one),
    give: (c, v) => c.callActivity(v),
  },
  {
    api: 'context.callActivity',
    parameter: 'an activity that nobody registered',
    code: 'DE_UNKNOWN_ACTIVITY',
    values: [
      { what: 'by name', make: () => 'Nobody' },
      { what: 'a name of every object', make: () => 'toString' },
    ],
    give: (c, v) => c.callActivity(v),
  },
  {
    api: 'context.callActivity',
    parameter: 'an input',
    code: 'DE_SERIALIZATION',
    values: bad.unsendable,
    give: (c, v) => c.callActivity('Echo', v),
  },
  {
    api: 'context.callActivity',
    parameter: 'an input',
    code: 'DE_LIMIT_EXCEEDED',
    values: bad.tooLarge,
    give: (c, v) => c.callActivity('Echo', v),
  },
  {
    api: 'context.callActivity',
    parameter: 'options',
    code: argument,
    values: [...bad.notOptions, bad.throwingOption('retry')],
    give: (c, v) => c.callActivity(echo, 1, v),
  },
  {
    api: 'context.callActivity',
    parameter: 'a retry policy',
    code: argument,
    values: bad.notRetries,
    give: (c, retry) => c.callActivity(echo, 1, { retry }),
  },
  {
    api: 'context.callSubOrchestration',
    parameter: 'an orchestration',
    code: argument,
    values: bad.notReferences,
    give: (c, v) => c.callSubOrchestration(v),
  },
  {
    api: 'context.callSubOrchestration',
    parameter: 'an orchestration that nobody registered',
    code: 'DE_UNKNOWN_ORCHESTRATION',
    values: [{ what: 'by name', make: () => 'Nobody' }],
    give: (c, v) => c.callSubOrchestration(v),
  },
  {
    api: 'context.callSubOrchestration',
    parameter: 'an input',
    code: 'DE_SERIALIZATION',
    values: bad.unsendable,
    give: (c, v) => c.callSubOrchestration('Waiter', v),
  },
  {
    api: 'context.callSubOrchestration',
    parameter: 'options',
    code: argument,
    values: bad.notOptions,
    give: (c, v) => c.callSubOrchestration('Waiter', 1, v),
  },
  {
    api: 'context.callSubOrchestration',
    parameter: 'an instance id',
    code: argument,
    values: bad.notInstanceIds,
    give: (c, instanceId) => c.callSubOrchestration('Waiter', 1, { instanceId }),
  },
  {
    api: 'context.callSubOrchestration',
    parameter: 'a version',
    code: argument,
    values: bad.notVersions,
    give: (c, version) => c.callSubOrchestration('Waiter', 1, { version }),
  },
  {
    api: 'context.callSubOrchestration',
    parameter: 'a retry policy',
    code: argument,
    values: bad.notRetries,
    give: (c, retry) => c.callSubOrchestration('Waiter', 1, { retry }),
  },
  {
    api: 'context.createTimer',
    parameter: 'a time',
    code: argument,
    values: [
      { what: 'missing', make: () => undefined },
      { what: 'an invalid Date', make: () => new Date('soon') },
      { what: 'a proxy of a Date', make: () => new Proxy(new Date(), {}) },
      ...bad.notDurations.filter(({ what }) => what !== 'a Date'),
    ],
    give: (c, v) => c.createTimer(v),
  },
  {
    api: 'context.waitForExternalEvent',
    parameter: 'a name',
    code: argument,
    values: bad.notNames,
    give: (c, v) => c.waitForExternalEvent(v),
  },
  {
    api: 'context.waitForExternalEvent',
    parameter: 'options',
    code: argument,
    values: bad.notOptions,
    give: (c, v) => c.waitForExternalEvent('go', v),
  },
  {
    api: 'context.waitForExternalEvent',
    parameter: 'a timeout',
    code: argument,
    values: bad.notDurations,
    give: (c, timeout) => c.waitForExternalEvent('go', { timeout }),
  },
  {
    api: 'context.sendEvent',
    parameter: 'an instance id',
    code: argument,
    values: [{ what: 'missing', make: () => undefined }, ...bad.notInstanceIds],
    give: (c, v) => c.sendEvent(v, 'go'),
  },
  {
    api: 'context.sendEvent',
    parameter: 'a name',
    code: argument,
    values: bad.notNames,
    give: (c, v) => c.sendEvent('run-1', v),
  },
  {
    api: 'context.sendEvent',
    parameter: 'an event',
    code: 'DE_SERIALIZATION',
    values: bad.unsendable,
    give: (c, v) => c.sendEvent('run-1', 'go', v),
  },
  {
    api: 'context.sendEvent',
    parameter: 'an event',
    code: 'DE_LIMIT_EXCEEDED',
    values: bad.tooLarge,
    give: (c, v) => c.sendEvent('run-1', 'go', v),
  },
  {
    api: 'context.continueAsNew',
    parameter: 'an input',
    code: 'DE_SERIALIZATION',
    values: bad.unsendable,
    give: (c, v) => c.continueAsNew(v),
  },
  {
    api: 'context.continueAsNew',
    parameter: 'an input',
    code: 'DE_LIMIT_EXCEEDED',
    values: bad.tooLarge,
    give: (c, v) => c.continueAsNew(v),
  },
  {
    api: 'context.continueAsNew',
    parameter: 'options',
    code: argument,
    values: bad.notOptions,
    give: (c, v) => c.continueAsNew(1, v),
  },
  {
    api: 'context.continueAsNew',
    parameter: 'a version',
    code: argument,
    values: bad.notVersions,
    give: (c, version) => c.continueAsNew(1, { version }),
  },
  {
    api: 'context.continueAsNew',
    parameter: 'keepUnprocessedEvents',
    code: argument,
    values: bad.notTexts.filter(({ what }) => what !== 'true'),
    give: (c, keepUnprocessedEvents) => c.continueAsNew(1, { keepUnprocessedEvents }),
  },
  { api: 'context.patched', parameter: 'an id', code: argument, values: bad.notNames, give: (c, v) => c.patched(v) },
  {
    api: 'context.deprecatePatch',
    parameter: 'an id',
    code: argument,
    values: bad.notNames,
    give: (c, v) => c.deprecatePatch(v),
  },
  {
    api: 'context.setCustomStatus',
    parameter: 'a status',
    code: 'DE_SERIALIZATION',
    values: bad.unsendable,
    give: (c, v) => c.setCustomStatus(v),
  },
  {
    api: 'context.setCustomStatus',
    parameter: 'a status',
    code: 'DE_LIMIT_EXCEEDED',
    values: bad.tooLarge,
    give: (c, v) => c.setCustomStatus(v),
  },
];

/** The call that the code under test makes on its context, one at a time. */
let attempt: (context: never) => unknown = () => undefined;

async function tried(context: unknown): Promise<Told | 'accepted'> {
  try {
    await attempt(context as never);
    return 'accepted';
  } catch (error) {
    return told(error);
  }
}

const quick = defineEntity('Quick', { effects: 'none' }, tried);
const patient = defineEntity('Patient', tried);
// The orchestration continues after the error. After the timer it is replayed, and must give the same result.
const prober = defineOrchestration('Prober', async (context) => {
  const answer = await tried(context);
  await context.createTimer(0);
  return [answer, await context.callActivity(echo, 'went on')] as const;
});

for (const entity of [quick, patient]) {
  describe(`bad input to the context of an entity (${entity.name}) is refused at the call`, () => {
    refuses(
      entityRows,
      { storage: 'memory', evict: false },
      (world: World, row, value) => {
        attempt = (context) => row.give(context, value as never);
        return within('the operation', world.client.callEntity<Told>(new EntityId(entity.name, 'a'), 'get'));
      },
      [...good, quick, patient],
      entity === quick ? 'all' : 'light',
    );
  });
}

for (const evict of [false, true]) {
  describe(`bad input to the context of an orchestration is refused at the call${evict ? ', in replay too' : ''}`, () => {
    refuses(
      orchestrationRows,
      { storage: 'memory', evict },
      async (world, row, value) => {
        attempt = (context) => row.give(context, value as never);
        const run = await world.client.startNew(prober);
        const [answer, further] = await within('the run', run.result());
        expect(further).to.equal('went on');
        return answer;
      },
      [...good, prober],
      'light',
    );
  });
}

describe('bad input to the log of a context harms nobody', () => {
  const values: readonly bad.Bad[] = [...bad.notNames, ...bad.unsendable];
  const levels = ['debug', 'info', 'warn'] as const;
  const talker = defineActivity('Talker', (context: ActivityContext) => attempt(context as never));
  const asker = defineOrchestration('Asker', async (context) => {
    attempt(context as never);
    return context.callActivity(talker);
  });
  refuses(
    levels.map((level) => ({
      api: `context.log.${level}`,
      parameter: 'nothing: it takes all',
      code: 'accepted',
      values,
      give: (context: OrchestrationContext | ActivityContext, value: never) => {
        context.log[level](value, value);
        context.log[level]('fields', { value });
      },
    })),
    { storage: 'memory', evict: false },
    async (world, row, value) => {
      attempt = (context) => row.give(context, value as never);
      const run = await world.client.startNew(asker);
      const answer = await answerOf(() => run.result());
      return answer === 'accepted' ? { name: '', code: 'accepted', hint: 'none needed', message: 'none' } : answer;
    },
    [...good, asker, talker],
  );
});
