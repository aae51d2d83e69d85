/** O6: an option that nobody reads is refused at every entrance, from JavaScript or spread into a typed object. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  Activity,
  defineEntity,
  defineOrchestration,
  DurableClient,
  DurableHost,
  Entity,
  EntityId,
  entityInterface,
  Operation,
  Orchestration,
  type EntityContext,
  type OrchestrationContext,
} from '../../../src/index.js';
import { crashEverywhere, readHistory, replay, runOperation, TestHost } from '../../../src/testing/index.js';
import { World } from '../world.js';
import { answerOf, echo, good, IScore, same, Score, told, waiter, type Told } from './proof.js';

/** Given as JavaScript would give it. */
type Loose = Record<string, (...all: unknown[]) => unknown>;

interface Entrance<Api> {
  readonly api: string;
  /** A misspelt option, and what was meant. */
  readonly wrong: string;
  readonly meant: string;
  readonly give: (api: Api, options: object) => unknown;
}

function refused(answer: Told | 'accepted', { wrong, meant }: { wrong: string; meant: string }): void {
  expect(answer, 'it was accepted').to.be.an('object');
  const { code, message } = answer as Told;
  expect(code).to.be.oneOf(['DE_INVALID_ARGUMENT', 'DE_REGISTRATION', 'DE_INVALID_INTERFACE']);
  expect(message).to.contain(JSON.stringify(wrong));
  expect(message).to.contain(JSON.stringify(meant));
}

const loose = (api: object): Loose => api as Loose;
const add = (score: { add(points: number): void }): void => score.add(1);
const get = (score: { get(): Promise<number> }): Promise<number> => score.get();

const clientEntrances: readonly Entrance<DurableClient>[] = [
  {
    api: 'client.signalEntity',
    wrong: 'signalTime',
    meant: 'scheduledTime',
    give: (client, options) => loose(client)['signalEntity']!(same, 'add', 1, options),
  },
  {
    api: 'client.signalEntity with a token',
    wrong: 'requestID',
    meant: 'requestId',
    give: (client, options) => loose(client)['signalEntity']!(IScore, 'same', add, options),
  },
  {
    api: 'client.callEntity',
    wrong: 'timeoutMs',
    meant: 'timeout',
    give: (client, options) => loose(client)['callEntity']!(same, 'get', undefined, options),
  },
  {
    api: 'client.callEntity with a token',
    wrong: 'retries',
    meant: 'retry',
    give: (client, options) => loose(client)['callEntity']!(Score, 'same', get, options),
  },
  {
    api: 'the retry policy of client.callEntity',
    wrong: 'maxAttempt',
    meant: 'maxAttempts',
    give: (client, retry) =>
      loose(client)['callEntity']!(same, 'get', undefined, { retry: { maxAttempts: 2, ...retry } }),
  },
  {
    api: 'client.processed',
    wrong: 'timeOut',
    meant: 'timeout',
    give: async (client, options) => loose(client)['processed']!(await client.signalEntity(same, 'add', 1), options),
  },
  {
    api: 'client.readEntityState',
    wrong: 'afterTicket',
    meant: 'after',
    give: (client, options) => loose(client)['readEntityState']!(same, options),
  },
  {
    api: 'client.readEntityState with a token',
    wrong: 'timeoutMs',
    meant: 'timeout',
    give: (client, options) => loose(client)['readEntityState']!(Score, 'same', options),
  },
  {
    api: 'client.watch',
    wrong: 'abortSignal',
    meant: 'signal',
    give: (client, options) => loose(client)['watch']!(same, options),
  },
  {
    api: 'client.startNew',
    wrong: 'id',
    meant: 'instanceId',
    give: (client, options) => loose(client)['startNew']!(waiter, options),
  },
  {
    api: 'client.queryEntities',
    wrong: 'entityName',
    meant: 'name',
    give: (client, options) => loose(client)['queryEntities']!(options),
  },
  {
    api: 'client.queryRuns',
    wrong: 'status',
    meant: 'runtimeStatus',
    give: (client, options) => loose(client)['queryRuns']!(options),
  },
  {
    api: 'client.purgeRuns',
    wrong: 'createdBefor',
    meant: 'createdBefore',
    give: (client, options) => loose(client)['purgeRuns']!(options),
  },
  ...(['result', 'suspend', 'resume', 'terminate', 'rewind', 'purge', 'restart'] as const).map((method) => ({
    api: `run.${method}`,
    wrong: 'timeoutMs',
    meant: 'timeout',
    give: (client: DurableClient, options: object) => {
      const run = loose(client.run(waiter, 'run-1'));
      return ['suspend', 'terminate', 'rewind'].includes(method) ? run[method]!('why', options) : run[method]!(options);
    },
  })),
  {
    api: 'run.waitForStatus',
    wrong: 'timeOut',
    meant: 'timeout',
    give: (client, options) => loose(client.run(waiter, 'run-1'))['waitForStatus']!(() => true, options),
  },
  {
    api: 'run.raiseEvent',
    wrong: 'timeOut',
    meant: 'timeout',
    give: (client, options) => loose(client.run(waiter, 'run-1'))['raiseEvent']!('go', 1, options),
  },
  {
    api: 'client.within(…).signalEntity',
    wrong: 'scheduleTime',
    meant: 'scheduledTime',
    give: (client, options) => loose(client.within({} as never))['signalEntity']!(same, 'add', 1, options),
  },
  {
    api: 'client.within(…).startNew',
    wrong: 'instanceID',
    meant: 'instanceId',
    give: (client, options) => loose(client.within({} as never))['startNew']!(waiter, options),
  },
];

