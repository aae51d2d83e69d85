import { expect } from 'chai';
import { EntityId, type DurableClient, type RunHandle } from '../../../src/index.js';
import { World } from '../world.js';
import { answerOf, good, objection, proveUnharmed, refuses, waiter, within, type Row } from './proof.js';
import * as bad from './values.js';

const argument = 'DE_INVALID_ARGUMENT';

/** The parameters of the methods of run handles. */
const rows: readonly Row<RunHandle>[] = [
  ...(['result', 'suspend', 'resume', 'restart', 'purge'] as const).flatMap((method): Row<RunHandle>[] => {
    const give = (run: RunHandle, options: never): unknown =>
      method === 'suspend' ? run.suspend('for now', options) : run[method](options);
    return [
      {
        api: `run.${method}`,
        parameter: 'options',
        code: argument,
        values: [...bad.notOptions, bad.throwingOption('timeout')],
        give,
      },
      {
        api: `run.${method}`,
        parameter: 'a timeout',
        code: argument,
        values: bad.notDurations,
        give: (run, timeout) => give(run, { timeout } as never),
      },
    ];
  }),
  {
    api: 'run.restart',
    parameter: 'newInstanceId',
    code: argument,
    values: bad.notTexts.filter(({ what }) => what !== 'true'),
    give: (run, newInstanceId) => run.restart({ newInstanceId }),
  },
  ...(['terminate', 'suspend', 'rewind'] as const).flatMap((method): Row<RunHandle>[] => [
    {
      api: `run.${method}`,
      parameter: 'a reason',
      code: argument,
      values: bad.notTexts,
      give: (run, reason) => run[method](reason),
    },
    {
      api: `run.${method}`,
      parameter: 'a reason',
      code: 'DE_LIMIT_EXCEEDED',
      values: bad.tooLarge.slice(0, 1),
      give: (run, reason) => run[method](reason),
    },
    {
      api: `run.${method}`,
      parameter: 'options',
      code: argument,
      values: bad.notOptions,
      give: (run, options) => run[method]('enough', options),
    },
  ]),
  {
    api: 'run.raiseEvent',
    parameter: 'a name',
    code: argument,
    values: bad.notNames,
    give: (run, name) => run.raiseEvent(name),
  },
  {
    api: 'run.raiseEvent',
    parameter: 'an event',
    code: 'DE_SERIALIZATION',
    values: bad.unsendable,
    give: (run, event) => run.raiseEvent('go', event),
  },
  {
    api: 'run.raiseEvent',
    parameter: 'an event',
    code: 'DE_LIMIT_EXCEEDED',
    values: bad.tooLarge,
    give: (run, event) => run.raiseEvent('go', event),
  },
  {
    api: 'run.raiseEvent',
    parameter: 'options',
    code: argument,
    values: bad.notOptions,
    give: (run, options) => run.raiseEvent('go', 1, options),
  },
  {
    api: 'run.waitForStatus',
    parameter: 'a predicate',
    code: argument,
    values: bad.notFunctions,
    give: (run, predicate) => run.waitForStatus(predicate),
  },
  {
    api: 'run.waitForStatus',
    parameter: 'options',
    code: argument,
    values: bad.notOptions,
    give: (run, options) => run.waitForStatus(() => true, options),
  },
  {
    api: 'run.waitForStatus',
    parameter: 'a timeout',
    code: argument,
    values: bad.notDurations,
    give: (run, timeout) => run.waitForStatus(() => true, { timeout }),
  },
];

const setting = { storage: 'memory', evict: false } as const;

describe('bad input to a run handle is refused at the call, and the run goes on', () => {
  refuses(
    rows,
    setting,
    async (world, row, value) => {
      const run = await world.client.startNew(waiter);
      await run.waitForStatus(({ runtimeStatus }) => runtimeStatus === 'running');
      const answer = await answerOf(() => row.give(run, value as never));
      // The run has seen nothing of it.
      expect((await run.status())?.runtimeStatus).to.equal('running');
      await within('a good event', run.raiseEvent('go', 'came'));
      expect(await within('the result', run.result())).to.equal('came');
      return answer;
    },
    good,
  );
});

