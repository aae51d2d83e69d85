/** M19: one client's messages to one entity keep the order of the calls, awaited or not. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { defineEntity, DurableClient, DurableHost, EntityId } from '../../src/index.js';
import { MemoryDatabase, MemoryStore } from '../../src/storage/memory/index.js';
import { amount } from '../amount.js';
import { acceptance, allSettings } from './variants.js';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const many = amount({ usual: 5_000, long: 20_000 });
/** A busy machine takes its time: how long a message waits is not what is tested here. */
const patient = { logger: quiet, intakeTimeout: '1 hour' } as const;

/** Records each number that arrives after a larger one. The list stays empty if all numbers arrive in order. */
const witness = defineEntity('Witness', { effects: 'none' }, (context) => {
  const seen = context.getState(() => ({ count: 0, last: -1, disorder: [] as number[] }));
  if (context.operationName === 'get') return seen;
  const number = context.getInput<number>();
  if (number < seen.last) seen.disorder.push(number);
  seen.last = number;
  seen.count++;
  return seen.count;
});
/** The same, each operation on its own. */
const slowWitness = defineEntity('SlowWitness', { effects: 'external' }, witness.handler);

const inOrder = (count: number) => ({ count, last: count - 1, disorder: [] });

acceptance('messages of one client to one entity, sent at once', allSettings, (world) => {
  it('M19: thousands of signals arrive in the order of the calls', async () => {
    const client = await world().start([witness], { intakeTimeout: '1 hour' });
    const id = new EntityId('Witness', 'a');
    await Promise.all(Array.from({ length: many }, (_, number) => client.signalEntity(id, 'tell', number)));
    expect(await client.callEntity(id, 'get')).to.deep.equal(inOrder(many));
  }).timeout(120_000);

  it('M19: signals and calls, by id and by request id, in turns to several entities, arrive in the order of the calls', async () => {
    const client = await world().start([witness, slowWitness], { intakeTimeout: '1 hour' });
    const ids = ['a', 'b', 'c'].flatMap((key) => [new EntityId('Witness', key), new EntityId('SlowWitness', key)]);
    const sent: Promise<unknown>[] = [];
    for (let number = 0; number < 60; number++) {
      for (const id of ids) {
        if (number % 3 === 0) sent.push(client.callEntity(id, 'tell', number));
        else if (number % 3 === 1) sent.push(client.signalEntity(id, 'tell', number));
        else sent.push(client.signalEntity(id, 'tell', number, { requestId: `${id.toString()}-${number}` }));
      }
    }
    await Promise.all(sent);
    for (const id of ids) expect(await client.callEntity(id, 'get'), id.toString()).to.deep.equal(inOrder(60));
  }).timeout(60_000);
});

describe('messages of one connected client to one entity, sent at once', () => {
  let folder: string;
  const open: AsyncDisposable[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'durable-entities-order-'));
  });
  afterEach(async () => {
    for (const each of open.splice(0).toReversed()) await each[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
  async function opened<T extends AsyncDisposable>(opening: Promise<T>): Promise<T> {
    const each = await opening;
    open.push(each);
    return each;
  }
  const id = new EntityId('Witness', 'a');

  it('M19: thousands of signals arrive in the order of the calls', async () => {
    const storage = join(folder, 'hub.db');
    await opened(DurableHost.start({ storage, register: [witness], ...patient }));
    const client = await opened(DurableClient.connect({ storage, logger: quiet }));
    await Promise.all(Array.from({ length: many }, (_, number) => client.signalEntity(id, 'tell', number)));
    expect(await client.callEntity(id, 'get')).to.deep.equal(inOrder(many));
  }).timeout(120_000);

  it('M19: signals that are sent before a host was ever there arrive in the order of the calls, with those behind them', async () => {
    const storage = join(folder, 'hub.db');
    const first = await opened(DurableHost.start({ storage, register: [witness], ...patient }));
    await first.stop();
    const client = await opened(DurableClient.connect({ storage, logger: quiet }));
    const before = Array.from({ length: 1_500 }, (_, number) => client.signalEntity(id, 'tell', number));
    await Promise.all(before);
    const behind = Array.from({ length: 1_500 }, (_, number) => client.signalEntity(id, 'tell', 1_500 + number));
    await opened(DurableHost.start({ storage, register: [witness], ...patient }));
    await Promise.all(behind);
    expect(await client.callEntity(id, 'get')).to.deep.equal(inOrder(3_000));
  }).timeout(60_000);

  it('M19: signals to an entity whose name the client must look up all arrive in order', async () => {
    const storage = join(folder, 'hub.db');
    const early = await opened(DurableHost.start({ storage, register: [slowWitness], ...patient }));
    const client = await opened(DurableClient.connect({ storage, logger: quiet }));
    await early.stop();
    await opened(DurableHost.start({ storage, register: [slowWitness, witness], ...patient }));
    const sent: Promise<unknown>[] = [];
    for (let number = 0; number < 300; number++) {
      sent.push(client.signalEntity(id, 'tell', number));
      // Some in the same turn, some in later ones, while the names are read and after.
      if (number % 5 === 0) await Promise.resolve();
      if (number % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(sent);
    expect(await client.callEntity(id, 'get')).to.deep.equal(inOrder(300));
  });
});

describe('messages after one in a transaction of the application', () => {
  it('M19: signals that wait for the look into the inbox are not overtaken by signals that are sent as it ends', async () => {
    const store = new MemoryStore(new MemoryDatabase({ alone: true }));
    // A memory store takes part in no transaction: the message itself is not what is tested.
    store.writeWithin = async () => {};
    const client: { current?: DurableClient } = {};
    const sent: Promise<unknown>[] = [];
    const id = new EntityId('Witness', 'a');
    const send = () => sent.push(client.current!.signalEntity(id, 'tell', sent.length));
    const poll = store.poll.bind(store);
    let armed = false;
    store.poll = async (...args) => {
      const found = await poll(...args);
      if (armed) {
        armed = false;
        void (async () => {
          for (let turn = 0; turn < 100; turn++) {
            await Promise.resolve();
            send();
          }
        })();
      }
      return found;
    };
    await using host = await DurableHost['startOn'](() => store, { register: [witness], ...patient });
    client.current = host.client;
    await host.client.within({} as never).signalEntity(new EntityId('Witness', 'other'), 'tell', 0);
    armed = true;
    for (let number = 0; number < 5; number++) send();
    // Until the look has ended.
    while (armed) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all(sent);
    expect(await host.client.callEntity(id, 'get')).to.deep.equal(inOrder(105));
  });
});
