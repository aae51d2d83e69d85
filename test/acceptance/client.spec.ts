import { expect } from 'chai';
import {
  type DurableError,
  defineActivity,
  defineEntity,
  defineOrchestration,
  EntityId,
  HostStoppedError,
  InstanceAlreadyExistsError,
  OrchestrationFailedError,
  OrchestrationNotFoundError,
  OrchestrationTerminatedError,
  TimeoutError,
  type DurableClient,
} from '../../src/index.js';
import {
  ClientInsideTurnError,
  InvalidArgumentError,
  InvalidOperationError,
  RequestIdReusedError,
  SerializationError,
  UnknownOrchestrationError,
} from '../../src/errors/index.js';
import { acceptance, allSettings, twoSettings } from './variants.js';
import { eventually, expectError, fresh, Gate, refusal, thrownByOperation } from './world.js';

const id = (key: string) => new EntityId('Counter', key);
const runsOf = new Map<string, number>();

const counter = defineEntity('Counter', { effects: 'none' }, (context) => {
  const value = context.getState(() => 0);
  switch (context.operationName) {
    case 'add': {
      runsOf.set(context.entityKey, (runsOf.get(context.entityKey) ?? 0) + 1);
      const next = value + context.getInput<number>();
      context.setState(next);
      return next;
    }
    case 'fail':
      throw new TypeError('never again');
    default:
      return value;
  }
});

const gates = new Map<string, Gate>();
const slow = defineEntity('Slow', async (context) => {
  if (context.operationName === 'wait') await gates.get(context.getInput<string>())?.pass();
  context.setState(context.getState(() => 0) + 1);
  return context.getState();
});

const echo = defineOrchestration('Echo', async (_context, input: unknown) => input);
const waiter = defineOrchestration('Waiter', async (context, input: unknown) => [
  input,
  await context.waitForExternalEvent('go'),
]);
const failing = defineOrchestration('Failing', async (context, text: string) => {
  await context.createTimer(0);
  throw Object.assign(new RangeError(text), { detail: { n: 1n } });
});

const all = [counter, slow, echo, waiter, failing];

