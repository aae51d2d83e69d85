/** Damaged rows: the engine reports them, other instances continue, and waiting callers get an error at once. */
import { expect } from 'chai';
import { defineEntity, defineOrchestration } from '../../src/functions/define.js';
import type { InstanceRow } from '../../src/engines/sql/ports/store.js';
import { counter, id, list } from './programs.js';
import { failure, World, type Process } from './world.js';

const waits = defineOrchestration('Waits', async (context) => {
  context.setCustomStatus('waiting');
  return context.waitForExternalEvent('go');
});
const asks = defineOrchestration('Asks', async (context, key: string) =>
  context.callEntity(id('Counter', key), 'add').then(
    () => 'answered',
    (error: Error) => (error.cause as Error | undefined)?.message ?? error.message,
  ),
);
const fleeting = defineEntity('Fleeting', { effects: 'none' }, () => 0);
const bad = id('Counter', 'bad');

async function damagedWorld(damage: (world: World) => void): Promise<{ world: World; host: Process }> {
  const world = new World([counter, list, waits, asks, fleeting]);
  const first = await world.start();
  await world.until(first.client.callEntity(bad, 'add'));
  await world.until(first.client.startNew(waits, { instanceId: 'bad' }));
  await world.quiet();
  await world.until(first.engine.stop());
  damage(world);
  return { world, host: await world.start() };
}

function change(world: World, rowId: string, fields: Partial<Record<keyof InstanceRow, unknown>>): void {
  const row = world.row(rowId) as InstanceRow;
  world.database.instances.set(rowId, { ...row, ...fields } as InstanceRow);
}

/** The host worked in one term, and counted no death. */
async function unharmed(world: World, { client, engine, store }: Process): Promise<void> {
  expect(await world.until(client.callEntity(id('Counter', 'near'), 'add'), 5_000)).to.equal(1);
  expect(engine.role).to.equal('active');
  expect(store.accesses.filter((access) => access === 'join').length).to.equal(1);
  expect(world.database.deadLetters.size).to.equal(0);
  expect(world.log.some(({ level, fields }) => level === 'error' && 'instance' in fields)).to.equal(true);
}

describe('damaged rows in the engine', () => {
  const numbers = ['x', null, 0, -1, 1.5, 2 ** 60, Number.NaN];
  for (const version of numbers)
    it(`P5: an entity whose version is ${String(version)} fails callers and orchestrations, and its signals wait`, async () => {
      const { world, host } = await damagedWorld((each) => change(each, '@counter@bad', { version }));
      const { client } = host;
      const error = await world.until(failure(client.callEntity(bad, 'add')), 2_000);
      expect([error.name, (error as { code?: string }).code]).to.deep.equal(['StorageError', 'DE_STORAGE']);
      expect(error.message).to.match(/The stored data of "@counter@bad" is damaged: its version is/);
      const run = await world.until(client.startNew(asks, { input: 'bad' }));
      expect(await world.until(run.result(), 2_000)).to.match(/is damaged/);
      await world.until(client.signalEntity(bad, 'add'), 2_000);
      await unharmed(world, host);
      // The signal was acknowledged: it is kept, and takes effect when the row is mended.
      expect(world.database.inbox.size).to.equal(1);
      await world.until(host.engine.stop());
      change(world, '@counter@bad', { version: 1 });
      const next = await world.start();
      expect(await world.until(next.client.callEntity(bad, 'get'))).to.equal(2);
    });

  for (const [what, fields] of [
    ['times are texts', { createdAtMs: 'yesterday' }],
    ['kind is another', { kind: 'orchestration' }],
    ['meta is broken', { meta: '{broken' }],
    ['meta holds names of format 1', { meta: '{"named":{"r":1}}' }],
  ] as const)
    it(`P5: an entity whose ${what} fails callers at once as damaged`, async () => {
      const { world, host } = await damagedWorld((each) => change(each, '@counter@bad', fields));
      const error = await world.until(failure(host.client.callEntity(bad, 'add')), 2_000);
      expect((error as { code?: string }).code).to.equal('DE_STORAGE');
      await unharmed(world, host);
    });

  for (const row of ['x', null, 1.5, 2 ** 60])
    it(`P5: an entity whose named signal has the row ${String(row)} fails callers at once as damaged`, async () => {
      const { world, host } = await damagedWorld(({ database }) =>
        database.named.set('@counter@bad', new Map([['r', row as number]])),
      );
      const error = await world.until(failure(host.client.callEntity(bad, 'add')), 2_000);
      expect((error as { code?: string }).code).to.equal('DE_STORAGE');
      expect(error.message).to.match(/the row of its named signal "r" is/);
      await unharmed(world, host);
    });

  for (const [what, damage] of [
    ['history is gone', (world) => world.database.history.clear()],
    [
      'record counts another history',
      (world) => change(world, 'bad', { state: world.row('bad')?.state?.replace(/"chunks":\d+/, '"chunks":7') }),
    ],
    ['record is broken', (world) => change(world, 'bad', { state: '{broken' })],
    ['version is no number', (world) => change(world, 'bad', { version: 'x' })],
  ] as const satisfies readonly [string, (world: World) => void][])
    it(`P5: an orchestration whose ${what} fails events, commands and waiting callers at once`, async () => {
      const { world, host } = await damagedWorld(damage);
      const run = host.client.run(waits, 'bad');
      const result = failure(run.result());
      const attempts = [run.raiseEvent('go', 1), run.terminate('enough'), run.suspend()];
      for (const failed of attempts.map(failure)) {
        const error = await world.until(failed, 2_000);
        expect((error as { code?: string }).code, error.message).to.equal('DE_STORAGE');
      }
      for (const told of [result, failure(run.result())])
        expect(((await world.until(told, 2_000)) as { code?: string }).code).to.equal('DE_STORAGE');
      await unharmed(world, host);
    });

  it('P5: a client of another process gets the error of a damaged row too', async () => {
    const { world, host } = await damagedWorld((each) => change(each, '@counter@bad', { version: 'x' }));
    const { client } = await world.connect();
    const error = await world.until(failure(client.callEntity(bad, 'add')), 5_000);
    expect((error as { code?: string }).code).to.equal('DE_STORAGE');
    await unharmed(world, host);
  });

  it('P5: messages for a damaged instance do not stay in memory', async () => {
    const { world, host } = await damagedWorld((each) => change(each, '@counter@bad', { version: 'x' }));
    for (let n = 0; n < 50; n++) await world.until(host.client.signalEntity(bad, 'add'));
    await world.pass(1_000);
    expect(world.database.inbox.size).to.equal(50);
    const live = (host.engine as unknown as { worker: { term: { live: { get(id: string): { waiting: number } } } } })
      .worker.term.live;
    expect(live.get('@counter@bad').waiting).to.equal(0);
    await unharmed(world, host);
  });
});
