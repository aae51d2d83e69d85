import { EntityId, type DurableClient } from '../../../src/index.js';
import { answerOf, good, IScore, refuses, same, Score, waiter, type Row } from './proof.js';
import * as bad from './values.js';

const argument = 'DE_INVALID_ARGUMENT';
const missingEntity = new EntityId('Nobody', 'a');

/** All that a client takes, but for run handles. */
const rows: readonly Row<DurableClient>[] = [
  // The entity and its operation, in both forms.
  ...(['signalEntity', 'callEntity'] as const).flatMap((method): Row<DurableClient>[] => {
    const send = (client: DurableClient, ...args: unknown[]): unknown =>
      (client[method] as (...all: unknown[]) => unknown).apply(client, args);
    const api = `client.${method}`;
    const lambda = (score: IScore) => score.get();
    return [
      {
        api,
        parameter: 'an entity',
        code: argument,
        values: bad.notEntities,
        give: (client, value) => send(client, value, 'add', 1),
      },
      {
        api,
        parameter: 'the id of an entity that nobody registered',
        code: 'DE_UNKNOWN_ENTITY',
        values: [{ what: 'its name', make: () => missingEntity }],
        give: (client, value) => send(client, value, 'add', 1),
      },
      {
        api,
        parameter: 'an operation',
        code: argument,
        values: bad.notNames,
        give: (client, value) => send(client, same, value, 1),
      },
      {
        api,
        parameter: 'an input',
        code: 'DE_SERIALIZATION',
        values: bad.unsendable,
        give: (client, value) => send(client, same, 'add', value),
      },
      {
        api,
        parameter: 'an input',
        code: 'DE_LIMIT_EXCEEDED',
        values: bad.tooLarge,
        give: (client, value) => send(client, same, 'add', value),
      },
      {
        api,
        parameter: 'options',
        code: argument,
        values: [...bad.notOptions, bad.throwingOption('requestId')],
        give: (client, value) => send(client, same, 'add', 1, value),
      },
      {
        api,
        parameter: 'a request id',
        code: argument,
        values: [{ what: 'the empty text', make: () => '' }, ...bad.notTexts, ...bad.unusableTexts],
        give: (client, requestId) => send(client, same, 'add', 1, { requestId }),
      },
      {
        api,
        parameter: 'the target of a token',
        code: argument,
        values: bad.notTargets,
        give: (client, value) => send(client, IScore, value, lambda),
      },
      {
        api,
        parameter: 'the key of a token',
        code: 'DE_INVALID_ENTITY_ID',
        values: bad.unusableTexts,
        give: (client, value) => send(client, Score, value, lambda),
      },
      {
        api,
        parameter: 'a lambda',
        code: argument,
        values: bad.notFunctions,
        give: (client, value) => send(client, IScore, 'same', value),
      },
      {
        api,
        parameter: 'an operation that the token does not have',
        code: 'DE_UNKNOWN_OPERATION',
        values: [{ what: 'in a lambda', make: () => (score: { vanish(): void }) => score.vanish() }],
        give: (client, value) => send(client, IScore, 'same', value),
      },
      {
        api,
        parameter: 'an operation with several arguments',
        code: argument,
        values: [{ what: 'in a lambda', make: () => (score: { add(...all: number[]): void }) => score.add(1, 2) }],
        give: (client, value) => send(client, IScore, 'same', value),
      },
      {
        api,
        parameter: 'the input of a lambda',
        code: 'DE_SERIALIZATION',
        values: bad.unsendable,
        give: (client, value) =>
          send(client, Score, 'same', (score: Record<'add' | 'get', (input: unknown) => unknown>) =>
            method === 'signalEntity' ? score.add(value) : score.get(value),
          ),
      },
    ];
  }),
  {
    api: 'client.signalEntity',
    parameter: 'a lambda that is not one operation, at once',
    code: 'DE_SIGNAL_LAMBDA',
    values: [
      { what: 'none', make: () => () => {} },
      { what: 'two', make: () => (score: IScore) => [score.add(1), score.add(1)] },
      { what: 'none, async', make: () => async () => {} },
      { what: 'async, and too late', make: () => async (score: IScore) => score.add(await Promise.resolve(1)) },
      {
        what: 'async, and fails',
        make: () => async () => {
          throw new Error('of the lambda');
        },
      },
      {
        what: 'async, sends and fails',
        make: () => async (score: IScore) => {
          score.add(1);
          throw new Error('of the lambda');
        },
      },
    ],
    give: (client, value) => client.signalEntity(IScore, 'same', value),
  },
  {
    api: 'client.callEntity',
    parameter: 'a lambda that is not one operation with an answer, returned',
    code: argument,
    values: [
      { what: 'none', make: () => () => {} },
      { what: 'two', make: () => (score: IScore) => [score.get(), score.get()] },
      { what: 'one-way', make: () => (score: IScore) => score.add(1) },
      { what: 'of another promise', make: () => () => Promise.resolve(1) },
      { what: 'async', make: () => async (score: IScore) => score.get() },
      {
        what: 'async, and fails',
        make: () => async () => {
          throw new Error('of the lambda');
        },
      },
    ],
    give: (client, value) => client.callEntity(IScore, 'same', value),
  },
  {
    api: 'client.signalEntity',
    parameter: 'a time',
    code: argument,
    values: bad.notInstants,
    give: (client, scheduledTime) => client.signalEntity(same, 'add', 1, { scheduledTime }),
  },
  {
    api: 'client.signalEntity',
    parameter: 'the name of the signal',
    code: argument,
    values: bad.notNames.slice(1),
    give: (client, name) => client.signalEntity(same, 'add', 1, { scheduledTime: 8.64e15, name }),
  },
  {
    api: 'client.signalEntity',
    parameter: 'a name for a signal that does not wait',
    code: argument,
    values: [{ what: 'without a time', make: () => 'later' }],
    give: (client, name) => client.signalEntity(same, 'add', 1, { name }),
  },
  {
    api: 'client.cancelSignal',
    parameter: 'an entity',
    code: argument,
    values: bad.notEntities,
    give: (client, value) => client.cancelSignal(value, 'later'),
  },
  {
    api: 'client.cancelSignal',
    parameter: 'the name of the signal',
    code: argument,
    values: bad.notNames,
    give: (client, value) => client.cancelSignal(same, value),
  },
  {
    api: 'client.callEntity',
    parameter: 'a retry policy',
    code: argument,
    values: bad.notRetries,
    give: (client, retry) => client.callEntity(same, 'add', 1, { retry }),
  },
  {
    api: 'client.callEntity',
    parameter: 'a timeout',
    code: argument,
    values: bad.notDurations,
    give: (client, timeout) => client.callEntity(same, 'add', 1, { timeout }),
  },
  {
    api: 'client.callEntity',
    parameter: 'an operation that the entity does not have',
    code: 'DE_UNKNOWN_OPERATION',
    values: [{ what: 'by name', make: () => 'vanish' }],
    give: (client, value) => client.callEntity(same, value),
  },
  {
    api: 'client.readEntityState',
    parameter: 'an entity',
    code: argument,
    values: bad.notEntities,
    give: (client, value) => client.readEntityState(value),
  },
  {
    api: 'client.readEntityState',
    parameter: 'the id of an entity that nobody registered',
    code: 'DE_UNKNOWN_ENTITY',
    values: [{ what: 'its name', make: () => missingEntity }],
    give: (client, value) => client.readEntityState(value),
  },
  {
    api: 'client.readEntityState',
    parameter: 'the target of a token',
    code: argument,
    values: bad.notTargets,
    give: (client, value) => client.readEntityState(Score, value),
  },
  {
    api: 'client.readEntityState',
    parameter: 'options',
    code: argument,
    values: bad.notOptions,
    give: (client, value) => client.readEntityState(Score, 'same', value),
  },
  ...(['processed', 'readEntityState'] as const).flatMap((method): Row<DurableClient>[] => {
    const wait = (client: DurableClient, ticket: never, options: object = {}): unknown =>
      method === 'processed'
        ? client.processed(ticket, options)
        : client.readEntityState(same, { after: ticket, ...options });
    return [
      {
        api: `client.${method}`,
        parameter: 'a ticket',
        code: argument,
        values: [
          ...bad.notTexts,
          { what: 'the empty text', make: () => '' },
          { what: 'a text that is none', make: () => 't1.0.%' },
          { what: 'one of another version', make: () => 't2.5.a' },
          { what: 'a text of ten million characters', make: () => `t1.1.${'a'.repeat(10_000_000)}%` },
        ],
        give: wait,
      },
      {
        api: `client.${method}`,
        parameter: 'a timeout',
        code: argument,
        values: bad.notDurations,
        give: (client, timeout) => wait(client, 't1' as never, { timeout }),
      },
    ];
  }),
  {
    api: 'client.processed',
    parameter: 'options',
    code: argument,
    values: bad.notOptions,
    give: (client, value) => client.processed('t1', value),
  },
  {
    api: 'client.watch',
    parameter: 'an entity',
    code: argument,
    values: bad.notEntities,
    give: (client, value) => client.watch(value),
  },
  {
    api: 'client.watch',
    parameter: 'options',
    code: argument,
    values: bad.notOptions,
    give: (client, value) => client.watch(same, value),
  },
  {
    api: 'client.watch',
    parameter: 'a signal',
    code: argument,
    values: [...bad.notTexts, { what: 'a controller', make: () => new AbortController() }],
    give: (client, signal) => client.watch(same, { signal }),
  },
  {
    api: 'client.entityStatus',
    parameter: 'an entity',
    code: argument,
    values: bad.notEntities,
    give: (client, value) => client.entityStatus(value),
  },
  {
    api: 'client.entityStatus',
    parameter: 'the id of an entity that nobody registered',
    code: 'DE_UNKNOWN_ENTITY',
    values: [{ what: 'its name', make: () => missingEntity }],
    give: (client, value) => client.entityStatus(value),
  },
  {
    api: 'client.startNew',
    parameter: 'an orchestration',
    code: argument,
    values: bad.notReferences,
    give: (client, value) => client.startNew(value),
  },
  {
    api: 'client.startNew',
    parameter: 'an orchestration that nobody registered',
    code: 'DE_UNKNOWN_ORCHESTRATION',
    values: [
      { what: 'by name', make: () => 'Nobody' },
      { what: 'in another case', make: () => 'WAITER' },
      { what: 'by definition', make: () => ({ kind: 'orchestration', name: 'Nobody', handler: () => {} }) },
      { what: 'a name of every object', make: () => 'constructor' },
    ],
    give: (client, value) => client.startNew(value),
  },
  {
    api: 'client.startNew',
    parameter: 'options',
    code: argument,
    values: [...bad.notOptions, bad.throwingOption('instanceId'), bad.throwingOption('input')],
    give: (client, value) => client.startNew(waiter, value),
  },
  {
    api: 'client.startNew',
    parameter: 'an instance id',
    code: argument,
    values: bad.notInstanceIds,
    give: (client, instanceId) => client.startNew(waiter, { instanceId }),
  },
  {
    api: 'client.startNew',
    parameter: 'a version',
    code: argument,
    values: bad.notVersions,
    give: (client, version) => client.startNew(waiter, { version }),
  },
  {
    api: 'client.startNew',
    parameter: 'a version that nobody registered',
    code: 'DE_UNKNOWN_ORCHESTRATION',
    values: [{ what: '2', make: () => 2 }],
    give: (client, version) => client.startNew(waiter, { version }),
  },
  {
    api: 'client.startNew',
    parameter: 'an input',
    code: 'DE_SERIALIZATION',
    values: bad.unsendable,
    give: (client, input) => client.startNew('Waiter', { input }),
  },
  {
    api: 'client.startNew',
    parameter: 'an input',
    code: 'DE_LIMIT_EXCEEDED',
    values: bad.tooLarge,
    give: (client, input) => client.startNew('Waiter', { input }),
  },
  {
    api: 'client.run',
    parameter: 'an orchestration',
    code: argument,
    values: bad.notReferences,
    give: (client, value) => client.run(value, 'run-1'),
  },
  {
    api: 'client.run',
    parameter: 'an instance id',
    code: argument,
    values: bad.notInstanceIds,
    give: (client, value) => client.run(waiter, value),
  },
  ...(['queryEntities', 'queryRuns', 'purgeRuns'] as const).flatMap((method): Row<DurableClient>[] => {
    const ask = async (client: DurableClient, query: unknown) => {
      const found: unknown = (client[method] as (all: unknown) => unknown).call(client, query);
      if (method === 'purgeRuns') return found;
      for await (const _item of found as AsyncIterable<unknown>);
      return undefined;
    };
    const api = `client.${method}`;
    const row = (option: string, values: Row<DurableClient>['values'], code = argument): Row<DurableClient> => ({
      api,
      parameter: option,
      code,
      values,
      give: (client, value) => ask(client, { [option]: value }),
    });
    const times = method === 'queryEntities' ? ['modifiedSince', 'modifiedBefore'] : ['createdAfter', 'createdBefore'];
    const pages = [
      row('pageSize', [...bad.notVersions, { what: '1001', make: () => 1_001 }]),
      row('continuationToken', [
        ...bad.notTexts,
        { what: 'no token', make: () => 'a' },
        { what: 'one of another kind', make: () => '1.activity.QA' },
        { what: 'one of another version', make: () => '2.entity.QA' },
      ]),
    ];
    return [
      {
        api,
        parameter: 'a query',
        code: argument,
        values: [...bad.notOptions, bad.throwingOption('name')],
        give: (client, value) => ask(client, value),
      },
      ...times.map((option) => row(option, bad.notInstants)),
      ...(method === 'purgeRuns' ? [] : pages),
      ...(method === 'queryEntities'
        ? [
            row('keyPrefix', [...bad.notTexts, ...bad.unusableTexts]),
            row(
              'name',
              [...bad.notTexts, ...bad.unusableTexts, { what: 'with @', make: () => 'a@b' }],
              'DE_INVALID_ENTITY_ID',
            ),
            row('name', [{ what: 'that nobody registered', make: () => 'Nobody' }], 'DE_UNKNOWN_ENTITY'),
            row('includeState', [
              { what: 'a text', make: () => 'yes' },
              { what: 'a number', make: () => 1 },
            ]),
          ]
        : [
            row('instanceIdPrefix', [...bad.notTexts, ...bad.unusableTexts]),
            row('name', bad.notReferences.slice(1)),
            row('name', [{ what: 'that nobody registered', make: () => 'Nobody' }], 'DE_UNKNOWN_ORCHESTRATION'),
            row('runtimeStatus', [
              ...bad.notTexts,
              { what: 'no status', make: () => 'asleep' },
              { what: 'a list with none', make: () => ['completed', 'asleep'] },
              { what: 'a list with null', make: () => [null] },
              {
                what: 'a cyclic list',
                make: () => {
                  const list: unknown[] = [];
                  list.push([list]);
                  return list;
                },
              },
            ]),
          ]),
    ];
  }),
  {
    api: 'client.purgeRuns',
    parameter: 'a status of runs that go on',
    code: argument,
    values: [{ what: 'running', make: () => 'running' }],
    give: (client, runtimeStatus) => client.purgeRuns({ runtimeStatus }),
  },
  ...(['retry', 'discard'] as const).map((method): Row<DurableClient> => ({
    api: `client.deadLetters().${method}`,
    parameter: 'an id',
    code: argument,
    values: [
      ...bad.notTexts.filter(({ what }) => what !== 'a number'),
      { what: 'a text', make: () => '1' },
      { what: '1.5', make: () => 1.5 },
    ],
    give: (client, value) => client.deadLetters()[method](value),
  })),
];

describe('bad input to a client is refused at the call, and nothing else is different', () => {
  refuses(
    rows,
    { storage: 'memory', evict: false },
    (world, row, value) => answerOf(() => row.give(world.client, value as never)),
    good,
  );
});
