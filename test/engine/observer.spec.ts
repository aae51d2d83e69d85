/** The calls of an observer of the task hub, and their times. */
import { expect } from 'chai';
import { defineActivity, defineEntity, defineOrchestration } from '../../src/functions/define.js';
import type { HubObserver, OperationObservation } from '../../src/hub/observer.js';
import type { CountingObserver, OperationCount } from '../../src/hub/operation-counts.js';
import { EntityId } from '../../src/model/entity-id.js';
import { deferred, World } from './world.js';

const counter = defineEntity('Counter', { effects: 'none' }, (context) => {
  if (context.operationName === 'fail') throw new Error('no');
  const count = context.getState<{ n: number }>(() => ({ n: 0 }));
  count.n++;
  return count.n;
});

const flaky = defineEntity(
  'Flaky',
  { operations: { go: { retry: { maxAttempts: 2, firstRetryInterval: '1s' } } } },
  (context) => {
    const tries = (attempts.get(context.entityKey) ?? 0) + 1;
    attempts.set(context.entityKey, tries);
    if (tries === 1) throw new Error('not yet');
    return tries;
  },
);
const attempts = new Map<string, number>();

const double = defineActivity('Double', (_, value: number) => value * 2);

const work = defineOrchestration('Work', async (context, value: number) => {
  const doubled = await context.callActivity(double, value);
  return context.callEntity<number>(new EntityId('counter', String(doubled)), 'add');
});

/** Notes the name of each method that is called, with what it was given. */
function noting(): { readonly observer: HubObserver; readonly heard: (readonly [name: string, value: unknown])[] } {
  const heard: (readonly [string, unknown])[] = [];
  const names = [
    'committed',
    'admitted',
    'operationEnded',
    'runStarted',
    'runEnded',
    'activityEnded',
    'retried',
    'deadLettered',
    'reset',
    'roleChanged',
  ] as const;
  const observer = Object.fromEntries(names.map((name) => [name, (value: unknown) => void heard.push([name, value])]));
  return { observer, heard };
}