const sharedEntrances: readonly Entrance<EntityContext | OrchestrationContext>[] = [
  {
    api: 'context.signalEntity',
    wrong: 'signalTime',
    meant: 'scheduledTime',
    give: (context, options) => loose(context)['signalEntity']!(same, 'add', 1, options),
  },
  {
    api: 'context.startNewOrchestration',
    wrong: 'instanceid',
    meant: 'instanceId',
    give: (context, options) => loose(context)['startNewOrchestration']!(waiter, options),
  },
];

const orchestrationEntrances: readonly Entrance<OrchestrationContext>[] = [
  ...sharedEntrances,
  {
    api: 'context.callEntity',
    wrong: 'timeoutMs',
    meant: 'timeout',
    give: (context, options) => loose(context)['callEntity']!(same, 'get', undefined, options),
  },
  {
    api: 'context.createEntityProxy',
    wrong: 'retries',
    meant: 'retry',
    give: (context, options) => loose(context)['createEntityProxy']!(Score, 'same', options),
  },
  {
    api: 'context.callActivity',
    wrong: 'retries',
    meant: 'retry',
    give: (context, options) => loose(context)['callActivity']!(echo, 1, options),
  },
  {
    api: 'the retry policy of context.callActivity',
    wrong: 'firstRetryIntervalInMilliseconds',
    meant: 'firstRetryInterval',
    give: (context, retry) => loose(context)['callActivity']!(echo, 1, { retry: { maxAttempts: 2, ...retry } }),
  },
  {
    api: 'context.callSubOrchestration',
    wrong: 'instanceID',
    meant: 'instanceId',
    give: (context, options) => loose(context)['callSubOrchestration']!(waiter, undefined, options),
  },
  {
    api: 'context.waitForExternalEvent',
    wrong: 'timeoutMs',
    meant: 'timeout',
    give: (context, options) => loose(context)['waitForExternalEvent']!('go', options),
  },
  {
    api: 'context.continueAsNew',
    wrong: 'preserveUnprocessedEvents',
    meant: 'keepUnprocessedEvents',
    give: (context, options) => loose(context)['continueAsNew']!(1, options),
  },
];

/** Registers a class that is decorated with these options. */
function registered(decorate: (type: never) => void): Promise<unknown> {
  class Decorated {
    run(): void {}
  }
  decorate(Decorated as never);
  return DurableHost.start({ storage: ':memory:', register: [Decorated] });
}

