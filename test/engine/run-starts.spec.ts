import { expect } from 'chai';
import { defineActivity, defineEntity, defineOrchestration } from '../../src/functions/define.js';
import type { StartOptions } from '../../src/functions/call-options.js';
import { counter, id, list } from './programs.js';
import { failure, World } from './world.js';

const echo = defineOrchestration('Echo', async (_context, input: unknown) => input);
const fails = defineOrchestration('Fails', async () => {
  throw new RangeError('no');
});
const waits = defineOrchestration('Waits', async (context) => context.waitForExternalEvent('go'));
const minute = 60_000;

describe('starts with the id of an orchestration that exists', () => {
  it('O4: a failed sub-orchestration with a fixed id is tried again', async () => {
    let attempts = 0;
    const flaky = defineActivity('Flaky', () => {
      if (++attempts < 3) throw new Error(`attempt ${attempts}`);
      return 'third';
    });
    const child = defineOrchestration('Child', async (context) => context.callActivity(flaky));
    const parent = defineOrchestration('Parent', async (context) =>
      context.callSubOrchestration(child, undefined, { instanceId: 'c', retry: { maxAttempts: 5 } }),
    );
    const world = new World([flaky, child, parent]);
    const { client } = await world.start();
    const run = await world.until(client.startNew(parent));
    expect(await world.until(run.result())).to.equal('third');
    expect((await client.run(child, 'c').status())?.parentId).to.equal(run.instanceId);
  });

  it('O4: the failure of the last attempt is the failure of the call', async () => {
    const parent = defineOrchestration('Parent', async (context) =>
      context.callSubOrchestration(fails, undefined, { instanceId: 'c', retry: { maxAttempts: 3 } }),
    );
    const world = new World([fails, parent]);
    const { client } = await world.start();
    const run = await world.until(client.startNew(parent));
    const error = await failure(world.until(run.result()));
    expect(error.message).to.include('RangeError: no').and.not.include('exists already');
  });

  for (const how of ['continues as new', 'is restarted', 'is purged and started again'] as const) {
    it(`O5: a sub-orchestration with a fixed id runs again when its parent ${how}`, async () => {
      const add = defineOrchestration('Add', async (context) =>
        context.callEntity<number>(id('Counter', 'n'), 'add', 1),
      );
      const parent = defineOrchestration('Parent', async (context, again: boolean): Promise<unknown> => {
        const sum = await context.callSubOrchestration(add, undefined, { instanceId: `${context.instanceId}/images` });
        return again ? context.continueAsNew(false) : sum;
      });
      const world = new World([counter, add, parent]);
      const { client } = await world.start();
      const input = how === 'continues as new';
      const run = await world.until(client.startNew(parent, { instanceId: 'p', input }));
      await world.until(run.result());
      if (how === 'is restarted') await world.until(run.restart());
      if (how === 'is purged and started again') {
        await world.until(run.purge());
        await world.until(client.startNew(parent, { instanceId: 'p', input }));
      }
      await world.until(run.result());
      expect(world.state('Counter', 'n')).to.equal(2);
    });
  }

  it('O5: an ended sub-orchestration answers at once with its result if whenEnded says so', async () => {
    const parent = defineOrchestration('Parent', async (context) => {
      const call = (input: unknown, whenEnded: StartOptions['whenEnded'], retry?: { maxAttempts: number }) =>
        context.callSubOrchestration(echo, input, { instanceId: 'c', whenEnded, retry }).catch(String);
      return [
        await call(1, 'refuse'),
        await call(1, 'sameInput'),
        await call(2, 'reuseResult'),
        await call(2, 'sameInput', { maxAttempts: 3 }),
        await call(2, 'refuse'),
        await call(2, 'startAgain'),
        await context.callSubOrchestration('Fails', 0, { instanceId: 'c', whenEnded: 'reuseResult' }).catch(String),
      ];
    });
    const world = new World([echo, fails, parent]);
    const { client } = await world.start();
    const run = await world.until(client.startNew(parent));
    const results = (await world.until(run.result())) as unknown as string[];
    expect(results.slice(0, 3)).to.deep.equal([1, 1, 1]);
    expect(results[3]).to.include('exists already').and.include('another input');
    expect(results[4]).to.include('exists already').and.include('completed');
    expect(results[5]).to.equal(2);
    expect(results[6]).to.include('another orchestration');
    expect(world.time.elapsedMs, 'nothing is tried again that cannot help').to.be.lessThan(1_000);
  });

  it('O5: the start of a sub-orchestration with the id of a running one is refused, and repeated by the retry policy', async () => {
    const parent = defineOrchestration('Parent', async (context) =>
      context.callSubOrchestration(waits, undefined, {
        instanceId: 'c',
        retry: { maxAttempts: 2, firstRetryInterval: minute },
      }),
    );
    const world = new World([waits, parent]);
    const { client } = await world.start();
    const other = await world.until(client.startNew(waits, { instanceId: 'c' }));
    const run = await world.until(client.startNew(parent));
    await world.pass(1_000);
    await world.until(other.raiseEvent('go', 'first'));
    await world.pass(minute + 1_000);
    await world.until(client.run(waits, 'c').raiseEvent('go', 'second'));
    expect(await world.until(run.result())).to.equal('second');
  });

  it('O5: a client chooses what its start does if the orchestration has ended', async () => {
    const world = new World([echo, fails]);
    const { client } = await world.start();
    const start = (input: unknown, whenEnded?: StartOptions['whenEnded']) =>
      world.until(client.startNew(echo, { instanceId: 'e', input, whenEnded }).then((run) => run.result()));
    expect(await start(1)).to.equal(1);
    expect(await start(1)).to.equal(1);
    expect(String(await failure(start(2)))).to.include('another input');
    expect(await start(2, 'reuseResult')).to.equal(1);
    expect(String(await failure(start(1, 'refuse')))).to.include('status completed');
    expect(await start(2, 'startAgain')).to.equal(2);
    expect(await start(2)).to.equal(2);
    const other = client.startNew(fails, { instanceId: 'e', whenEnded: 'reuseResult' });
    expect(String(await failure(world.until(other)))).to.include('another orchestration');
    const wrong = client.startNew(echo, { instanceId: 'e', whenEnded: 'always' as never });
    expect(await failure(wrong)).to.have.property('code', 'DE_INVALID_ARGUMENT');
  });

  it('O5: onStartRefused receives each refused start of an entity or an orchestration once, and no start that is the same', async () => {
    const starter = defineEntity('Starter', { effects: 'none' }, (context) => {
      context.startNewOrchestration('Echo', context.getInput<StartOptions>());
    });
    const starts = defineOrchestration('Starts', async (context, options: StartOptions) => {
      context.startNewOrchestration('Echo', options);
    });
    const world = new World([echo, starter, starts]);
    const { client } = await world.start();
    const run = await world.until(client.startNew(echo, { instanceId: 'e', input: 1 }));
    await world.until(run.result());
    for (const options of [{ input: 1 }, { input: 2 }, { input: 1, whenEnded: 'refuse' as const }]) {
      await world.until(client.signalEntity(id('Starter', 's'), 'start', { instanceId: 'e', ...options }));
      await world.until(
        (await world.until(client.startNew(starts, { input: { instanceId: 'e', ...options } }))).result(),
      );
    }
    await world.quiet();
    expect(world.startRefusals.map(({ instanceId, name }) => [instanceId, name])).to.deep.equal(
      Array.from({ length: 4 }, () => ['e', 'Echo']),
    );
    await world.until(
      client.signalEntity(id('Starter', 's'), 'start', { instanceId: 'e', input: 3, whenEnded: 'startAgain' }),
    );
    await world.quiet();
    expect((await run.status())?.output).to.equal(3);
  });

  it('O5: an orchestration in the place of an ended one keeps nothing of it, and waiting callers get the new result', async () => {
    const two = defineOrchestration('Two', async (context, input: number) => {
      await context.callEntity(id('List', 'l'), 'append', input);
      return context.waitForExternalEvent('go');
    });
    const world = new World([two, list]);
    let { client } = await world.start();
    const run = await world.until(client.startNew(two, { instanceId: 't', input: 1, tags: { old: 'yes' } }));
    await world.until(run.raiseEvent('go', 'one'));
    expect(await world.until(run.result())).to.equal('one');
    await world.until(client.startNew(two, { instanceId: 't', input: 2, whenEnded: 'startAgain' }));
    const status = await run.status();
    expect([status?.runtimeStatus, status?.input, status?.output, status?.tags]).to.deep.equal([
      'running',
      2,
      undefined,
      {},
    ]);
    await world.quiet();
    expect(new Set(world.database.history.keys()).size).to.equal(1);
    ({ client } = await world.start());
    await world.until(client.run(two, 't').raiseEvent('go', 'two'));
    expect(await world.until(client.run(two, 't').result())).to.equal('two');
    expect(world.state('List', 'l')).to.deep.equal([1, 2]);
  });
});

