import { expect } from 'chai';
import {
  defineEntity,
  defineOrchestration,
  EntityId,
  Orchestration,
  OrchestrationFailedError,
  type OrchestrationContext,
} from '../../src/index.js';
import { InvalidArgumentError, RegistrationError, UnknownOrchestrationError } from '../../src/errors/index.js';
import { acceptance, allSettings } from './variants.js';
import { eventually, expectError, refusal } from './world.js';

/** Waits for an event, and says which version it is. */
const saying = (version: number) =>
  defineOrchestration('Saying', { version }, async (context, text: string) => {
    await context.waitForExternalEvent(`go-${version}`);
    return `${text} ${version}`;
  });
const unversioned = defineOrchestration('Saying', async (context, text: string) => {
  await context.waitForExternalEvent('go-1');
  return `${text} 1`;
});

acceptance('orchestration versions', allSettings, (world) => {
  it('a new run takes the highest version, or the one asked for, and stays with it when others are registered', async () => {
    let client = await world().start([unversioned]);
    const one = await client.startNew(unversioned, { input: 'first' });
    client = await world().restart([saying(2), unversioned]);
    const two = await client.startNew('Saying', { input: 'second' });
    const old = await client.startNew(saying(2), { input: 'third', version: 1 });
    client = await world().restart([saying(3), unversioned, saying(2)]);
    // A definition stands for the name.
    const three = await client.startNew(saying(2), { input: 'fourth' });
    const expected = { first: [one, 1], second: [two, 2], third: [old, 1], fourth: [three, 3] } as const;
    for (const [text, [{ instanceId }, version]] of Object.entries(expected)) {
      const run = client.run('Saying', instanceId);
      expect((await run.status())?.version).to.equal(version);
      await run.raiseEvent(`go-${version}`);
      expect(await run.result()).to.equal(`${text} ${version}`);
    }
  });

  it('a run whose version is not registered waits, does not fail, and continues once the version is registered again', async () => {
    let client = await world().start([saying(1), saying(2)]);
    const { instanceId } = await client.startNew('Saying', { input: 'it', version: 1 });
    client = await world().restart([saying(2)]);
    const waiting = client.run('Saying', instanceId);
    void waiting.raiseEvent('go-1').catch(() => {});
    // Another run passes meanwhile.
    const other = await client.startNew('Saying', { input: 'other' });
    await other.raiseEvent('go-2');
    expect(await other.result()).to.equal('other 2');
    expect((await waiting.status())?.runtimeStatus).to.equal('running');
    client = await world().restart([saying(2), saying(1)]);
    expect(await client.run('Saying', instanceId).result()).to.equal('it 1');
  });

  it('a start in a version that was announced once waits; in one that never was it is refused at once', async () => {
    let client = await world().start([saying(1), saying(2)]);
    client = await world().restart([saying(1)]);
    const unknown = await refusal(
      client.startNew('Saying', { input: 'x', version: 3 }),
      UnknownOrchestrationError,
      'DE_UNKNOWN_ORCHESTRATION',
    );
    expect(unknown.message).to.equal('No orchestration named "Saying" is registered in version 3.');
    expect(unknown.hint).to.include('Registered: Saying, Saying in version 2.');
    expect([unknown.orchestrationName, unknown.version]).to.deep.equal(['Saying', 3]);
    let answered = false;
    const answer = () => void (answered = true);
    client.startNew('Saying', { input: 'late', version: 2, instanceId: 'late' }).then(answer, answer);
    // Another run passes meanwhile.
    const other = await client.startNew('Saying', { input: 'other' });
    await other.raiseEvent('go-1');
    expect(await other.result()).to.equal('other 1');
    expect(answered).to.equal(false);
    client = await world().restart([saying(1), saying(2)]);
    const run = await client.startNew('Saying', { input: 'late', version: 2, instanceId: 'late' });
    await run.raiseEvent('go-2');
    expect(await run.result()).to.equal('late 2');
  });

  it('continueAsNew moves to the highest, stays where it says so, or goes to a number', async () => {
    const hopping = (version: number) =>
      defineOrchestration('Hopping', { version }, async (context, [way, ...seen]: (string | number)[]) => {
        seen.push(version);
        if (way === 'done') return seen;
        if (version === 1) await context.waitForExternalEvent('go');
        if (way === 'highest') return context.continueAsNew(['done', ...seen]);
        if (way === 'nowhere') await context.continueAsNew(['done'], { version: 9 });
        return context.continueAsNew(['done', ...seen], { version: way as 'same' });
      });
    let client = await world().start([hopping(1)]);
    const ids = new Map<string | number, string>();
    for (const way of ['highest', 'same', 2, 'nowhere']) {
      ids.set(way, (await client.startNew('Hopping', { input: [way] })).instanceId);
    }
    client = await world().restart([hopping(3), hopping(2), hopping(1)]);
    for (const [way, seen, last] of [
      ['highest', [1, 3], 3],
      ['same', [1, 1], 1],
      [2, [1, 2], 2],
    ] as const) {
      const run = client.run('Hopping', ids.get(way) as string);
      await run.raiseEvent('go');
      expect(await run.result()).to.deep.equal(seen);
      expect((await run.status())?.version).to.equal(last);
    }
    const nowhere = client.run('Hopping', ids.get('nowhere') as string);
    await nowhere.raiseEvent('go');
    const error = await refusal(nowhere.result(), OrchestrationFailedError, 'DE_ORCHESTRATION_FAILED');
    expectError(error.cause, UnknownOrchestrationError, 'DE_UNKNOWN_ORCHESTRATION');
  });

  it('sub-orchestrations and starts by orchestrations and entities: the highest, or the one asked for', async () => {
    const version = (which: number) =>
      defineOrchestration('Which', { version: which }, (context, _input: unknown) => {
        context.signalEntity(new EntityId('Started', 'all'), 'add', which);
        return which;
      });
    const started = defineEntity('Started', (context) => {
      const seen = context.getState<number[]>(() => []);
      if (context.operationName === 'start') {
        context.startNewOrchestration('Which');
        context.startNewOrchestration('Which', { version: 2 });
      } else seen.push(context.getInput<number>());
    });
    const parent = defineOrchestration('Parent', async (context) => {
      context.signalEntity(new EntityId('Started', 'starter'), 'start');
      context.startNewOrchestration('Which', { version: 1 });
      const highest = await context.callSubOrchestration<number>('Which');
      const two = await context.callSubOrchestration<number>('Which', undefined, { version: 2 });
      await context.waitForExternalEvent('go');
      const unknown = await context
        .callSubOrchestration('Which', 0, { version: 4 })
        .catch((error: Error) => error.name);
      return [highest, two, await context.callSubOrchestration(version(1), 0, { version: 1 }), unknown];
    });
    const all = [started, parent, version(1), version(2), version(3)];
    let client = await world().start(all);
    const { instanceId } = await client.startNew(parent);
    client = await world().restart(all);
    const run = client.run(parent, instanceId);
    await run.raiseEvent('go');
    expect(await run.result()).to.deep.equal([3, 2, 1, 'UnknownOrchestrationError']);
    const seen = await eventually(async () => {
      const { entityState } = await client.readEntityState<number[]>(new EntityId('Started', 'all'));
      return entityState?.length === 6 ? entityState : undefined;
    }, 'all six');
    expect([...seen].sort((a, b) => a - b)).to.deep.equal([1, 1, 2, 2, 3, 3]);
  });

  it('classes have versions; a rewind keeps the version, a restart takes the highest', async () => {
    let broken = true;
    @Orchestration({ name: 'Task', version: 1 })
    class First {
      async run(context: OrchestrationContext): Promise<string> {
        await context.createTimer(1);
        if (broken) throw new Error('broken');
        return 'first';
      }
    }
    @Orchestration({ name: 'Task', version: 2 })
    class Second {
      *run(context: OrchestrationContext): Generator<unknown, string> {
        yield context.createTimer(1);
        return 'second';
      }
    }
    const client = await world().start([Second, First]);
    const run = await client.startNew(First, { version: 1 });
    await refusal(run.result(), OrchestrationFailedError, 'DE_ORCHESTRATION_FAILED');
    broken = false;
    await run.rewind();
    expect(await run.result()).to.equal('first');
    expect((await run.status())?.version).to.equal(1);
    await run.restart();
    expect(await run.result()).to.equal('second');
    expect((await run.status())?.version).to.equal(2);
  });

  it('versions are whole numbers from 1, and each is registered once', async () => {
    for (const version of [0, -1, 1.5, '2', Number.NaN, null]) {
      const options = { version: version as never };
      await refusal(() => defineOrchestration('X', options, () => 1), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
      @Orchestration({ name: 'Wrong', version: version as never })
      class Wrong {
        async run(_context: OrchestrationContext): Promise<void> {}
      }
      await refusal(world().start([Wrong]), RegistrationError, 'DE_REGISTRATION');
    }
    for (const pair of [
      [unversioned, saying(1)],
      [saying(2), saying(2)],
      [saying(2), defineOrchestration('saying', { version: 3 }, () => 1)],
    ]) {
      await refusal(world().start(pair), RegistrationError, 'DE_REGISTRATION');
    }
    const client = await world().start([saying(1)]);
    const bad = client.startNew('Saying', { version: 0.5 });
    await refusal(bad, InvalidArgumentError, 'DE_INVALID_ARGUMENT');
  });
});