acceptance('client: entities', allSettings, (world) => {
  let key: string;
  beforeEach(() => {
    key = fresh('key');
  });

  it('S89 S90 S185 read state tells a missing entity from an empty one', async () => {
    const client = await world().start(all);
    expect(await client.readEntityState(id(key))).to.deep.equal({ entityExists: false, entityState: undefined });
    await client.callEntity(id(key), 'get');
    expect(await client.readEntityState(id(key))).to.deep.equal({ entityExists: true, entityState: 0 });
  });

  it('S82 S84 a failing signal rejects nobody, and later signals are applied', async () => {
    const client = await world().start(all);
    await client.signalEntity(id(key), 'fail');
    await client.signalEntity(id(key), 'add', 2);
    const failed = await world().failedSignal('fail');
    expect(failed.error.cause).to.include({ name: 'TypeError', message: 'never again' });
    expect(await client.callEntity(id(key), 'get')).to.equal(2);
  });

  it('S80 callEntity: a timeout cancels nothing, and the repeat with the same requestId gets the answer', async () => {
    const client = await world().start(all);
    const gate = new Gate();
    gates.set(key, gate);
    const slowId = new EntityId('Slow', key);
    const options = { requestId: 'call-1', timeout: 20 } as const;
    const error = await refusal(client.callEntity(slowId, 'wait', key, options), TimeoutError, 'DE_TIMEOUT');
    expect(error.timeoutMs).to.equal(20);
    const again = client.callEntity(slowId, 'wait', key, { requestId: 'call-1' });
    gate.open();
    expect(await again).to.equal(1);
    expect(await client.callEntity(slowId, 'wait', key, { requestId: 'call-1' })).to.equal(1);
    expect((await client.readEntityState(slowId)).entityState).to.equal(1);
  });

  it('requestId: a repeated signal takes effect once, at the same time, later, and after a restart', async () => {
    let client = await world().start(all);
    const send = (requestId: string) => client.signalEntity(id(key), 'add', 1, { requestId });
    await Promise.all([send('a'), send('a'), send('a'), send('b')]);
    await send('a');
    expect(await client.callEntity(id(key), 'get')).to.equal(2);
    client = await world().restart();
    await send('a');
    await send('c');
    expect(await client.callEntity(id(key), 'get')).to.equal(3);
  });

  it('requestId: a repeated call gets the first answer, a failed one its failure, also after a restart', async () => {
    let client = await world().start(all);
    const add = (requestId: string) => client.callEntity(id(key), 'add', 1, { requestId });
    expect(await Promise.all([add('a'), add('a'), add('a')])).to.deep.equal([1, 1, 1]);
    expect(await add('b')).to.equal(2);
    expect(await add('a')).to.equal(1);
    const first = await thrownByOperation(client.callEntity(id(key), 'fail', undefined, { requestId: 'f' }));
    expect(first.name).to.equal('TypeError');
    expect(runsOf.get(key)).to.equal(2);
    client = await world().restart();
    expect(await add('a')).to.equal(1);
    const again = await thrownByOperation(client.callEntity(id(key), 'fail', undefined, { requestId: 'f' }));
    expect(again.message).to.equal('never again');
    expect(await client.callEntity(id(key), 'get')).to.equal(2);
  });

  it('requestId: another content under it is a RequestIdReusedError and changes nothing', async () => {
    let client = await world().start(all);
    await client.signalEntity(id(key), 'add', 1, { requestId: 'r' });
    const others = (): (() => Promise<unknown>)[] => [
      () => client.signalEntity(id(key), 'add', 2, { requestId: 'r' }),
      () => client.signalEntity(id(key), 'other', 1, { requestId: 'r' }),
      () => client.signalEntity(id(key), 'add', undefined, { requestId: 'r' }),
      () => client.callEntity(id(key), 'add', 1, { requestId: 'r' }),
      () => client.signalEntity(id(key), 'add', 1, { requestId: 'r', scheduledTime: Date.now() + 60_000 }),
    ];
    for (const attempt of others()) {
      const error = await refusal(attempt, RequestIdReusedError, 'DE_REQUEST_ID_REUSED');
      expect(error.requestId).to.equal('r');
    }
    client = await world().restart();
    for (const attempt of others()) await refusal(attempt, RequestIdReusedError, 'DE_REQUEST_ID_REUSED');
    expect(await client.callEntity(id(key), 'get')).to.equal(1);
    await client.signalEntity(id(`${key}-other`), 'add', 5, { requestId: 'r' });
    expect(await client.callEntity(id(`${key}-other`), 'get'), 'it is per entity').to.equal(5);
  });

  it('requestId: equal content is the same, whatever the order of its keys', async () => {
    const client = await world().start([
      defineEntity('Counter', (context) => {
        context.setState(context.getState(() => 0) + 1);
        return context.getState();
      }),
    ]);
    expect(await client.callEntity(id(key), 'go', { a: 1, b: { c: 2, d: 3 } }, { requestId: 'r' })).to.equal(1);
    expect(await client.callEntity(id(key), 'go', { b: { d: 3, c: 2 }, a: 1 }, { requestId: 'r' })).to.equal(1);
    await refusal(
      client.callEntity(id(key), 'go', { a: 1, b: { c: 3, d: 2 } }, { requestId: 'r' }),
      RequestIdReusedError,
      'DE_REQUEST_ID_REUSED',
    );
  });

  it('requestId: an empty or oversized one is an InvalidArgumentError', async () => {
    const client = await world().start(all);
    for (const requestId of ['', 'x'.repeat(513), 'a\0', 7 as unknown as string, null as unknown as string]) {
      await refusal(client.signalEntity(id(key), 'add', 1, { requestId }), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
      await refusal(client.callEntity(id(key), 'add', 1, { requestId }), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    }
    await client.signalEntity(id(key), 'add', 1, { requestId: 'x'.repeat(512) });
    expect(await client.callEntity(id(key), 'get')).to.equal(1);
  });

  it('bad options are InvalidArgumentErrors, rejected and not thrown, and nothing is sent', async () => {
    const client = await world().start(all);
    for (const attempt of [
      () => client.signalEntity(id(key), 'add', 1, { scheduledTime: new Date(Number.NaN) }),
      () => client.signalEntity(id(key), 'add', 1, { scheduledTime: 'soon' as never }),
      () => client.callEntity(id(key), 'add', 1, { timeout: -1 }),
      () => client.callEntity(id(key), 'add', 1, { timeout: 'soon' as never }),
    ]) {
      await refusal(attempt, InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    }
    expect((await client.readEntityState(id(key))).entityExists).to.equal(false);
  });

  it('S20 calls and signals of one client to one entity keep their order', async () => {
    const client = await world().start(all);
    const answers: Promise<unknown>[] = [];
    for (let i = 0; i < 20; i++) {
      void client.signalEntity(id(key), 'add', 1);
      answers.push(client.callEntity(id(key), 'add', 1));
    }
    expect(await Promise.all(answers)).to.deep.equal(Array.from({ length: 20 }, (_, i) => 2 * i + 2));
  });

  it('S95 the client works in plain code, without any ambient context', async () => {
    const client = await world().start(all);
    const result = await new Promise((resolve) => {
      setImmediate(() => void client.callEntity(id(key), 'add', 3).then(resolve));
    });
    expect(result).to.equal(3);
  });
});

acceptance('client: orchestrations', twoSettings, (world) => {
  it('a run gives its result, to any number of waiters, during and after, and by a handle of its own', async () => {
    const client = await world().start(all);
    const run = await client.startNew(echo, { input: { a: 1n, when: new Date(5) } });
    const results = await Promise.all([run.result(), run.result(), client.run(echo, run.instanceId).result()]);
    for (const result of results) expect(result).to.deep.equal({ a: 1n, when: new Date(5) });
    expect(await client.run('Echo', run.instanceId).result({ timeout: '2 minutes' })).to.deep.equal({
      a: 1n,
      when: new Date(5),
    });
  });

  it('status tells name, input, output, custom status, times and runtime status', async () => {
    const client = await world().startMoved(all);
    world().pass('1 day');
    const startedMs = world().now;
    const run = await client.startNew(waiter, { input: { n: 1 } });
    const running = await run.status();
    expect(running).to.deep.include({
      instanceId: run.instanceId,
      name: 'Waiter',
      runtimeStatus: 'running',
      input: { n: 1 },
      output: undefined,
      error: undefined,
    });
    expect(running?.createdAt.getTime()).to.be.closeTo(startedMs, 3_600_000);
    await run.raiseEvent('go', 2);
    await run.result();
    const done = await run.status();
    expect(done).to.deep.include({ runtimeStatus: 'completed', output: [{ n: 1 }, 2] });
    expect(done!.lastUpdatedAt.getTime()).to.be.at.least(done!.createdAt.getTime());
  });

  it('a failed run is an OrchestrationFailedError with the rebuilt cause, in result and status', async () => {
    const client = await world().start(all);
    const run = await client.startNew(failing, { input: 'too much' });
    const error = await refusal(run.result(), OrchestrationFailedError, 'DE_ORCHESTRATION_FAILED');
    expect(error.is('RangeError')).to.equal(true);
    expect(error.cause).to.include({ name: 'RangeError', message: 'too much' });
    expect(error.cause).to.have.deep.property('detail', { n: 1n });
    expect(error.instanceId).to.equal(run.instanceId);
    const status = await run.status();
    expect(status?.runtimeStatus).to.equal('failed');
    expect(status?.error).to.include({ name: 'RangeError', message: 'too much' });
  });

  it('result rejects with TimeoutError after its timeout, and the run continues', async () => {
    const client = await world().start(all);
    const run = await client.startNew(waiter);
    await refusal(run.result({ timeout: 10 }), TimeoutError, 'DE_TIMEOUT');
    await run.raiseEvent('go', 'on');
    expect(await run.result()).to.deep.equal([undefined, 'on']);
  });

  it('start by id: the same input gives the same run, while it runs and after it ended', async () => {
    let client = await world().start(all);
    const instanceId = fresh('order');
    const input = { order: 7, lines: ['a'] };
    const [first, second] = await Promise.all([
      client.startNew(waiter, { instanceId, input }),
      client.startNew(waiter, { instanceId, input: { lines: ['a'], order: 7 } }),
    ]);
    expect(second.instanceId).to.equal(first.instanceId);
    await first.raiseEvent('go', 1);
    await first.result();
    client = await world().restart();
    const third = await client.startNew(waiter, { instanceId, input });
    expect(await third.result()).to.deep.equal([input, 1]);
  });

  it('start by id: another input or another orchestration is an InstanceAlreadyExistsError, and the run is untouched', async () => {
    const client = await world().start(all);
    const instanceId = fresh('order');
    const run = await client.startNew(waiter, { instanceId, input: 1 });
    const attempts = () => [
      () => client.startNew(waiter, { instanceId, input: 2 }),
      () => client.startNew(waiter, { instanceId }),
      () => client.startNew(echo, { instanceId, input: 1 }),
    ];
    for (const attempt of attempts()) {
      const error = await refusal(attempt, InstanceAlreadyExistsError, 'DE_INSTANCE_EXISTS');
      expect(error.instanceId).to.equal(instanceId);
    }
    await run.raiseEvent('go', 'x');
    expect(await run.result()).to.deep.equal([1, 'x']);
    for (const attempt of attempts()) await refusal(attempt, InstanceAlreadyExistsError, 'DE_INSTANCE_EXISTS');
  });

  it('purge removes a run that has ended, and its id can be used again; while it runs it is refused', async () => {
    const client = await world().start(all);
    const instanceId = fresh('order');
    const run = await client.startNew(waiter, { instanceId, input: 1 });
    await refusal(run.purge(), InvalidOperationError, 'DE_INVALID_OPERATION');
    await run.raiseEvent('go', 1);
    await run.result();
    await run.purge();
    expect(await run.status()).to.equal(undefined);
    await refusal(run.result(), OrchestrationNotFoundError, 'DE_ORCHESTRATION_NOT_FOUND');
    await refusal(run.purge(), OrchestrationNotFoundError, 'DE_ORCHESTRATION_NOT_FOUND');
    const next = await client.startNew(echo, { instanceId, input: 'other' });
    expect(await next.result()).to.equal('other');
  });

  it('terminate ends a run; its result is an OrchestrationTerminatedError with the reason', async () => {
    const client = await world().start(all);
    const run = await client.startNew(waiter);
    const result = refusal(run.result(), OrchestrationTerminatedError, 'DE_ORCHESTRATION_TERMINATED');
    await run.terminate('enough');
    expect((await result).reason).to.equal('enough');
    expect((await run.status())?.runtimeStatus).to.equal('terminated');
    await refusal(run.raiseEvent('go', 1), OrchestrationNotFoundError, 'DE_ORCHESTRATION_NOT_FOUND');
    await refusal(run.terminate('again'), OrchestrationNotFoundError, 'DE_ORCHESTRATION_NOT_FOUND');
    const plain = await client.startNew(waiter);
    await plain.terminate();
    expect(
      (await refusal(plain.result(), OrchestrationTerminatedError, 'DE_ORCHESTRATION_TERMINATED')).reason,
    ).to.equal(undefined);
  });

  it('a missing run: status is undefined, everything else OrchestrationNotFoundError', async () => {
    const client = await world().start(all);
    const run = client.run(echo, fresh('missing'));
    expect(await run.status()).to.equal(undefined);
    for (const attempt of [() => run.result(), () => run.raiseEvent('x'), () => run.terminate(), () => run.purge()]) {
      const error = await refusal(attempt, OrchestrationNotFoundError, 'DE_ORCHESTRATION_NOT_FOUND');
      expect(error.instanceId).to.equal(run.instanceId);
    }
    const ended = await client.startNew(echo);
    await ended.result();
    await refusal(ended.raiseEvent('x'), OrchestrationNotFoundError, 'DE_ORCHESTRATION_NOT_FOUND');
  });

  it('run handles refuse invalid input with typed rejections, and the run continues', async () => {
    const client = await world().start(all);
    await refusal(client.startNew('Nobody'), UnknownOrchestrationError, 'DE_UNKNOWN_ORCHESTRATION');
    await refusal(client.startNew(echo, { input: () => 1 }), SerializationError, 'DE_SERIALIZATION');
    for (const wrong of [undefined, null, 7, {}, counter, class {}]) {
      await refusal(client.startNew(wrong as never), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    }
    const run = await client.startNew(waiter);
    await refusal(run.raiseEvent(''), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    await refusal(
      run.raiseEvent('go', () => 1),
      SerializationError,
      'DE_SERIALIZATION',
    );
    await refusal(run.terminate(7 as never), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    await refusal(run.result({ timeout: 'soon' as never }), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    await run.raiseEvent('go', null);
    expect(await run.result()).to.deep.equal([undefined, null]);
  });

  it('S51 a run that a committed operation has started can be awaited at once', async () => {
    const starter = defineEntity('Starter', { effects: 'none' }, (context) =>
      context.startNewOrchestration(echo, { input: 5 }),
    );
    const client = await world().start([...all, starter]);
    for (let i = 0; i < 5; i++) {
      const started = await client.callEntity<string>(new EntityId('Starter', String(i)), 'go');
      expect(await client.run(echo, started).result()).to.equal(5);
    }
  });

  it('a run started by startNew has a status at once', async () => {
    const client = await world().start(all);
    for (let i = 0; i < 5; i++) {
      const run = await client.startNew(waiter);
      expect((await run.status())?.runtimeStatus).to.equal('running');
      await run.terminate();
    }
  });
});

acceptance('client: where it may be used', twoSettings, (world) => {
  const users = (client: () => DurableClient): [name: string, use: () => Promise<unknown>, waits: boolean][] => [
    ['signalEntity', () => client().signalEntity(id('x'), 'add', 1), false],
    ['callEntity', () => client().callEntity(id('x'), 'get'), true],
    ['readEntityState', () => client().readEntityState(id('x')), false],
    ['startNew', () => client().startNew(echo), false],
    ['result', () => client().run(echo, 'x').result(), true],
    ['status', () => client().run(echo, 'x').status(), false],
    ['raiseEvent', () => client().run(echo, 'x').raiseEvent('go'), false],
    ['terminate', () => client().run(echo, 'x').terminate(), false],
    ['purge', () => client().run(echo, 'x').purge(), false],
    ['suspend', () => client().run(echo, 'x').suspend(), false],
    ['resume', () => client().run(echo, 'x').resume(), false],
    ['rewind', () => client().run(echo, 'x').rewind(), false],
    ['restart', () => client().run(echo, 'x').restart(), false],
    [
      'waitForStatus',
      () =>
        client()
          .run(echo, 'x')
          .waitForStatus(() => true),
      true,
    ],
    ['queryEntities', async () => client().queryEntities(), false],
    ['queryRuns', async () => client().queryRuns(), false],
    ['purgeRuns', () => client().purgeRuns(), false],
    ['entityStatus', () => client().entityStatus(id('x')), false],
  ];
  const codes = async (uses: [string, () => Promise<unknown>, boolean][]): Promise<unknown[]> => {
    const seen: unknown[] = [];
    for (const [name, use] of uses) {
      seen.push(
        await use().then(
          () => `${name}: fine`,
          (error: unknown) => (error as ClientInsideTurnError).code,
        ),
      );
    }
    return seen;
  };

  it('inside an orchestrator every method is a ClientInsideTurnError', async () => {
    const inside = defineOrchestration('Inside', async (context) => {
      const seen = await codes(users(() => world().client));
      await context.createTimer(0);
      return seen;
    });
    const client = await world().start([...all, inside]);
    const seen = await (await client.startNew(inside)).result();
    expect(seen).to.deep.equal(users(() => client).map(() => 'DE_CLIENT_INSIDE_TURN'));
  });

  it('inside an operation of a `none` entity every method is a ClientInsideTurnError', async () => {
    const inside = defineEntity('Inside', { effects: 'none' }, () => codes(users(() => world().client)));
    const client = await world().start([...all, inside]);
    const seen = await client.callEntity(new EntityId('Inside', 'k'), 'go');
    expect(seen).to.deep.equal(users(() => client).map(() => 'DE_CLIENT_INSIDE_TURN'));
  });

  it('S80 S170 inside an operation of an external entity sends are allowed; waiting is an InvalidOperationError', async () => {
    const inside = defineEntity('Inside', async () => {
      const client = world().client;
      await client.signalEntity(id('from inside'), 'add', 4, { requestId: 'once' });
      const run = await client.startNew(echo, { instanceId: 'from-inside', input: 1 });
      return codes([
        ['callEntity', () => client.callEntity(id('x'), 'get'), true],
        ['callEntity', () => client.callEntity(id('x'), 'get', undefined, { timeout: 100 }), true],
        ['result', () => run.result(), true],
        ['result', () => run.result({ timeout: 100 }), true],
      ]);
    });
    const client = await world().start([...all, inside]);
    const seen = await client.callEntity(new EntityId('Inside', 'k'), 'go');
    expect(seen).to.deep.equal(Array.from({ length: 4 }, () => 'DE_INVALID_OPERATION'));
    expect(await client.callEntity(id('from inside'), 'get')).to.equal(4);
    expect(await client.run(echo, 'from-inside').result()).to.equal(1);
  });

  it('inside an activity waiting needs a timeout', async () => {
    const act = defineActivity('Act', async () => {
      const client = world().client;
      await client.signalEntity(id('from activity'), 'add', 1);
      const run = await client.startNew(echo, { input: 2 });
      const refused = await codes([
        ['callEntity', () => client.callEntity(id('x'), 'get'), true],
        ['result', () => run.result(), true],
      ]);
      const allowed = [
        await client.callEntity(id('from activity'), 'get', undefined, { timeout: '2 minutes' }),
        await run.result({ timeout: '2 minutes' }),
      ];
      return [...refused, ...allowed];
    });
    const acts = defineOrchestration('Acts', async (context) => context.callActivity(act));
    const client = await world().start([...all, act, acts]);
    expect(await (await client.startNew(acts)).result()).to.deep.equal([
      'DE_INVALID_OPERATION',
      'DE_INVALID_OPERATION',
      1,
      2,
    ]);
  });

  it('S81 S82 S143 an orchestration context offers no read of state, an entity context no call and no lock', async () => {
    const tried = (context: object, member: string): unknown => {
      try {
        return (context as Record<string, () => unknown>)[member]!();
      } catch (error) {
        return (error as DurableError).code;
      }
    };
    const looks = defineOrchestration('Looks', async (context) => tried(context, 'readEntityState'));
    const entity = defineEntity('Looking', (context) =>
      ['callEntity', 'lock', 'callActivity'].map((member) => tried(context, member)),
    );
    const client = await world().start([looks, entity]);
    const refused = 'DE_INVALID_OPERATION';
    expect(await (await client.startNew(looks)).result()).to.equal(refused);
    const answers = await client.callEntity(new EntityId('Looking', 'k'), 'x');
    expect(answers).to.deep.equal([refused, refused, refused]);
  });
});

acceptance('stopping', allSettings, (world) => {
  it('after stop every method rejects with HostStoppedError, and so does a pending wait', async () => {
    const client = await world().start(all);
    const run = await client.startNew(waiter);
    const pendingResult = run.result();
    const caught = refusal(pendingResult, HostStoppedError, 'DE_HOST_STOPPED');
    await world().host.stop();
    await caught;
    for (const attempt of [
      () => client.signalEntity(id('k'), 'add', 1),
      () => client.callEntity(id('k'), 'add', 1),
      () => client.readEntityState(id('k')),
      () => client.startNew(echo),
      () => run.result(),
      () => run.status(),
      () => run.raiseEvent('go'),
      () => run.terminate(),
      () => run.purge(),
      () => run.suspend(),
      () => run.resume(),
      () => run.rewind(),
      () => run.restart(),
      () => run.restart({ newInstanceId: true }),
      () => run.waitForStatus(() => true),
      () => client.queryEntities().pages().next(),
      () => client.queryRuns().pages().next(),
      () => client.purgeRuns(),
      () => client.entityStatus(id('k')),
    ]) {
      await refusal(attempt, HostStoppedError, 'DE_HOST_STOPPED');
    }
    await world().host.stop();
  });

  it('the host applies messages that were acknowledged before or during stop, and no refused ones', async () => {
    const client = await world().start(all);
    let acknowledged = 0;
    let refused = 0;
    const sends = Array.from({ length: 200 }, (_, i) =>
      (i === 100 ? Promise.resolve(world().host.stop()) : client.signalEntity(id('k'), 'add', 1)).then(
        () => void (acknowledged += i === 100 ? 0 : 1),
        (error: unknown) => {
          expectError(error, HostStoppedError, 'DE_HOST_STOPPED');
          refused++;
        },
      ),
    );
    await Promise.all(sends);
    expect(acknowledged + refused).to.equal(199);
    const again = await world().restart();
    expect(await again.callEntity(id('k'), 'get')).to.equal(acknowledged);
  });

  it('a running external operation ends before the host does', async () => {
    const client = await world().start(all);
    const gate = new Gate();
    gates.set('stop', gate);
    const slowId = new EntityId('Slow', 'k');
    const answer = client.callEntity(slowId, 'wait', 'stop');
    await gate.entered;
    const stopped = world().host.stop();
    gate.open();
    await stopped;
    expect(await answer.catch((error: unknown) => (error as HostStoppedError).code)).to.be.oneOf([
      1,
      'DE_HOST_STOPPED',
    ]);
    const again = await world().restart();
    expect(await again.callEntity(slowId, 'count')).to.equal(2);
  });

  for (const reaction of ['ignores it', 'rejects with its reason']) {
    it(`an operation that does not end in stopTimeout is aborted by its signal, ${reaction}, and runs again with the next host`, async () => {
      const started = new Gate();
      let aborted = false;
      let attempts = 0;
      const stubborn = defineEntity('Stubborn', async (context) => {
        if (++attempts === 1) {
          await new Promise<void>((_resolve, reject) => {
            context.signal.addEventListener('abort', () => {
              aborted = true;
              if (reaction !== 'ignores it') reject(context.signal.reason as Error);
            });
            void started.pass();
          });
        }
        context.setState(context.getState(() => 0) + 1);
      });
      const client = await world().start([stubborn], { stopTimeout: 20 });
      const stubbornId = new EntityId('Stubborn', 'k');
      await client.signalEntity(stubbornId, 'go');
      await started.entered;
      await world().host.stop();
      expect(aborted).to.equal(true);
      const again = await world().restart();
      await again.signalEntity(stubbornId, 'go');
      await eventually(
        async () => ((await again.readEntityState(stubbornId)).entityState === 2 ? true : undefined),
        'the second attempt and the second signal',
      );
      expect(attempts).to.equal(3);
      expect(world().failedSignals).to.deep.equal([]);
    });
  }
});
