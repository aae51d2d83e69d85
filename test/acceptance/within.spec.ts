import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { DataSource, EntitySchema } from 'typeorm';
import { defineEntity, defineOrchestration, DurableClient, DurableHost, EntityId } from '../../src/index.js';
import { InvalidArgumentError, InvalidOperationError } from '../../src/errors/index.js';
import { eventually, failure, refusal } from './world.js';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const logId = new EntityId('Log', 'a');

const log = defineEntity('Log', { effects: 'none' }, (context) => {
  const lines = context.getState<unknown[]>(() => []);
  if (context.operationName === 'write') lines.push(context.getInput());
  return lines;
});
const quick = defineOrchestration('Quick', async (_context, input: string) => `done ${input}`);
const waits = defineOrchestration('Waits', async (context, input: string) => [
  input,
  await context.waitForExternalEvent('go'),
]);

interface Order {
  id: string;
}
const Order = new EntitySchema<Order>({ name: 'Order', columns: { id: { type: 'text', primary: true } } });

describe('acceptance: sending within a transaction of the application', () => {
  let folder: string;
  let storage: string;
  let application: DataSource;
  let host: DurableHost;
  const closing: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'durable-entities-within-'));
    storage = join(folder, 'hub.db');
    host = await DurableHost.start({ storage, register: [log, waits, quick], logger: quiet });
    closing.push(() => host.stop());
    application = await dataSource(storage);
  });
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
    await rm(folder, { recursive: true, force: true });
  });

  async function dataSource(database: string): Promise<DataSource> {
    const made = new DataSource({ type: 'sqlite', database, entities: [Order], busyTimeout: 5_000 } as never);
    await made.initialize();
    closing.push(() => made.destroy());
    await made.query('CREATE TABLE IF NOT EXISTS "order" (id text PRIMARY KEY)');
    return made;
  }

  const lines = () => host.client.callEntity<unknown[]>(logId, 'read');
  const orders = () => application.getRepository(Order).count();

  for (const kind of ['host.client', 'a connected client'])
    describe(kind, () => {
      let client: DurableClient;
      beforeEach(async () => {
        client = host.client;
        if (kind === 'host.client') return;
        client = await DurableClient.connect({ storage, logger: quiet });
        closing.push(() => client.close());
      });

      it('a transaction commits rows and messages together, messages in their order', async () => {
        const id = await application.transaction(async (manager) => {
          await manager.insert(Order, { id: 'o1' });
          const sender = client.within(manager);
          await sender.signalEntity(logId, 'write', 1);
          await sender.signalEntity(logId, 'write', 2);
          return sender.startNew(waits, { input: 'x' });
        });
        const run = client.run(waits, id);
        await eventually(() => run.status(), 'the run');
        await application.transaction((manager) => client.within(manager).raiseEvent(id, 'go', 'event'));
        expect(await run.result({ timeout: '2 minutes' })).to.deep.equal(['x', 'event']);
        expect(await orders()).to.equal(1);
        expect(await lines()).to.deep.equal([1, 2]);
      });

      it('a rolled back transaction leaves neither rows nor messages', async () => {
        await failure(
          application.transaction(async (manager) => {
            await manager.insert(Order, { id: 'o1' });
            await client.within(manager).signalEntity(logId, 'write', 1);
            throw new Error('rolled back');
          }),
        );
        await client.signalEntity(logId, 'write', 2);
        expect(await client.callEntity(logId, 'read')).to.deep.equal([2]);
        expect(await orders()).to.equal(0);
      });

      it('a signal of within comes before signals that the client sends after the transaction', async () => {
        for (let n = 0; n < 20; n += 2) {
          await application.transaction((manager) => client.within(manager).signalEntity(logId, 'write', n));
          await client.signalEntity(logId, 'write', n + 1);
        }
        expect(await client.callEntity(logId, 'read')).to.deep.equal(Array.from({ length: 20 }, (_, n) => n));
      });

      it('P9: a signal of within comes before signals that the client sends after the commit, also if the client has sent others meanwhile', async () => {
        const elsewhere = new EntityId('Log', 'elsewhere');
        for (let n = 0; n < 20; n += 2) {
          const meanwhile: Promise<unknown>[] = [];
          await application.transaction(async (manager) => {
            await client.within(manager).signalEntity(logId, 'write', n);
            meanwhile.push(client.signalEntity(elsewhere, 'write', n));
            // The host has finished the search that this signal caused.
            await client.readEntityState(elsewhere);
          });
          await client.signalEntity(logId, 'write', n + 1);
          await Promise.all(meanwhile);
        }
        expect(await client.callEntity(logId, 'read')).to.deep.equal(Array.from({ length: 20 }, (_, n) => n));
      });

      it('P9: starts a run that is there for whoever asks as soon as the transaction is committed', async () => {
        const other = kind === 'host.client' ? await DurableClient.connect({ storage, logger: quiet }) : host.client;
        if (other !== host.client) closing.push(() => other.close());
        for (let n = 0; n < 10; n++) {
          const instanceId = `quick-${n}`;
          await application.transaction((manager) =>
            client.within(manager).startNew(quick, { instanceId, input: 'x' }),
          );
          const asked = [client, other].map((each) => each.run(quick, instanceId).result({ timeout: '2 minutes' }));
          expect(await Promise.all(asked)).to.deep.equal(['done x', 'done x']);
        }
        await application.transaction((manager) =>
          client.within(manager).startNew(waits, { instanceId: 'w', input: 'x' }),
        );
        expect((await client.run(waits, 'w').status())?.name).to.equal('Waits');
        expect((await other.run(waits, 'w').status())?.name).to.equal('Waits');
        await other.run(waits, 'w').raiseEvent('go', 1);
        expect(await client.run(waits, 'w').result({ timeout: '2 minutes' })).to.deep.equal(['x', 1]);
      });

      it('a signal of within takes effect once under a request id, and when it is due', async () => {
        const send = () =>
          application.transaction((manager) =>
            client.within(manager).signalEntity(logId, 'write', 1, { requestId: 'once' }),
          );
        await send();
        await send();
        await application.transaction((manager) =>
          client.within(manager).signalEntity(logId, 'write', 2, { scheduledTime: new Date(Date.now() + 300) }),
        );
        await eventually(async () => ((await lines()).length >= 2 ? true : undefined), 'the scheduled one');
        expect(await lines()).to.deep.equal([1, 2]);
      });
    });

  it('an open transaction makes the host wait for its lock', async () => {
    const { client } = host;
    let waiting: Promise<unknown> | undefined;
    await application.transaction(async (manager) => {
      await manager.insert(Order, { id: 'o1' });
      waiting = client.signalEntity(logId, 'write', 'meanwhile');
      await client.within(manager).signalEntity(logId, 'write', 'within');
    });
    await waiting;
    await eventually(async () => ((await lines()).length === 2 ? true : undefined), 'both');
    expect(await lines()).to.have.members(['meanwhile', 'within']);
  });

  it('within refuses a manager that is not in an open transaction of the same file', async () => {
    const { client } = host;
    const send = (manager: unknown) => client.within(manager as never).signalEntity(logId, 'write', 1);
    await refusal(send(application.manager), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    await refusal(send(undefined), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    const elsewhere = await dataSource(join(folder, 'elsewhere.db'));
    const error = await failure(elsewhere.transaction((manager) => send(manager)));
    expect(error).to.be.instanceOf(InvalidArgumentError);
    expect(error.message).to.include('another database');
    const memory = await DurableHost.start({ storage: ':memory:', register: [log], logger: quiet });
    closing.push(() => memory.stop());
    const none = await failure(
      application.transaction((manager) => memory.client.within(manager).signalEntity(logId, 'write', 1)),
    );
    expect(none).to.be.instanceOf(InvalidOperationError);
    expect(await lines()).to.deep.equal([]);
  });

  class OtherSqlite {}
  for (const [what, driver, problem] of [
    ['better-sqlite3', { type: 'better-sqlite3', driver: OtherSqlite }, 'with "better-sqlite3", and the host'],
    [
      'another copy of sqlite3',
      { type: 'sqlite', driver: { verbose: () => ({ Database: OtherSqlite }) } },
      'with another copy of "sqlite3"',
    ],
  ] as const)
    it(`within refuses a DataSource that opens the file of the host with ${what}, and says why`, async () => {
      const connection = new DataSource({ ...driver, database: storage });
      const manager = { connection, queryRunner: { isTransactionActive: true } };
      const error = await failure(host.client.within(manager as never).signalEntity(logId, 'write', 1));
      expect(error).to.be.instanceOf(InvalidArgumentError);
      expect(error.message).to.include(`its DataSource opens the file ${problem}`);
      expect((error as InvalidArgumentError).hint).to.include('drops the locks of the host');
      expect(await lines()).to.deep.equal([]);
    });
});
