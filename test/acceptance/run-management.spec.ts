import { expect } from 'chai';
import {
  defineActivity,
  defineEntity,
  defineOrchestration,
  OrchestrationFailedError,
  OrchestrationNotFoundError,
  OrchestrationTerminatedError,
  TimeoutError,
  EntityId,
} from '../../src/index.js';
import { InvalidArgumentError, InvalidOperationError, RewindNotPossibleError } from '../../src/errors/index.js';
import { acceptance, allSettings } from './variants.js';
import { eventually, failure, fresh, refusal } from './world.js';

/** Keeps what came, in order. */
const collector = defineOrchestration('Collector', async (context, wanted: number) => {
  const seen: unknown[] = [];
  context.setCustomStatus('collecting');
  while (seen.length < wanted) {
    seen.push(await context.waitForExternalEvent('item'));
    context.setCustomStatus(seen.length);
  }
  return seen;
});

const list = defineEntity('ManagedList', { effects: 'none' }, (context) => {
  const items = context.getState<string[]>(() => []);
  if (context.operationName === 'append') context.setState([...items, context.getInput<string>()]);
  return items;
});
const listId = (key: string) => new EntityId('ManagedList', key);

acceptance('managing runs: suspend and resume', allSettings, (world) => {
  it('a suspended run takes no turn; what comes meanwhile is taken after the resume, in its order', async () => {
    const client = await world().start([collector]);
    const run = await client.startNew(collector, { input: 4, instanceId: fresh() });
    await run.raiseEvent('item', 1);
    await run.suspend('lunch');
    const status = await run.status();
    expect([status?.runtimeStatus, status?.reason]).to.deep.equal(['suspended', 'lunch']);
    await run.raiseEvent('item', 2);
    await run.raiseEvent('item', 3);
    await run.raiseEvent('item', 4);
    const still = await run.status();
    expect([still?.runtimeStatus, still?.customStatus]).to.deep.equal(['suspended', 1]);
    await refusal(run.result({ timeout: 20 }), TimeoutError, 'DE_TIMEOUT');
    await run.resume();
    expect(await run.result()).to.deep.equal([1, 2, 3, 4]);
    expect((await run.status())?.reason).to.equal(undefined);
  });

  it('suspending and resuming again changes nothing; commands keep their order although nobody awaits them', async () => {
    const client = await world().start([collector]);
    const run = await client.startNew(collector, { input: 2, instanceId: fresh() });
    await Promise.all([
      run.raiseEvent('item', 'a'),
      run.suspend(),
      run.suspend(),
      run.resume(),
      run.resume(),
      run.suspend('last'),
    ]);
    expect((await run.status())?.runtimeStatus).to.equal('suspended');
    await Promise.all([run.resume(), run.raiseEvent('item', 'b')]);
    expect(await run.result()).to.deep.equal(['a', 'b']);
  });

  it('results and timers that come while it is suspended are taken after the resume', async () => {
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const slow = defineActivity('SlowOne', async () => {
      await gate;
      return 'done';
    });
    const waiter = defineOrchestration('TimerAndResult', async (context) => {
      const order: string[] = [];
      const timer = context.createTimer('1 hour').then(() => order.push('timer'));
      const result = context.callActivity(slow).then((text) => order.push(text));
      await Promise.all([timer, result]);
      return order;
    });
    const quick = defineActivity('QuickOne', async () => 'done');
    // The witness waits for a later event than the suspended run. When the witness ends, the event of the suspended run has come too.
    const witness = defineOrchestration('Witness', async (context, what: string) =>
      what === 'timer' ? context.createTimer('1 hour') : context.callActivity(quick),
    );
    const client = await world().startMoved([slow, quick, waiter, witness]);
    const run = await client.startNew(waiter, { instanceId: fresh() });
    await run.suspend();
    const timed = await client.startNew(witness, { input: 'timer' });
    await world().passUntil(timed.result(), '10 minutes');
    open();
    await (await client.startNew(witness, { input: 'activity' })).result();
    expect((await run.status())?.runtimeStatus).to.equal('suspended');
    await run.resume();
    expect(await run.result()).to.deep.equal(['timer', 'done']);
  });

  it('a suspended run can be terminated, and cannot be purged', async () => {
    const client = await world().start([collector]);
    const run = await client.startNew(collector, { input: 2, instanceId: fresh() });
    await run.suspend();
    await run.raiseEvent('item', 'never taken');
    const refused = await refusal(run.purge(), InvalidOperationError, 'DE_INVALID_OPERATION');
    expect(refused.message).to.include('suspended');
    await run.terminate('enough');
    await refusal(run.result(), OrchestrationTerminatedError, 'DE_ORCHESTRATION_TERMINATED');
    await run.purge();
    expect(await run.status()).to.equal(undefined);
  });

  it('S158 a suspended run holds its locks, and a terminated run releases them', async () => {
    const holder = defineOrchestration('Holder', async (context) => {
      const section = await context.lock(listId('held'));
      context.setCustomStatus('holding');
      await context.waitForExternalEvent('go');
      section.release();
    });
    const client = await world().start([holder, list]);
    const run = await client.startNew(holder, { instanceId: fresh() });
    await run.waitForStatus(({ customStatus }) => customStatus === 'holding');
    await run.suspend();
    await refusal(client.callEntity(listId('held'), 'get', undefined, { timeout: 30 }), TimeoutError, 'DE_TIMEOUT');
    await run.terminate();
    expect(await client.callEntity(listId('held'), 'get')).to.deep.equal([]);
  });

  it('commands to a run that is missing or has ended reject with OrchestrationNotFoundError', async () => {
    const client = await world().start([collector]);
    const missing = client.run(collector, fresh('missing'));
    const ended = await client.startNew(collector, { input: 0, instanceId: fresh() });
    await ended.result();
    for (const attempt of [
      () => missing.suspend(),
      () => missing.resume(),
      () => missing.rewind(),
      () => missing.restart(),
      () => missing.restart({ newInstanceId: true }),
      () => missing.waitForStatus(() => true),
      () => ended.suspend(),
      () => ended.resume(),
      () => ended.terminate(),
      () => ended.waitForStatus(() => false),
    ]) {
      await refusal(attempt(), OrchestrationNotFoundError, 'DE_ORCHESTRATION_NOT_FOUND');
    }
    for (const bad of [1, null, {}]) {
      await refusal(ended.suspend(bad as never), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
      await refusal(ended.rewind(bad as never), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    }
  });

  it('a repeated start of a suspended run is answered at once', async () => {
    const client = await world().start([collector]);
    const instanceId = fresh();
    const run = await client.startNew(collector, { input: 1, instanceId });
    await run.suspend();
    await run.raiseEvent('item', 1);
    await client.startNew(collector, { input: 1, instanceId });
    await failure(client.startNew(collector, { input: 2, instanceId }));
    await run.resume();
    expect(await run.result()).to.deep.equal([1]);
  });
});

acceptance('managing runs: suspend and restart of the host', allSettings, (world) => {
  it('a suspended run stays suspended, with all that waits for it', async () => {
    const client = await world().start([collector]);
    const instanceId = fresh();
    const run = await client.startNew(collector, { input: 3, instanceId });
    await run.raiseEvent('item', 1);
    await run.suspend('night');
    await run.raiseEvent('item', 2);
    const later = (await world().restart()).run(collector, instanceId);
    await later.raiseEvent('item', 3);
    expect((await later.status())?.reason).to.equal('night');
    expect((await later.status())?.customStatus).to.equal(1);
    await later.resume();
    expect(await later.result()).to.deep.equal([1, 2, 3]);
  });
});

acceptance('managing runs: waitForStatus', allSettings, (world) => {
  it('waitForStatus resolves with the present status or the first later one, and rejects if none will follow', async () => {
    const client = await world().start([collector]);
    const run = await client.startNew(collector, { input: 2, instanceId: fresh() });
    expect((await run.waitForStatus(({ runtimeStatus }) => runtimeStatus === 'running')).customStatus).to.equal(
      'collecting',
    );
    const second = run.waitForStatus(({ customStatus }) => customStatus === 1);
    const end = run.waitForStatus(({ runtimeStatus }) => runtimeStatus === 'completed');
    const never = failure(run.waitForStatus(() => false));
    await run.raiseEvent('item', 'x');
    expect((await second).runtimeStatus).to.equal('running');
    await run.raiseEvent('item', 'y');
    expect((await end).output).to.deep.equal(['x', 'y']);
    expect(await never).to.be.instanceOf(OrchestrationNotFoundError);
  });

  it('waitForStatus rejects with the error of its predicate, after its timeout, and when the run is purged', async () => {
    const client = await world().start([collector]);
    const run = await client.startNew(collector, { input: 1, instanceId: fresh() });
    const thrown = new Error('from the predicate');
    expect(
      await failure(
        run.waitForStatus(() => {
          throw thrown;
        }),
      ),
    ).to.equal(thrown);
    await refusal(
      run.waitForStatus(() => false, { timeout: 10 }),
      TimeoutError,
      'DE_TIMEOUT',
    );
    await refusal(run.waitForStatus(1 as never), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    const waiting = failure(run.waitForStatus(() => false));
    await Promise.all([run.terminate(), run.purge()]);
    expect(await waiting).to.be.instanceOf(OrchestrationNotFoundError);
  });
});

acceptance('managing runs: restart', allSettings, (world) => {
  it('restart starts an ended run under its own id with the same orchestration and input, and nothing else of the old run', async () => {
    const client = await world().start([collector]);
    const run = await client.startNew(collector, { input: 1, instanceId: fresh() });
    await refusal(run.restart(), InvalidOperationError, 'DE_INVALID_OPERATION');
    await run.raiseEvent('item', 'first');
    await run.result();
    const again = await run.restart();
    expect(again.instanceId).to.equal(run.instanceId);
    const status = await again.status();
    expect([status?.runtimeStatus, status?.output, status?.input]).to.deep.equal(['running', undefined, 1]);
    await again.raiseEvent('item', 'second');
    expect(await again.result()).to.deep.equal(['second']);
  });

  it('restart starts a run under a new id, also while the old run continues', async () => {
    const client = await world().start([collector]);
    const run = await client.startNew(collector, { input: 1, instanceId: fresh() });
    const second = await run.restart({ newInstanceId: true });
    expect(second.instanceId).not.to.equal(run.instanceId);
    await second.raiseEvent('item', 'to the second');
    expect(await second.result()).to.deep.equal(['to the second']);
    expect((await run.status())?.runtimeStatus).to.equal('running');
  });

  it('restart replaces a run that failed or was terminated', async () => {
    let fails = true;
    const moody = defineOrchestration('Moody', async (context) => {
      if (fails) throw new Error('bad day');
      await context.createTimer(1);
      return 'good day';
    });
    const client = await world().start([moody, collector]);
    const run = await client.startNew(moody, { instanceId: fresh() });
    await failure(run.result());
    fails = false;
    expect(await (await run.restart()).result()).to.equal('good day');
    const terminated = await client.startNew(collector, { input: 1, instanceId: fresh() });
    await terminated.terminate('why not');
    await terminated.restart();
    const status = await terminated.status();
    expect([status?.runtimeStatus, status?.reason]).to.deep.equal(['running', undefined]);
  });
});

acceptance('managing runs: rewind', allSettings, (world) => {
  const setUp = () => {
    const calls: string[] = [];
    const broken = new Set<string>();
    const step = defineActivity('Step', async (_, name: string) => {
      calls.push(name);
      if (broken.has(name)) throw new Error(`${name} is broken`);
      return `${name}!`;
    });
    return { calls, broken, step };
  };

  it('rewind repeats failed steps and keeps successful results', async () => {
    const { calls, broken, step } = setUp();
    const saga = defineOrchestration('Saga', async (context) => {
      const seen = [context.newGuid(), context.currentTime.getTime()];
      const first = await context.callActivity(step, 'one');
      context.signalEntity(listId('saga'), 'append', 'once');
      const size = (await context.callEntity<string[]>(listId('saga'), 'append', 'called')).length;
      const event = await context.waitForExternalEvent<string>('word');
      const parallel = await Promise.all(['two', 'three', 'four'].map((name) => context.callActivity(step, name)));
      return { seen, first, size, event, parallel };
    });
    const client = await world().start([saga, step, list]);
    const run = await client.startNew(saga, { instanceId: fresh() });
    broken.add('three');
    await run.raiseEvent('word', 'hello');
    await failure(run.result());
    await eventually(() => (calls.length === 4 ? true : undefined), 'all steps');
    broken.clear();
    await run.rewind('the disk was full');
    const result = (await run.result()) as Record<string, unknown>;
    expect(result).to.include({ first: 'one!', size: 1, event: 'hello' });
    expect(result['parallel']).to.deep.equal(['two!', 'three!', 'four!']);
    expect(calls.filter((name) => name === 'one')).to.have.length(1);
    expect(calls.filter((name) => name === 'three')).to.have.length(2);
    expect((await client.readEntityState(listId('saga'))).entityState).to.deep.equal(['once', 'called']);
    expect((await run.status())?.error).to.equal(undefined);
  });

  it('a run can be rewound again and again, and still keeps what succeeded at any time', async () => {
    const { calls, broken, step } = setUp();
    const chain = defineOrchestration('Chain', async (context) => {
      const out = [];
      for (const name of ['a', 'b', 'c']) out.push(await context.callActivity(step, name));
      return out;
    });
    const client = await world().start([chain, step]);
    broken.add('a').add('b').add('c');
    const run = await client.startNew(chain, { instanceId: fresh() });
    await failure(run.result());
    for (const name of ['a', 'b', 'c']) {
      broken.delete(name);
      await run.rewind();
      await run.result().catch(() => {});
    }
    expect(await run.result()).to.deep.equal(['a!', 'b!', 'c!']);
    expect(calls).to.deep.equal(['a', 'a', 'b', 'b', 'c', 'c']);
  });

  it('rewind answers the first attempt with the result of the retry that succeeded', async () => {
    const { calls, broken, step } = setUp();
    let flaky = 2;
    const shaky = defineActivity('Shaky', async () => {
      if (flaky-- > 0) throw new Error('shaky');
      return 'stable';
    });
    const retrying = defineOrchestration('Retrying', async (context) => {
      const one = await context.callActivity(shaky, undefined, { retry: { maxAttempts: 5, firstRetryInterval: 1 } });
      {
        using _section = await context.lock(listId('retrying'));
        await context.callEntity(listId('retrying'), 'append', 'in section');
      }
      return [one, await context.callActivity(step, 'last')];
    });
    const client = await world().start([retrying, shaky, step, list]);
    broken.add('last');
    const run = await client.startNew(retrying, { instanceId: fresh() });
    await failure(run.result());
    broken.clear();
    flaky = 99;
    await run.rewind();
    expect(await run.result()).to.deep.equal(['stable', 'last!']);
    expect(calls).to.deep.equal(['last', 'last']);
    expect((await client.readEntityState(listId('retrying'))).entityState).to.deep.equal(['in section']);
  });

  it('S158 rewind is refused if the run failed inside a critical section, and nothing changes', async () => {
    const { broken, step } = setUp();
    const inside = defineOrchestration('Inside', async (context) => {
      using _section = await context.lock(listId('inside'));
      await context.callEntity(listId('inside'), 'append', 'x');
      return await context.callActivity(step, 'in section');
    });
    const client = await world().start([inside, step, list]);
    broken.add('in section');
    const run = await client.startNew(inside, { instanceId: fresh() });
    await failure(run.result());
    await refusal(run.rewind(), RewindNotPossibleError, 'DE_REWIND_NOT_POSSIBLE');
    expect((await run.status())?.runtimeStatus).to.equal('failed');
    await refusal(run.result(), OrchestrationFailedError, 'DE_ORCHESTRATION_FAILED');
    expect(await client.callEntity(listId('inside'), 'get')).to.deep.equal(['x']);
  });

  it('rewind is refused for a run that has not failed', async () => {
    const client = await world().start([collector]);
    const run = await client.startNew(collector, { input: 0, instanceId: fresh() });
    await run.result();
    await refusal(run.rewind(), RewindNotPossibleError, 'DE_REWIND_NOT_POSSIBLE');
    const running = await client.startNew(collector, { input: 1, instanceId: fresh() });
    await refusal(running.rewind(), RewindNotPossibleError, 'DE_REWIND_NOT_POSSIBLE');
  });

  it('rewind continues the sub-orchestrations that failed with their parent, and keeps their results', async () => {
    const { calls, broken, step } = setUp();
    const child = defineOrchestration('Child', async (context, name: string) => [
      await context.callActivity(step, `${name} one`),
      await context.callActivity(step, `${name} two`),
    ]);
    const given = fresh('child');
    const parent = defineOrchestration('Parent', (context) =>
      Promise.all([
        context.callSubOrchestration(child, 'named', { instanceId: given }),
        context.callSubOrchestration(child, 'unnamed'),
      ]),
    );
    const client = await world().start([parent, child, step]);
    broken.add('named two').add('unnamed two');
    const run = await client.startNew(parent, { instanceId: fresh() });
    await failure(run.result());
    await eventually(() => (calls.length === 4 ? true : undefined), 'all steps');
    broken.clear();
    await run.rewind();
    expect(await run.result()).to.deep.equal([
      ['named one!', 'named two!'],
      ['unnamed one!', 'unnamed two!'],
    ]);
    expect(calls.filter((name) => name.endsWith('one'))).to.have.length(2);
    expect((await client.run(child, given).status())?.runtimeStatus).to.equal('completed');
  });
});