const definitionEntrances: readonly Entrance<undefined>[] = [
  {
    api: '@Entity',
    wrong: 'expireafter',
    meant: 'expireAfter',
    give: (_, options) => registered(Entity(options) as (type: never) => void),
  },
  {
    api: '@Activity',
    wrong: 'named',
    meant: 'name',
    give: (_, options) => registered(Activity(options)),
  },
  {
    api: '@Orchestration',
    wrong: 'versoin',
    meant: 'version',
    give: (_, options) => registered(Orchestration(options)),
  },
  ...(['timeouts', 'readonly'] as const).map((wrong) => ({
    api: '@Operation',
    wrong,
    meant: wrong === 'timeouts' ? 'timeout' : 'readOnly',
    give: (_: undefined, options: object) => {
      class Operated {
        value = 0;
        get(): number {
          return this.value;
        }
      }
      const descriptor = Object.getOwnPropertyDescriptor(Operated.prototype, 'get')!;
      (Operation as (given: object) => (owner: object, name: string, method: object) => void)(options)(
        Operated.prototype,
        'get',
        descriptor,
      );
      Entity()(Operated);
      return DurableHost.start({ storage: ':memory:', register: [Operated] });
    },
  })),
  {
    api: 'entityInterface',
    wrong: 'extend',
    meant: 'extends',
    give: (_, options) => (entityInterface as (...all: unknown[]) => unknown)('IAny', { get: 'call' }, options),
  },
  {
    api: 'defineEntity',
    wrong: 'readonly',
    meant: 'readOnly',
    give: (_, options) => defineEntity('Any', options, () => {}),
  },
  {
    api: 'an operation of defineEntity',
    wrong: 'timeoutMs',
    meant: 'timeout',
    give: (_, options) => defineEntity('Any', { operations: { get: options } }, () => {}),
  },
  {
    api: 'the retry policy of an operation of defineEntity',
    wrong: 'backoff',
    meant: 'backoffCoefficient',
    give: (_, retry) => defineEntity('Any', { operations: { get: { retry: { maxAttempts: 2, ...retry } } } }, () => {}),
  },
  {
    api: 'defineOrchestration',
    wrong: 'versions',
    meant: 'version',
    give: (_, options) => defineOrchestration('Any', options, async () => {}),
  },
  {
    api: 'DurableHost.start',
    wrong: 'leaseduration',
    meant: 'leaseDuration',
    give: (_, options) => DurableHost.start({ storage: ':memory:', register: good, ...options }),
  },
  {
    api: 'the limits of DurableHost.start',
    wrong: 'inputByte',
    meant: 'inputBytes',
    give: (_, limits) => DurableHost.start({ storage: ':memory:', register: good, limits }),
  },
  {
    api: 'DurableClient.connect',
    wrong: 'registers',
    meant: 'register',
    give: (_, options) => DurableClient.connect({ storage: 'no-such-folder/hub.db', ...options }),
  },
  {
    api: 'TestHost.start',
    wrong: 'timelimit',
    meant: 'timeLimit',
    give: (_, options) => TestHost.start({ register: good, ...options }),
  },
  {
    api: 'host.crash',
    wrong: 'downfor',
    meant: 'downFor',
    give: (_, options) => onTestHost((host) => host.crash(options)),
  },
  {
    api: 'host.restart',
    wrong: 'registers',
    meant: 'register',
    give: (_, options) => onTestHost((host) => host.restart(options)),
  },
  {
    api: 'host.faults.failNextCommit',
    wrong: 'time',
    meant: 'times',
    give: (_, options) => onTestHost(async (host) => host.faults.failNextCommit(options)),
  },
  {
    api: 'crashEverywhere',
    wrong: 'prepared',
    meant: 'prepare',
    give: (_, options) =>
      crashEverywhere({ register: good }, { act: async () => {}, check: async () => {}, ...options }),
  },
  {
    api: 'runOperation',
    wrong: 'states',
    meant: 'state',
    give: (_, options) => runOperation(Score, 'get', undefined, options),
  },
  {
    api: 'replay',
    wrong: 'registers',
    meant: 'register',
    give: (_, options) =>
      onTestHost(async (host) => {
        const run = await host.client.startNew(waiter);
        return replay(await host.history(run), waiter, options);
      }),
  },
  {
    api: 'readHistory',
    wrong: 'tableprefix',
    meant: 'tablePrefix',
    give: (_, options) => readHistory('no-such-folder/hub.db', 'run-1', options),
  },
];

async function onTestHost(use: (host: TestHost) => Promise<unknown>): Promise<void> {
  await using host = await TestHost.start({ register: good });
  await use(host);
}