describe('an observer of the task hub', () => {
  it('an observer that comes while messages wait and an operation runs receives no times of before', async () => {
    const gate = deferred();
    const slow = defineEntity('Slow', { effects: 'external' }, async () => gate.promise);
    const world = new World([counter, slow]);
    const { client, engine } = await world.start();
    await world.pass(60_000);
    const running = [
      client.callEntity(new EntityId('Slow', 's'), 'go'),
      client.callEntity(new EntityId('Slow', 's'), 'go'),
    ];
    await world.pass(1_000);
    const { observer, heard } = noting();
    engine.observe(observer);
    gate.resolve();
    await world.until(Promise.all(running));
    const ended = heard.flatMap(([name, value]) => (name === 'operationEnded' ? [value as OperationObservation] : []));
    expect(ended).to.have.length(1);
    expect(ended[0]?.durationMs).to.be.below(1_000);
    expect(ended[0]?.queuedMs).to.be.below(2_000);
  });

  it('an observer receives an orchestration, its activity and its entity when they are committed', async () => {
    const { observer, heard } = noting();
    const world = new World([counter, double, work]);
    world.observer = observer;
    const { client } = await world.start();
    const run = await world.until(client.startNew(work, { instanceId: 'w', input: 4 }));
    expect(await world.until(run.result())).to.equal(1);
    await world.quiet();
    const ofWork = heard.filter(([name]) => !['committed', 'admitted'].includes(name));
    expect(ofWork.map(([name]) => name)).to.deep.equal([
      'roleChanged',
      'runStarted',
      'activityEnded',
      'operationEnded',
      'runEnded',
    ]);
    const [, , activity, operation, end] = ofWork.map(([, value]) => value as Record<string, unknown>);
    expect(activity).to.include({ name: 'Double', outcome: 'ok' });
    expect(operation).to.include({ entity: 'counter', operation: 'add', outcome: 'ok', called: true });
    expect(end).to.include({ name: 'Work', status: 'completed' });
    const commits = heard
      .filter(([name]) => name === 'committed')
      .map(([, value]) => value as { readonly seq: number });
    expect(commits.map(({ seq }) => seq)).to.deep.equal(commits.map((_, index) => index + 1));
    expect(heard.some(([name, value]) => name === 'admitted' && (value as number) >= 0)).to.equal(true);
  });

  /** The counts that an observer receives of many signals and one failure, beside another observer or alone. */
  async function countsBeside(
    other: HubObserver | undefined,
  ): Promise<{ ended: number; timed: number; failed: number }> {
    const counts: OperationCount[] = [];
    let admitted = 0;
    const observer: CountingObserver = {
      counted: ({ counts: found }) => {
        counts.push(...(found?.operations ?? []));
        admitted += found?.waited.things.reduce((total, each) => total + each, 0) ?? 0;
      },
    };
    const world = new World([counter]);
    world.observer = observer;
    const { client, engine } = await world.start();
    if (other !== undefined) engine.observe(other);
    const sent = Array.from({ length: 500 }, (_, i) =>
      client.signalEntity(new EntityId('counter', String(i)), i === 250 ? 'fail' : 'add'),
    );
    await world.until(Promise.all(sent));
    await world.quiet();
    expect(admitted).to.equal(500);
    const sum = (of: (count: OperationCount) => number) => counts.reduce((total, count) => total + of(count), 0);
    for (const { queued, durations } of counts) expect(queued).to.have.length(durations.length);
    return {
      ended: sum(({ ok, failed }) => ok + failed),
      timed: sum(({ durations }) => durations.length),
      failed: sum(({ failed }) => failed),
    };
  }

  it('an observer that counts receives each operation once, and the times of some', async () => {
    const { ended, timed, failed } = await countsBeside(undefined);
    expect({ ended, failed }).to.deep.equal({ ended: 500, failed: 1 });
    expect(timed).to.be.within(16, 150);
  });

  it('of many rounds in a short time, an observer that counts receives the times of some, and after a pause of each', async () => {
    let ended = 0;
    let timed = 0;
    const world = new World([counter]);
    const observer: CountingObserver = {
      counted: ({ counts }) => {
        for (const { ok, durations } of counts?.operations ?? []) {
          ended += ok;
          timed += durations.length;
        }
      },
    };
    world.observer = observer;
    const { client } = await world.start();
    const call = () => world.until(client.callEntity(new EntityId('counter', 'a'), 'add'));
    for (let calls = 0; calls < 400; calls++) await call();
    expect(ended).to.equal(400);
    expect(timed).to.be.within(8, 200);
    timed = 0;
    for (let calls = 0; calls < 5; calls++) {
      await world.pass(1_000);
      await call();
    }
    expect([ended, timed]).to.deep.equal([405, 5]);
  });

  it('an observer of each operation receives every time, also beside one that counts', async () => {
    const { observer, heard } = noting();
    expect(await countsBeside(observer)).to.deep.equal({ ended: 500, timed: 500, failed: 1 });
    expect(heard.filter(([name]) => name === 'operationEnded')).to.have.length(500);
  });

  it('an observer receives failures and attempts, without keys and values', async () => {
    const { observer, heard } = noting();
    attempts.clear();
    const world = new World([counter, flaky]);
    world.observer = observer;
    const { client } = await world.start();
    await world.until(client.callEntity(new EntityId('counter', 'secret'), 'fail').catch(() => {}));
    expect(await world.until(client.callEntity(new EntityId('flaky', 'secret'), 'go'))).to.equal(2);
    await world.quiet();
    const ended = heard.filter(([name]) => name === 'operationEnded').map(([, value]) => value);
    expect(ended).to.have.length(2);
    expect(ended[0]).to.include({ entity: 'counter', outcome: 'failed' });
    expect(ended[1]).to.include({ entity: 'flaky', outcome: 'ok' });
    expect(heard.find(([name]) => name === 'retried')?.[1]).to.deep.equal({
      entity: 'flaky',
      operation: 'go',
      attempt: 1,
    });
    expect(JSON.stringify(heard)).to.not.include('secret');
  });

  it('an observer receives nothing of a refused batch, and the same work once when it is committed', async () => {
    const { observer, heard } = noting();
    const world = new World([counter]);
    world.observer = observer;
    const { client, store } = await world.start();
    let refusals = 1;
    store.plan = (access) => (access === 'commit' && refusals-- > 0 ? 'unknown-lost' : undefined);
    expect(await world.until(client.callEntity(new EntityId('counter', 'c'), 'add'))).to.equal(1);
    await world.quiet();
    expect(heard.filter(([name]) => name === 'operationEnded')).to.have.length(1);
    expect(heard.filter(([name]) => name === 'reset')).to.have.length(1);
  });

  it('an observer receives nothing in replay', async () => {
    const world = new World([counter, double, work]);
    const first = await world.start();
    const waits = defineOrchestration('Waits', async (context) => {
      await context.callActivity(double, 1);
      await context.waitForExternalEvent('go');
    });
    world.definitions = [counter, double, work, waits];
    await world.until(first.engine.stop());
    const second = await world.start();
    await world.until(second.client.startNew(waits, { instanceId: 'x' }));
    await world.quiet();
    await world.until(second.engine.stop());
    const { observer, heard } = noting();
    world.observer = observer;
    const third = await world.start();
    await world.until(third.client.run(waits, 'x').raiseEvent('go'));
    await world.until(third.client.run(waits, 'x').result());
    await world.quiet();
    expect(heard.filter(([name]) => ['runStarted', 'activityEnded'].includes(name))).to.deep.equal([]);
    expect(heard.filter(([name]) => name === 'runEnded')).to.have.length(1);
  });

  it('an observer that throws changes nothing, and is reported once', async () => {
    const world = new World([counter]);
    const fail = () => {
      throw new Error('a broken metric');
    };
    world.observer = { committed: fail, operationEnded: fail, roleChanged: fail };
    const { client } = await world.start();
    const id = new EntityId('counter', 'c');
    expect(await world.until(client.callEntity(id, 'add'))).to.equal(1);
    expect(await world.until(client.callEntity(id, 'add'))).to.equal(2);
    expect(world.log.filter(({ level }) => level === 'error').map(({ message }) => message)).to.deep.equal([
      'The observer of the task hub threw an error. Its later errors are not logged.',
    ]);
  });
});
