/** Histories on Restate: they are read from the journal of the execution, and show what the history of the SQL engine shows. */
import { expect } from 'chai';
import { defineActivity, defineEntity, defineOrchestration } from '../../src/functions/define.js';
import type { RunHistoryEvent } from '../../src/client/index.js';
import { InvalidOperationError } from '../../src/errors/index.js';
import { DurableHost, EntityId, type DurableClient } from '../../src/index.js';
import { connectRestate, RestateHost } from '../../src/restate/index.js';
import { eventually, refusal } from '../acceptance/world.js';
import { hasRestate, restateServer } from '../servers/restate.js';
import { RestateWorld } from './restate-world.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

const box = defineEntity('Box', { effects: 'none' }, (context) => {
  if (context.operationName === 'fail') throw new RangeError('full');
  const state = context.getState<{ n: number }>(() => ({ n: 0 }));
  return (state.n += context.getInput<number | undefined>() ?? 1);
});
const shout = defineActivity('Shout', (_, text: string) => text.toUpperCase());
const child = defineOrchestration('Child', async (_, text: string) => `${text}!`);
const a = new EntityId('Box', 'a/ü');
const b = new EntityId('Box', 'b');

/** Each kind of step, one after the other, so that their order is the same on every engine. */
const story = defineOrchestration('Story', async (context, prefix: string) => {
  await context.callEntity(a, 'add', 2);
  await context.callEntity(a, 'fail').catch(() => {});
  context.signalEntity(b, 'add', 5);
  context.signalEntity(b, 'add', 7, { scheduledTime: context.currentTime.getTime() + 3_600_000, name: 'later' });
  context.cancelSignal(b, 'later');
  await context.callActivity(shout, 'quiet');
  await context.callSubOrchestration(child, 'kid', { instanceId: `${prefix}-child` });
  context.startNewOrchestration(child, { input: 'other', instanceId: `${prefix}-other` });
  context.sendEvent(`${prefix}-nobody`, 'news', { n: 1 });
  await context.createTimer('1 ms');
  await context.waitForExternalEvent('never', { timeout: '1 ms' }).catch(() => {});
  context.createTimer('1 hour').cancel();
  const section = await context.lock(a, b);
  await context.callEntity(a, 'add', 1);
  section.release();
  context.setCustomStatus('waits');
  const news = await context.waitForExternalEvent('go', { timeout: '1 hour' });
  return [news];
});

const code = [box, shout, child, story];

/** The parts of a history that are equal on every engine. Restate numbers steps in another way, so here their order gives the numbers. */
function comparable(history: readonly RunHistoryEvent[] | undefined) {
  const numbers = new Map<number, number>();
  const renumbered = (task: number | undefined) => {
    if (task === undefined) return undefined;
    const number = numbers.get(task) ?? numbers.size;
    numbers.set(task, number);
    return number;
  };
  return history?.map(({ kind, task, name, target, targets, value, error, section, cancels, limitOf, dueAt }) => ({
    kind,
    // These actions have no number on Restate.
    task: renumbered(['locksReleased', 'timerCancelled'].includes(kind) ? undefined : task),
    name,
    target,
    targets,
    value,
    error: error?.message,
    section: renumbered(section),
    cancels: renumbered(cancels),
    limitOf: renumbered(limitOf),
    isDue: dueAt !== undefined,
  }));
}

async function tell(client: DurableClient): Promise<readonly RunHistoryEvent[] | undefined> {
  const run = await client.startNew(story, { input: 'p', instanceId: 'p' });
  await eventually(async () => ((await run.status())?.customStatus === 'waits' ? true : undefined), 'the wait');
  await run.raiseEvent('go', { ok: true });
  await run.result();
  return run.history();
}

if (hasRestate()) {
  describe('histories on Restate', () => {
    const start = async (options: object = {}) => {
      const { ingress, admin } = await restateServer();
      const { hub } = new RestateWorld();
      const advertise = 'http://127.0.0.1:0';
      const given = {
        ingress: [ingress],
        admin,
        hub,
        advertise,
        register: code,
        logger: silent,
        strict: 'off' as const,
      };
      return { host: await RestateHost.start({ ...given, ...options }), ingress, hub };
    };

    it('an execution has the events that the SQL engine shows, if Restate keeps its journal', async () => {
      const { host } = await start({ journals: '1 hour' });
      const onRestate = await tell(host.client);
      await host.stop();
      await using onSql = await DurableHost.start({
        storage: ':memory:',
        register: code,
        logger: silent,
        strict: 'off',
      });
      const expected = await tell(onSql.client);
      expect(comparable(onRestate)).to.deep.equal(comparable(expected));
      const times = onRestate?.flatMap(({ at }) => at?.getTime() ?? []) ?? [];
      expect(times).to.deep.equal(times.toSorted((one, other) => one - other));
      expect(times[0]).to.be.above(0);
    });

    it('an execution that waits shows what it has done so far', async () => {
      const { host, ingress, hub } = await start();
      const run = await host.client.startNew(story, { input: 'q', instanceId: 'q' });
      await eventually(async () => ((await run.status())?.customStatus === 'waits' ? true : undefined), 'the wait');
      const history = await run.history();
      expect(history?.at(-1)).to.include({ kind: 'timerStarted', name: undefined });
      expect(history?.filter(({ kind }) => kind === 'locksReleased')).to.have.length(1);
      expect(await host.client.run(story, 'nobody').history()).to.equal(undefined);
      await using other = await connectRestate({ ingress: [ingress], hub, register: code });
      await refusal(other.run(story, 'q').history(), InvalidOperationError, 'DE_INVALID_OPERATION');
      await run.terminate('enough');
      await host.stop();
    });

    it('an execution that has ended has no history if Restate does not keep journals', async () => {
      const { host } = await start();
      const run = await host.client.startNew(child, { input: 'c' });
      await run.result();
      const error = await eventually(
        () =>
          run.history().then(
            () => undefined,
            (thrown: unknown) => thrown,
          ),
        'the end of the journal',
      );
      expect(error).to.be.instanceOf(InvalidOperationError).and.to.have.property('hint').that.includes('journals');
      await host.stop();
    });
  });
}