describe('unknown options', () => {
  let world: World;
  beforeEach(() => {
    world = new World({ storage: 'memory', evict: false });
  });
  afterEach(() => world.end());

  for (const entrance of clientEntrances) {
    it(`O6: ${entrance.api} refuses the option ${entrance.wrong} and names the nearest one`, async () => {
      const client = await world.start(good);
      refused(await answerOf(() => entrance.give(client, { [entrance.wrong]: 1 })), entrance);
      expect(await client.callEntity(same, 'get'), 'what was applied').to.equal(
        entrance.api === 'client.processed' ? 1 : 0,
      );
    });
  }

  for (const entrance of sharedEntrances) {
    it(`O6: ${entrance.api} of an entity refuses the option ${entrance.wrong} and names the nearest one`, async () => {
      const probe = defineEntity('Probe', { effects: 'none' }, (context) => {
        try {
          entrance.give(context, { [entrance.wrong]: 1 });
          return 'accepted';
        } catch (error) {
          return told(error);
        }
      });
      const client = await world.start([...good, probe]);
      refused(await client.callEntity<Told>(new EntityId('Probe', 'a'), 'try'), entrance);
      expect(await client.callEntity(same, 'get'), 'what was applied').to.equal(0);
    });
  }

  for (const entrance of orchestrationEntrances) {
    it(`O6: ${entrance.api} of an orchestration refuses the option ${entrance.wrong} and names the nearest one`, async () => {
      const probe = defineOrchestration('Probe', async (context) => {
        try {
          await entrance.give(context, { [entrance.wrong]: 1 });
          return 'accepted';
        } catch (error) {
          return told(error);
        }
      });
      const client = await world.start([...good, probe]);
      const run = await client.startNew(probe);
      refused(await run.result(), entrance);
      expect(await client.callEntity(same, 'get'), 'what was applied').to.equal(0);
    });
  }

  for (const entrance of definitionEntrances) {
    it(`O6: ${entrance.api} refuses the option ${entrance.wrong} and names the nearest one`, async () => {
      refused(await answerOf(() => entrance.give(undefined, { [entrance.wrong]: 1 })), entrance);
    });
  }

  it('O6: an option that resembles none is refused with the list of all options', async () => {
    const client = await world.start(good);
    const answer = (await answerOf(() =>
      loose(client)['callEntity']!(same, 'get', undefined, { 'zzzzzzzzzzzz\n': 1 }),
    )) as Told;
    expect(answer.message).to.equal('Invalid options: there is no option "zzzzzzzzzzzz\\n".');
    expect(answer.hint).to.equal('The options are: timeout, requestId, retry, consistency.');
  });

  it('O6: an option whose name is inherited by every object is unknown', async () => {
    const client = await world.start(good);
    for (const name of ['toString', 'constructor', '__proto__']) {
      const options = Object.defineProperty({}, name, { value: 1, enumerable: true });
      const answer = await answerOf(() => loose(client)['signalEntity']!(same, 'add', 1, options));
      expect((answer as Told).message).to.contain(JSON.stringify(name));
    }
  });

  it('O6: an option name of a megabyte is refused at once and cut in the message', async () => {
    const client = await world.start(good);
    const answer = (await answerOf(() =>
      loose(client)['signalEntity']!(same, 'add', 1, { ['x'.repeat(1_000_000)]: 1 }),
    )) as Told;
    expect(answer.code).to.equal('DE_INVALID_ARGUMENT');
    expect(answer.message.length).to.be.lessThan(300);
  });
});

describe('storage options', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'durable-entities-storage-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  for (const [api, open] of [
    ['DurableHost.start', (storage: never) => DurableHost.start({ storage, register: good })],
    ['DurableClient.connect', (storage: never) => DurableClient.connect({ storage })],
  ] as const) {
    it(`T14: ${api} refuses DataSource options without effect, names all of them, and makes no file`, async () => {
      const database = join(folder, 'hub.db');
      const answer = (await answerOf(() =>
        open({ type: 'sqlite', database, entityPrefix: 'app_', flags: 1, key: 'secret' } as never),
      )) as Told;
      expect(answer.code).to.equal('DE_INVALID_ARGUMENT');
      for (const name of ['entityPrefix', 'flags', 'key']) expect(answer.message).to.contain(JSON.stringify(name));
      expect(answer.message).not.to.contain('secret');
      expect(await readdir(folder)).to.deep.equal([]);
    });
  }

  it('T14: DurableHost.start takes the type and the file, and DataSource options that are undefined', async () => {
    const database = join(folder, 'hub.db');
    const storage = { type: 'sqlite', database, key: undefined } as const;
    await using host = await DurableHost.start({ storage, register: good });
    expect(await host.client.callEntity(same, 'add')).to.equal(1);
    expect(await readdir(folder)).to.include('hub.db');
  });

  it("T14: a database ':memory:' of type sqlite is refused with the way to ask for memory", async () => {
    const storage = { type: 'sqlite', database: ':memory:' } as const;
    const answer = (await answerOf(() => DurableHost.start({ storage, register: good }))) as Told;
    expect(answer.code).to.equal('DE_INVALID_ARGUMENT');
    expect(answer.hint).to.equal("Give storage: ':memory:'.");
  });
});
