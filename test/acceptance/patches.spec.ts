import { expect } from 'chai';
import {
  defineActivity,
  defineOrchestration,
  OrchestrationFailedError,
  type OrchestrationContext,
} from '../../src/index.js';
import { InvalidArgumentError, NonDeterministicOrchestrationError } from '../../src/errors/index.js';
import { acceptance, allSettings } from './variants.js';
import { expectError, refusal, type World } from './world.js';

const say = defineActivity('Say', async (_context, word: string) => word);

type Body = (context: OrchestrationContext) => Promise<unknown>;

/** The same orchestration, as it was written at different times. */
function story(body: Body) {
  return defineOrchestration('Story', body);
}

const original: Body = async (context) => {
  const first = await context.callActivity(say, 'old');
  const event = await context.waitForExternalEvent<string>('go');
  return [first, event, await context.callActivity(say, 'end')];
};

const patched: Body = async (context) => {
  const first = context.patched('say-new')
    ? await context.callActivity(say, 'new')
    : await context.callActivity(say, 'old');
  const event = await context.waitForExternalEvent<string>('go');
  // Asked again later: the answer stays, also where the code is not replaying any more.
  if (context.patched('say-new')) return [first, event, await context.callActivity(say, 'new end')];
  return [first, event, await context.callActivity(say, 'end')];
};

const deprecated: Body = async (context) => {
  context.deprecatePatch('say-new');
  const first = await context.callActivity(say, 'new');
  const event = await context.waitForExternalEvent<string>('go');
  context.deprecatePatch('say-new');
  return [first, event, await context.callActivity(say, 'new end')];
};

const cleaned: Body = async (context) => {
  const first = await context.callActivity(say, 'new');
  const event = await context.waitForExternalEvent<string>('go');
  return [first, event, await context.callActivity(say, 'new end')];
};

const wayOld = ['old', 'e', 'end'];
const wayNew = ['new', 'e', 'new end'];

/** Starts a run with the first code, restarts the host with each of the next ones, and ends the run with the last. */
async function through(world: World, ...bodies: readonly Body[]): Promise<unknown> {
  const [first, ...others] = bodies.map((body) => [say, story(body)] as const);
  let client = await world.start(first!);
  const { instanceId } = await client.startNew(first![1]);
  for (const other of others) client = await world.restart(other);
  const run = client.run('Story', instanceId);
  // Not taken where replay has failed the run already.
  await run.raiseEvent('go', 'e').catch(() => {});
  return run.result();
}

acceptance('patches', allSettings, (world) => {
  it('a new execution goes the new way, also when it is replayed', async () => {
    expect(await through(world(), patched)).to.deep.equal(wayNew);
    await world().host.stop();
    expect(await through(world(), patched, patched)).to.deep.equal(wayNew);
  });

  it('an execution that came past the place before goes the old way to its end', async () => {
    expect(await through(world(), original, patched)).to.deep.equal(wayOld);
    await world().host.stop();
    expect(await through(world(), original, patched, patched)).to.deep.equal(wayOld);
  });

  it('a place that an old execution has not come to yet is patched when it comes there', async () => {
    const later: Body = async (context) => {
      const first = await context.callActivity(say, 'old');
      const event = await context.waitForExternalEvent<string>('go');
      const end = context.patched('other-end') ? 'other end' : 'end';
      const said = await context.callActivity(say, end);
      await context.createTimer(1);
      return [first, event, said, context.patched('other-end')];
    };
    expect(await through(world(), original, later)).to.deep.equal(['old', 'e', 'other end', true]);
  });

  it('deprecatePatch replays executions that recorded the patch, records nothing itself, and may go after them', async () => {
    expect(await through(world(), patched, deprecated)).to.deep.equal(wayNew);
    await world().host.stop();
    expect(await through(world(), deprecated, deprecated)).to.deep.equal(wayNew);
    await world().host.stop();
    expect(await through(world(), deprecated, cleaned)).to.deep.equal(wayNew);
  });

  it('taking the call away too early, or moving it, is seen in replay, with both sides shown', async () => {
    for (const [body, requested] of [
      [cleaned, '#0 activity Say("new")'],
      [original, '#0 activity Say("old")'],
    ] as const) {
      const attempt = through(world(), patched, body);
      const error = await refusal(attempt, OrchestrationFailedError, 'DE_ORCHESTRATION_FAILED');
      const cause = expectError(error.cause, NonDeterministicOrchestrationError, 'DE_NON_DETERMINISTIC');
      expect(cause.message).to.include('#0 patch "say-new"').and.to.include(requested);
      await world().host.stop();
    }
    const moved: Body = async (context) => {
      const first = await context.callActivity(say, 'new');
      context.patched('say-new');
      return [first, await context.waitForExternalEvent('go')];
    };
    const error = await refusal(through(world(), patched, moved), OrchestrationFailedError, 'DE_ORCHESTRATION_FAILED');
    expectError(error.cause, NonDeterministicOrchestrationError, 'DE_NON_DETERMINISTIC');
  });

  it('several patches work in loops and branches, in generators too, and each execution decides them again', async () => {
    const loop = (names: readonly string[]) =>
      defineOrchestration('Loop', function* (context, round: number) {
        const seen: unknown[] = [];
        for (let i = 0; i < 3; i++) {
          seen.push(names.map((name) => context.patched(name)));
          seen.push(yield context.waitForExternalEvent('go'));
        }
        return round === 0 ? context.continueAsNew(1) : seen;
      });
    let client = await world().start([loop([])]);
    const run = await client.startNew(loop([]), { input: 0 });
    await run.raiseEvent('go', 1);
    client = await world().restart([loop(['a'])]);
    await client.run('Loop', run.instanceId).raiseEvent('go', 2);
    client = await world().restart([loop(['a'])]);
    for (const value of [3, 4, 5]) await client.run('Loop', run.instanceId).raiseEvent('go', value);
    client = await world().restart([loop(['a'])]);
    await client.run('Loop', run.instanceId).raiseEvent('go', 6);
    expect(await client.run('Loop', run.instanceId).result()).to.deep.equal([[true], 4, [true], 5, [true], 6]);
  });

  it('a rewound execution goes the way of the one that failed', async () => {
    const halfway = (withPatch: boolean, broken: boolean) =>
      defineOrchestration('Halfway', async (context) => {
        const way = withPatch && context.patched('way') ? 'new' : 'old';
        const said = await context.callActivity(say, way);
        await context.waitForExternalEvent('go');
        if (broken) throw new Error('broken');
        return [said, way, withPatch && context.patched('way')];
      });
    for (const [before, expected] of [
      [false, ['old', 'old', false]],
      [true, ['new', 'new', true]],
    ] as const) {
      let client = await world().start([say, halfway(before, true)]);
      const { instanceId } = await client.startNew('Halfway');
      await client.run('Halfway', instanceId).raiseEvent('go');
      await refusal(client.run('Halfway', instanceId).result(), OrchestrationFailedError, 'DE_ORCHESTRATION_FAILED');
      client = await world().restart([say, halfway(true, false)]);
      const run = client.run('Halfway', instanceId);
      await run.rewind();
      expect(await run.result()).to.deep.equal(expected);
      await world().host.stop();
    }
  });

  it('an id is a non-empty text', async () => {
    const wrong = story(async (context) => context.patched(''));
    const client = await world().start([wrong]);
    const error = await refusal(
      (await client.startNew(wrong)).result(),
      OrchestrationFailedError,
      'DE_ORCHESTRATION_FAILED',
    );
    expectError(error.cause, InvalidArgumentError, 'DE_INVALID_ARGUMENT');
  });
});
