/** Inspection beside the running engine: it shows what is committed, changes nothing, and reads histories of both formats. */
import { expect } from 'chai';
import type { HubObserver } from '../../src/hub/observer.js';
import { defineActivity, defineEntity, defineOrchestration } from '../../src/functions/define.js';
import { inspectorOf } from './inspectors.js';
import { counter, id } from './programs.js';
import { deferred, failure, World } from './world.js';
import { parseHistory } from '../../src/engines/sql/core/history-text.js';

const act = defineActivity('Act', (_context, n: number) => n + 1);
const outside = defineEntity('Outside', (context) => context.getState(() => 0));
const story = defineOrchestration('Story', async (context, key: string) => {
  const n = await context.callActivity(act, 1);
  {
    using section = await context.lock(id('Counter', key), id('Counter', 'z'));
    await context.callEntity(id('Counter', key), 'add', n);
    void section;
  }
  await context.callEntity(id('Outside', key), 'get');
  context.signalEntity(id('Counter', 'z'), 'add', 1);
  return context.waitForExternalEvent('go');
});

const everything: HubObserver = {
  committed() {},
  admitted() {},
  operationEnded() {},
  lockGranted() {},
  lockReleased() {},
  runStarted() {},
  runEnded() {},
  activityEnded() {},
};

async function tell(watched: boolean): Promise<World> {
  const world = new World([counter, act, outside, story], { seed: 7 });
  if (watched) world.observer = everything;
  const process = await world.start();
  const inspector = await inspectorOf(world, process);
  const stop = watched ? inspector.feed(() => {}) : () => {};
  for (const key of ['a', 'b', 'c']) await world.until(process.client.startNew(story, { instanceId: key, input: key }));
  await world.quiet();
  await world.until(process.client.run(story, 'a').raiseEvent('go', 1));
  await world.quiet();
  stop();
  await world.until(process.engine.stop());
  return world;
}

describe('inspection beside the engine', () => {
  it('histories, states and messages are the same with and without an observer and a feed', async () => {
    const [alone, watched] = [await tell(false), await tell(true)];
    for (const table of ['instances', 'history', 'inbox'] as const) {
      const rows = (world: World) =>
        JSON.stringify([...world.database[table]].map(([key, row]) => [key, row instanceof Map ? [...row] : row]));
      expect(rows(watched), table).to.equal(rows(alone));
    }
  });

  it('an inspector shows at each commit what the rows say, and nothing that is not committed', async () => {
    const world = new World([counter]);
    const process = await world.start();
    const inspector = await inspectorOf(world, process);
    await world.until(process.client.callEntity(id('Counter', 'k'), 'add'));
    const gate = deferred();
    process.store.holdBefore.set('commit', gate.promise);
    const second = process.client.callEntity(id('Counter', 'k'), 'add');
    await world.quiet();
    // The second operation has run, and its commit has not.
    const before = await inspector.entity('@counter@k');
    expect([before?.version, before?.state?.text]).to.deep.equal([1, '1']);
    expect((await inspector.entities()).items.map(({ version }) => version)).to.deep.equal([1]);
    process.store.holdBefore.clear();
    gate.resolve();
    await world.until(second);
    const after = await inspector.entity('@counter@k');
    expect([after?.version, after?.state?.text]).to.deep.equal([2, '2']);
    const { version, state } = world.row('@counter@k') ?? {};
    expect([after?.version, after?.state?.text]).to.deep.equal([version, state]);
  });

  it('an inspector loads no instance into memory', async () => {
    const world = new World([counter, act, outside, story]);
    const first = await world.start();
    await world.until(first.client.startNew(story, { instanceId: 'a', input: 'a' }));
    await world.quiet();
    await world.until(first.engine.stop());
    const second = await world.start();
    await world.quiet();
    const inspector = await inspectorOf(world, second);
    for (const look of [
      () => inspector.entity('@counter@a'),
      () => inspector.run('a'),
      () => inspector.history('a'),
      () => inspector.timeline('a'),
      () => inspector.explain('a'),
      () => inspector.locks(),
      () => inspector.messages('@counter@a'),
      () => inspector.overview(),
    ])
      await look();
    await world.quiet();
    expect(second.engine.status().worker?.instances).to.equal(0);
  });

  it('the event that answers an activity or an external operation tells when the work began, and others do not', async () => {
    const world = await tell(false);
    const chunks = [...(world.database.history.get('a')?.values() ?? [])];
    const begun = chunks
      .flatMap(({ events }) => parseHistory(events))
      .flatMap((each) => (each.h === 'fed' && each.started !== undefined ? [[each.started, each.at] as const] : []));
    expect(begun).to.have.length(2);
    for (const [started, at] of begun) expect(started).to.be.at.most(at);
  });

  it('a history of version 0.1 is read without the times that it does not have', async () => {
    const world = await tell(false);
    for (const [key, chunk] of world.database.history.get('a') ?? [])
      world.database.history
        .get('a')
        ?.set(key, { ...chunk, events: JSON.stringify(parseHistory(chunk.events)).replaceAll(/,"started":\d+/g, '') });
    const process = await world.start();
    const history = await world.until(process.client.run(story, 'a').history());
    expect(history?.[0]).to.include({ kind: 'started', value: 'a' });
    expect(history?.filter(({ startedAt }) => startedAt !== undefined)).to.deep.equal([]);
    expect(history?.filter(({ kind }) => kind === 'completed').map(({ name, value }) => [name, value])).to.deep.equal([
      ['Act', 2],
      ['add', 2],
      ['get', 0],
    ]);
    const locked = history?.find(({ kind }) => kind === 'locksRequested');
    expect(locked?.targets).to.deep.equal(['@counter@a', '@counter@z']);
    expect(await world.until(process.client.run(story, 'nobody').history())).to.equal(undefined);
  });

  it('a damaged history is an error of run.history(), and an inspector shows its readable part', async () => {
    const world = await tell(false);
    const process = await world.start();
    const chunks = world.database.history.get('b');
    const [key] = [...(chunks?.keys() ?? [])].slice(-1);
    chunks?.delete(key as string);
    const error = await failure(world.until(process.client.run(story, 'b').history()));
    expect((error as { code?: string }).code).to.equal('DE_STORAGE');
    const history = await world.until((await inspectorOf(world, process)).history('b'));
    expect(history?.problem).to.match(/is missing/);
    expect(history?.items.length).to.be.above(0);
  });
});