type Command = readonly [name: string, use: (run: RunHandle) => Promise<unknown>];
const commands: readonly Command[] = [
  ['result', (run) => run.result()],
  ['waitForStatus', (run) => run.waitForStatus(() => false)],
  ['raiseEvent', (run) => run.raiseEvent('go')],
  ['terminate', (run) => run.terminate()],
  ['suspend', (run) => run.suspend()],
  ['resume', (run) => run.resume()],
  ['rewind', (run) => run.rewind()],
  ['restart', (run) => run.restart()],
  ['restart under a new id', (run) => run.restart({ newInstanceId: true })],
  ['purge', (run) => run.purge()],
];

describe('a run that is not there, or over', () => {
  const notFound = 'DE_ORCHESTRATION_NOT_FOUND';
  const places: Readonly<Record<string, (client: DurableClient) => Promise<RunHandle>>> = {
    'never was': async (client) => client.run('Waiter', 'nobody'),
    'was purged': async (client) => {
      const run = await client.startNew(waiter);
      await run.terminate();
      await run.purge();
      return run;
    },
  };
  for (const [place, make] of Object.entries(places)) {
    for (const [name, use] of commands) {
      it(`that ${place} is told at ${name}`, async () => {
        const world = new World(setting);
        const client = await world.start(good);
        const answer = await answerOf(async () => use(await make(client)));
        expect(objection(answer, notFound)).to.equal(undefined);
        await proveUnharmed(world);
      });
    }
    it(`that ${place} has no status`, async () => {
      const world = new World(setting);
      const client = await world.start(good);
      expect(await (await make(client)).status()).to.equal(undefined);
      await proveUnharmed(world);
    });
  }

  const afterwards: Readonly<Record<string, string>> = {
    result: 'accepted',
    waitForStatus: notFound,
    raiseEvent: notFound,
    terminate: notFound,
    suspend: notFound,
    resume: notFound,
    rewind: 'DE_REWIND_NOT_POSSIBLE',
    restart: 'accepted',
    'restart under a new id': 'accepted',
    purge: 'accepted',
  };
  for (const [name, use] of commands) {
    it(`that has completed answers ${name} with ${afterwards[name]}`, async () => {
      const world = new World(setting);
      const client = await world.start(good);
      const run = await client.startNew(waiter);
      await run.raiseEvent('go', 'came');
      await run.result();
      const answer = await answerOf(() => use(run));
      if (afterwards[name] === 'accepted') expect(answer).to.equal('accepted');
      else expect(objection(answer, afterwards[name] as string)).to.equal(undefined);
      await proveUnharmed(world);
    });
  }

  const whileRunning: Readonly<Record<string, string>> = {
    rewind: 'DE_REWIND_NOT_POSSIBLE',
    restart: 'DE_INVALID_OPERATION',
    purge: 'DE_INVALID_OPERATION',
  };
  for (const [name, code] of Object.entries(whileRunning)) {
    it(`a run that has not ended answers ${name} with ${code}`, async () => {
      const world = new World(setting);
      const client = await world.start(good);
      const run = await client.startNew(waiter);
      const use = commands.find(([command]) => command === name)?.[1] as Command[1];
      expect(objection(await answerOf(() => use(run)), code)).to.equal(undefined);
      await run.raiseEvent('go', 'came');
      expect(await within('the result', run.result())).to.equal('came');
      await proveUnharmed(world);
    });
  }

  it('waitForStatus rejects with the error that its predicate throws', async () => {
    const world = new World(setting);
    const client = await world.start(good);
    const run = await client.startNew(waiter);
    const answer = await answerOf(() =>
      run.waitForStatus(() => {
        throw new RangeError('mine');
      }),
    );
    expect(answer).to.include({ name: 'RangeError, not ours', message: 'mine' });
    await proveUnharmed(world);
  });

  it('an entity is no run, whatever is asked of it', async () => {
    const world = new World(setting);
    const client = await world.start(good);
    await client.callEntity(new EntityId('Tally', 'third'), 'add');
    const answer = await answerOf(() => client.run('Waiter', '@tally@third'));
    expect(objection(answer, 'DE_INVALID_ARGUMENT')).to.equal(undefined);
    await proveUnharmed(world);
  });
});