describe('scheduled starts', () => {
  const timed = defineOrchestration('Timed', async (context, input: unknown) => {
    const begun = context.currentTime.getTime();
    return [begun, input, await context.waitForExternalEvent('go', { timeout: '1 hour' }).catch(() => 'none')];
  });

  it('O6: an orchestration with a scheduledTime is pending until then, and receives earlier messages, also after a crash', async () => {
    const world = new World([timed]);
    const first = await world.start();
    const dueMs = world.time.wallMs() + 10 * minute;
    const options = { instanceId: 't', input: 1, scheduledTime: dueMs, customStatus: 'soon', tags: { kind: 'late' } };
    let run = await world.until(first.client.startNew(timed, options));
    expect(world.time.elapsedMs).to.be.lessThan(minute);
    await world.until(run.raiseEvent('go', 'early'));
    const status = await run.status();
    expect(status).to.include({ runtimeStatus: 'pending', customStatus: 'soon' });
    expect(status?.scheduledTime?.getTime()).to.equal(dueMs);
    expect(status?.tags).to.deep.equal({ kind: 'late' });
    first.crash();
    const { client } = await world.start();
    run = client.run(timed, 't');
    await world.pass(9 * minute - world.time.elapsedMs);
    expect((await run.status())?.runtimeStatus).to.equal('pending');
    const [begun, input, event] = (await world.until(run.result())) as [number, number, string];
    expect([input, event]).to.deep.equal([1, 'early']);
    expect(begun).to.be.within(dueMs, dueMs + 1_000);
    expect((await run.status())?.scheduledTime).to.equal(undefined);
    expect(world.database.inbox.size).to.equal(0);
  });

  it('O6: entities, orchestrations and clients schedule starts, and a time in the past starts at once', async () => {
    const starter = defineEntity('Starter', { effects: 'none' }, (context) => {
      context.startNewOrchestration('Echo', context.getInput<StartOptions>());
    });
    const starts = defineOrchestration('Starts', async (context, options: StartOptions) =>
      context.startNewOrchestration('Echo', options),
    );
    const world = new World([echo, starter, starts]);
    const { client } = await world.start();
    const scheduledTime = world.time.wallMs() + minute;
    await world.until(client.signalEntity(id('Starter', 's'), 'start', { instanceId: 'a', scheduledTime }));
    await world.until(
      (await world.until(client.startNew(starts, { input: { instanceId: 'b', scheduledTime } }))).result(),
    );
    await world.until(client.startNew(echo, { instanceId: 'c', scheduledTime: new Date(scheduledTime) }));
    await world.until(client.startNew(echo, { instanceId: 'd', scheduledTime: 0 }));
    await world.quiet();
    const statuses = async () =>
      Promise.all(['a', 'b', 'c', 'd'].map(async (run) => (await client.run(echo, run).status())?.runtimeStatus));
    expect(await statuses()).to.deep.equal(['pending', 'pending', 'pending', 'completed']);
    await world.pass(2 * minute);
    expect(await statuses()).to.deep.equal(['completed', 'completed', 'completed', 'completed']);
    const bad = client.startNew(echo, { scheduledTime: 'soon' as never });
    expect(await failure(bad)).to.have.property('code', 'DE_INVALID_ARGUMENT');
  });

  it('O6: a pending orchestration that is terminated leaves no row, and a suspended one begins after its resume', async () => {
    const world = new World([timed]);
    const { client } = await world.start();
    const scheduledTime = world.time.wallMs() + 10 * minute;
    const run = await world.until(client.startNew(timed, { scheduledTime }));
    await world.until(run.terminate('not needed'));
    expect(world.database.inbox.size).to.equal(0);
    expect((await run.status())?.runtimeStatus).to.equal('terminated');

    const second = await world.until(client.startNew(timed, { scheduledTime }));
    await world.until(second.suspend());
    await world.until(second.raiseEvent('go', 'one'));
    await world.until(second.resume());
    expect((await second.status())?.runtimeStatus).to.equal('pending');
    await world.until(second.suspend());
    await world.pass(11 * minute);
    expect((await second.status())?.runtimeStatus).to.equal('suspended');
    await world.until(second.resume());
    expect((await world.until<unknown[]>(second.result()))[2]).to.equal('one');
    expect(world.database.inbox.size).to.equal(0);
  });

  it('O6: many events for a pending orchestration wait in the table, in their order', async () => {
    const takes = defineOrchestration('Takes', async (context) => {
      const seen: number[] = [];
      while (seen.length < 50) seen.push(await context.waitForExternalEvent<number>('n'));
      return seen;
    });
    const world = new World([takes], { options: { maxWaitingInMemory: 8 } });
    const first = await world.start();
    let run = await world.until(
      first.client.startNew(takes, { instanceId: 't', scheduledTime: world.time.wallMs() + minute }),
    );
    for (let n = 0; n < 50; n++) {
      await world.until(run.raiseEvent('n', n));
      if (n !== 25) continue;
      first.crash();
      run = (await world.start()).client.run(takes, 't');
    }
    expect(await world.until(run.result())).to.deep.equal(Array.from({ length: 50 }, (_, n) => n));
  });
});

