/** A host whose file is opened with better-sqlite3. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { DataSource } from 'typeorm';
import { defineEntity, defineOrchestration, DurableClient, DurableHost, EntityId } from '../../src/index.js';
import { InvalidArgumentError, StorageError } from '../../src/errors/index.js';
import { bundled } from '../bundled.js';
import { eventually, failure } from './world.js';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const logId = new EntityId('Log', 'a');
const log = defineEntity('Log', { effects: 'none' }, (context) => {
  const lines = context.getState<unknown[]>(() => []);
  if (context.operationName === 'write') lines.push(context.getInput());
  return lines;
});
const twice = defineOrchestration('Twice', async (context, input: string) => {
  await context.callEntity(logId, 'write', input);
  const event = await context.waitForExternalEvent('go');
  return context.callEntity(logId, 'write', event);
});

describe('acceptance: a file with better-sqlite3', () => {
  let folder: string;
  let database: string;
  let host: DurableHost;
  const closing: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'durable-entities-better-'));
    database = join(folder, 'hub.db');
    host = await start();
  });
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
    await rm(folder, { recursive: true, force: true });
  });

  async function start(): Promise<DurableHost> {
    const started = await DurableHost.start({
      storage: { type: 'better-sqlite3', database },
      register: [log, twice],
      logger: quiet,
    });
    closing.push(() => started.stop());
    return started;
  }

  async function application(type: 'better-sqlite3' | 'sqlite', file = database): Promise<DataSource> {
    const made = await new DataSource({ type, database: file }).initialize();
    closing.push(() => made.destroy());
    return made;
  }

  const lines = () => host.client.callEntity<unknown[]>(logId, 'read');

  it('a host continues an orchestration that another host on the file began', async () => {
    const run = await host.client.startNew(twice, { input: 'first' });
    await eventually(async () => ((await lines()).length === 1 ? true : undefined), 'the first line');
    await host.stop();
    host = await start();
    await host.client.run(twice, run.instanceId).raiseEvent('go', 'second');
    expect(await host.client.run(twice, run.instanceId).result()).to.deep.equal(['first', 'second']);
  });

  it('a client without a host sends to the host', async () => {
    const client = await DurableClient.connect({ storage: { type: 'better-sqlite3', database }, logger: quiet });
    closing.push(() => client.close());
    expect(await client.callEntity(logId, 'write', 1)).to.deep.equal([1]);
  });

  it('the event loop runs while a commit waits for the lock of an application', async () => {
    const dataSource = await application('better-sqlite3');
    let sent: Promise<unknown> | undefined;
    await dataSource.transaction(async (manager) => {
      await host.client.within(manager).signalEntity(logId, 'write', 'within');
      sent = host.client.signalEntity(logId, 'write', 'meanwhile');
      // A commit on the event loop would keep this transaction from its end.
      for (let turn = 0; turn < 100; turn++) await setImmediate();
    });
    await sent;
    await eventually(async () => ((await lines()).length === 2 ? true : undefined), 'both lines');
    expect(await lines()).to.have.members(['within', 'meanwhile']);
  });

  it('a rolled back transaction leaves no message', async () => {
    const dataSource = await application('better-sqlite3');
    const gone = dataSource.transaction(async (manager) => {
      await host.client.within(manager).signalEntity(logId, 'write', 'gone');
      throw new Error('rolled back');
    });
    expect((await failure(gone)).message).to.equal('rolled back');
    expect(await lines()).to.deep.equal([]);
  });

  it('within refuses a DataSource with sqlite3', async () => {
    const connection = new DataSource({ type: 'sqlite', database });
    const manager = { connection, queryRunner: { isTransactionActive: true } };
    const error = await failure(host.client.within(manager as never).signalEntity(logId, 'write', 1));
    expect(error).to.be.instanceOf(InvalidArgumentError);
    expect(error.message).to.include('its DataSource opens the file with "sqlite", and the host with "better-sqlite3"');
  });

  it('a host with sqlite3 is refused in a process that has the file open with better-sqlite3', async () => {
    const error = await failure(DurableHost.start({ storage: database, register: [log], logger: quiet }));
    expect(error).to.be.instanceOf(StorageError);
    expect(error.message).to.include('open with another SQLite package');
    expect(await host.client.callEntity(logId, 'write', 1)).to.deep.equal([1]);
  });

  it('a process that is killed loses nothing that it acknowledged, and the next host waits for nothing', async () => {
    await host.stop();
    const acknowledged: number[] = [];
    const program = await bundled('test/acceptance/better-sqlite3-child');
    for (let cycle = 1; cycle <= 3; cycle++) {
      const child = fork(program, [database, String(cycle * 1_000_000)]);
      let left = 25;
      child.on('message', (number) => {
        acknowledged.push(number as number);
        left--;
        if (left === 0) child.kill('SIGKILL');
      });
      expect(await once(child, 'exit')).to.deep.equal([null, 'SIGKILL']);
    }
    host = await start();
    const stored = await lines();
    expect(acknowledged).to.have.length.of.at.least(75);
    expect(stored).to.include.members(acknowledged);
    expect(stored).to.have.lengthOf(new Set(stored).size);
  });
});
