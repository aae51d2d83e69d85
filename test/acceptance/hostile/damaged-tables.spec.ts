/** Tables of a file that a person or a bug has damaged: the host continues with the sound data, or its start reports the damage. */
import { expect } from 'chai';
import { defineEntity, defineOrchestration, DurableHost, EntityId } from '../../../src/index.js';
import { answerOf, within } from '../bad-input/proof.js';
import { withTypeOrm } from '../../storage/typeorm-over.js';
import { eventually, World } from '../world.js';

const box = defineEntity('Box', { effects: 'none' }, (context) => {
  if (context.operationName === 'set') return context.setState(context.getInput());
  return context.getState();
});
const waits = defineOrchestration('Waits', async (context) => context.waitForExternalEvent('go'));
const register = [box, waits];
const a = new EntityId('Box', 'a');

describe('acceptance: damaged tables', () => {
  let world: World;
  beforeEach(() => {
    world = new World({ storage: 'sqlite', evict: false });
  });
  afterEach(() => within('the stop', world.end()));

  async function damage(...statements: readonly string[]): Promise<void> {
    const client = await world.start(register);
    await client.callEntity(a, 'set', 1);
    await client.startNew(waits, { instanceId: 'w' });
    await world.host.stop();
    await withTypeOrm(await world.file(), async (dataSource) => {
      for (const sql of statements) await dataSource.query(sql);
    });
  }

  async function works(): Promise<void> {
    const { client } = world;
    for (let n = 0; n < 100; n++) await within('a call', client.callEntity(new EntityId('Box', `k${n}`), 'set', n));
    expect(await within('a read', client.callEntity(a, 'get'))).to.equal(1);
    const run = client.run(waits, 'w');
    await within('an event', run.raiseEvent('go', 5));
    expect(await within('a run', run.result())).to.equal(5);
    expect(world.host.role).to.equal('active');
  }

  const errors = () => world.lines.filter(({ level }) => level === 'error').map(({ message }) => message);
  const row = (id: string, arrival = 'NULL', due = 'NULL', seq = '') =>
    `INSERT INTO de_inbox (id, partition, target, arrival, due, body${seq && ', seq'}) VALUES
      (${id}, 1, '@box@a', ${arrival}, ${due}, '{"kind":"operation","operation":"set","input":"7"}'${seq && `, ${seq}`})`;

  for (const [what, sql] of [
    ['an id of 2^63 - 1', row('9223372036854775807')],
    ['an id of -2^63', row('-9223372036854775808')],
    ['an id of 2^53', row('9007199254740992')],
    ['an id that is a text', row("'x'")],
    ['a place of 2^63 - 1', row('77', '9223372036854775807')],
    ['a place that is a text', row('77', "'x'")],
  ] as const)
    it(`P5: a message with ${what} is reported and kept, and all other work continues`, async () => {
      await damage(sql);
      await world.start(register);
      await works();
      expect(errors().join()).to.match(/not safe integers/);
    });

  it('P5: a due time that is a text stops no timer', async () => {
    await damage(row('77', 'NULL', "'soon'"));
    const client = await world.start(register);
    await client.signalEntity(new EntityId('Box', 'later'), 'set', 2, { scheduledTime: new Date(Date.now() + 50) });
    await eventually(
      async () => (await client.callEntity(new EntityId('Box', 'later'), 'get')) ?? undefined,
      'the signal',
    );
    await works();
  });

  for (const [what, sql] of [
    ['one partition', 'DELETE FROM de_partition WHERE number = 5'],
    ['the last partition', 'DELETE FROM de_partition WHERE number = 63'],
    ['a third of the partitions', 'DELETE FROM de_partition WHERE number % 3 = 1'],
  ] as const)
    it(`P5: the host creates missing rows of ${what} again and reports that`, async () => {
      await damage(sql);
      await world.start(register);
      await works();
      expect(errors().join()).to.match(/Rows of partitions were missing/);
    });

  for (const [what, sql] of [
    ['10^9', 'UPDATE de_task_hub SET partition_count = 1000000000'],
    ['0', 'UPDATE de_task_hub SET partition_count = 0'],
    ['-1', 'UPDATE de_task_hub SET partition_count = -1'],
    ['1.5', 'UPDATE de_task_hub SET partition_count = 1.5'],
    ['a text', "UPDATE de_task_hub SET partition_count = 'many'"],
    ['less than there are', 'UPDATE de_task_hub SET partition_count = 32'],
    ['far more than there are', 'UPDATE de_task_hub SET partition_count = 1024'],
  ] as const)
    it(`P5: the start reports a partition count of ${what}`, async () => {
      await damage(sql);
      const answer = await answerOf(async () =>
        DurableHost.start({ storage: await world.file(), register, logger: world.logger }),
      );
      expect(answer).to.include({ code: 'DE_STORAGE' });
      expect((answer as { message: string }).message).to.match(/partition count/);
    });

  it('P5: the start reports a task hub without its row', async () => {
    await damage('DELETE FROM de_task_hub');
    const answer = await answerOf(async () =>
      DurableHost.start({ storage: await world.file(), register, logger: world.logger }),
    );
    expect(answer).to.include({ code: 'DE_STORAGE' });
    expect((answer as { message: string }).message).to.match(/de_task_hub has no row/);
  });

  it('P6: a trigger of the application that raises fails the host with its words, and leaves no dead letter', async () => {
    await damage(
      "CREATE TRIGGER no_writes BEFORE UPDATE ON de_instance BEGIN SELECT RAISE(ABORT, 'the application says no'); END",
      "CREATE TRIGGER no_rows BEFORE INSERT ON de_instance BEGIN SELECT RAISE(ABORT, 'the application says no'); END",
    );
    const client = await world.start(register);
    const answers = Array.from({ length: 10 }, (_, n) =>
      answerOf(() => client.callEntity(new EntityId('Box', `k${n}`), 'set', n)),
    );
    for (const answer of await Promise.all(answers)) expect(answer).to.include({ code: 'DE_HOST_STOPPED' });
    expect(world.host.role).to.equal('failed');
    const failed = world.lines.filter(({ level }) => level === 'error');
    expect(failed.map(({ message }) => message).join()).to.match(/^The host has failed/);
    expect(String((failed[0] as { fields: { error?: Error } }).fields.error)).to.match(/the application says no/);
    await world.host.stop();
    await withTypeOrm(await world.file(), async (dataSource) => {
      expect(await dataSource.query('SELECT * FROM de_dead_letter')).to.deep.equal([]);
      expect(await dataSource.query('SELECT DISTINCT attempts FROM de_inbox')).to.deep.equal([{ attempts: 0 }]);
    });
  });
});