describe('tags and the first status of orchestrations', () => {
  it('tags are set at the start and by the code, survive continueAsNew, and are the same in replay', async () => {
    const tagged = defineOrchestration('Tagged', async (context, round: number): Promise<unknown> => {
      context.setTags({ round: String(round), gone: undefined, __proto__: 'x' });
      await context.waitForExternalEvent('go');
      if (round === 0) return context.continueAsNew(1);
      context.setTags({ end: 'yes', tenant: undefined });
      return 'done';
    });
    const world = new World([tagged], { options: { evictAfterEachTurn: true } });
    const { client } = await world.start();
    const run = await world.until(
      client.startNew(tagged, {
        instanceId: 't',
        input: 0,
        tags: { tenant: 'a', gone: 'x', kept: 'k' },
        customStatus: 1,
      }),
    );
    expect((await run.status())?.tags).to.deep.equal({ tenant: 'a', round: '0', kept: 'k' });
    expect((await run.status())?.customStatus).to.equal(1);
    await world.until(run.raiseEvent('go'));
    await world.quiet();
    expect((await run.status())?.tags).to.deep.equal({ tenant: 'a', round: '1', kept: 'k' });
    await world.until(run.raiseEvent('go'));
    await world.until(run.result());
    expect((await run.status())?.tags).to.deep.equal({ round: '1', kept: 'k', end: 'yes' });
  });

  it('too many tags, and tags that are not texts, are refused', async () => {
    const many = Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`t${n}`, 'x']));
    const adds = defineOrchestration('Adds', async (context) => context.setTags({ one: 'x', more: 'y' }));
    const world = new World([adds]);
    const { client } = await world.start();
    for (const tags of [many, { a: 1 }, { '': 'x' }, { a: 'x'.repeat(513) }, { a: undefined }, 'x', []]) {
      const refused = await failure(client.startNew(adds, { tags: tags as never }));
      expect(refused).to.have.property('code', 'DE_INVALID_ARGUMENT');
    }
    const { t0: _0, t1: _1, ...most } = many;
    const run = await world.until(client.startNew(adds, { tags: { ...most } }));
    const error = await failure(world.until(run.result()));
    expect(error.message).to.include('tags');
  });
});
