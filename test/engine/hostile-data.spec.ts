import { expect } from 'chai';
import { defineOrchestration } from '../../src/functions/define.js';
import { counter, id } from './programs.js';
import { failure, World, type Process } from './world.js';
import { parseHistory } from '../../src/engines/sql/core/history-text.js';

/** Rows as a later version, a bug or a hand could have left them: one of them never stops its neighbours. */
describe('data that cannot be read', () => {
  const asker = defineOrchestration('Asker', async (context) => {
    const value = await context.callEntity(id('Counter', 'a'), 'get');
    await context.waitForExternalEvent('end');
    return value;
  });

  async function neighboursWork(world: World, { client }: Process): Promise<void> {
    expect(await world.until(client.callEntity(id('Counter', 'n'), 'add'), 60_000)).to.be.a('number');
    const run = await world.until(client.startNew(asker), 60_000);
    await world.until(run.raiseEvent('end'), 60_000);
    expect(await world.until(run.result(), 60_000)).to.equal(0);
  }

  async function prepared(): Promise<World> {
    const world = new World([asker, counter]);
    const { client, die } = await world.start();
    await world.until(client.callEntity(id('Counter', 'a'), 'get'));
    await world.until(client.callEntity(id('Counter', 'bad'), 'add'));
    await world.until(client.startNew(asker, { instanceId: 'bad' }));
    await world.quiet();
    die();
    return world;
  }

  function addRow(world: World, target: string, body: string): void {
    const row = { id: 1, partition: 0, target, arrival: 1, dueMs: null, body, seq: 1, attempts: 0 };
    world.database.inbox.set(1, row);
  }

  it('an unreadable state fails only the operation that reads it', async () => {
    const world = await prepared();
    const row = world.row('@counter@bad');
    if (row !== undefined) world.database.instances.set(row.id, { ...row, state: '{broken' });
    const process = await world.start();
    const error = await world.until(failure(process.client.callEntity(id('Counter', 'bad'), 'get')), 60_000);
    expect((error as { code?: string }).code).to.equal('DE_STATE_DESERIALIZATION');
    await neighboursWork(world, process);
  });

  const later = '{\\"$de\\":\\"Temporal\\",\\"v\\":1}';
  const broken: Record<string, (world: World) => void> = {
    'an event of a kind that a later version wrote': (world) =>
      addRow(world, 'bad', `{"kind":"event","name":"end","value":"${later}"}`),
    'an answer with an error that a later version wrote': (world) =>
      addRow(
        world,
        'bad',
        '{"kind":"answer","execution":"1-1","task":0,"answer":{"ok":false,"error":"{\\"name\\":\\"Error\\",\\"message\\":\\"m\\",\\"data\\":{\\"a\\":{\\"$de\\":\\"Temporal\\"}}}"}}',
      ),
    'an input of a kind that a later version wrote': (world) =>
      addRow(world, '@counter@bad', `{"kind":"operation","operation":"add","input":"${later}"}`),
    'a message that is no JSON': (world) => addRow(world, 'bad', '{broken'),
    'a message of an unknown kind': (world) => addRow(world, 'bad', '{"kind":"dance"}'),
    'a message of an unknown kind for an entity': (world) => addRow(world, '@counter@bad', '{"kind":"dance"}'),
    'a message for an id that is none': (world) => addRow(world, '@', '{"kind":"operation","operation":"add"}'),
    'the record of a run': (world) => {
      const row = world.row('bad');
      if (row !== undefined) world.database.instances.set('bad', { ...row, state: '{broken' });
      addRow(world, 'bad', '{"kind":"event","name":"end"}');
    },
    'the history of a run': (world) => {
      for (const [key, chunk] of world.database.history.get('bad') ?? [])
        world.database.history.get('bad')?.set(key, { ...chunk, events: '{broken' });
      addRow(world, 'bad', '{"kind":"event","name":"end"}');
    },
    'a history that a later version wrote': (world) => {
      for (const [key, chunk] of world.database.history.get('bad') ?? [])
        world.database.history.get('bad')?.set(key, {
          ...chunk,
          events: JSON.stringify(parseHistory(chunk.events)).replace('"value":"0"', `"value":"${later}"`),
        });
      addRow(world, 'bad', '{"kind":"event","name":"end"}');
    },
    'what is kept beside the state of an entity': (world) => {
      const row = world.row('@counter@bad');
      if (row !== undefined) world.database.instances.set(row.id, { ...row, meta: '{broken' });
      addRow(world, '@counter@bad', '{"kind":"operation","operation":"add"}');
    },
  };
  for (const [name, destroy] of Object.entries(broken)) {
    it(`unreadable data stops no other work: ${name}`, async () => {
      const world = await prepared();
      destroy(world);
      const process = await world.start();
      await neighboursWork(world, process);
    });
  }
});
