import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  DurableClient,
  DurableHost,
  Entity,
  EntityId,
  Operation,
  OrchestrationFailedError,
  TimeoutError,
} from '../../src/index.js';
import { ClientClosedError, InvalidArgumentError, UnknownEntityError } from '../../src/errors/index.js';
import { defineOrchestration } from '../../src/index.js';
import { OtherHost } from './other-host.js';
import { eventually, expectError, refusal } from './world.js';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const logId = new EntityId('Log', 'a');

@Entity({ effects: 'none' })
class Counter {
  value = 0;

  @Operation()
  async add(amount: number): Promise<number> {
    this.value += amount;
    return this.value;
  }
}

const half = defineOrchestration('Half', async (context, input: number) => {
  if (input % 2 === 1) throw new RangeError('odd');
  return input / 2 + (await context.waitForExternalEvent<number>('more'));
});

describe('acceptance: a client in another process', () => {
  let folder: string;
  let storage: string;
  const others: OtherHost[] = [];
  const closing: AsyncDisposable[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'durable-entities-connect-'));
    storage = join(folder, 'hub.db');
  });
  afterEach(async () => {
    for (const each of closing.splice(0).toReversed()) await each[Symbol.asyncDispose]();
    for (const other of others.splice(0)) await other.kill();
    await rm(folder, { recursive: true, force: true });
  });

  async function other(name: string): Promise<OtherHost> {
    const started = await OtherHost.start(storage, name);
    others.push(started);
    return started;
  }

  async function connect(register: readonly unknown[] = []): Promise<DurableClient> {
    const client = await DurableClient.connect({ storage, register, logger: quiet });
    closing.push(client);
    return client;
  }

  async function host(register: readonly unknown[]): Promise<DurableHost> {
    const started = await DurableHost.start({ storage, register, logger: quiet });
    closing.push(started);
    return started;
  }

  it('signals, calls and reads entities of hosts in other processes, while these are killed and follow each other', async () => {
    const first = await other('a');
    await first.becomes('active');
    const second = await other('b');
    await second.becomes('standby');
    const client = await connect();
    const values = Array.from({ length: 30 }, (_, n) => `${n}`);
    for (const value of values) {
      await client.signalEntity(logId, 'write', value);
      if (value !== '12') continue;
      expect(await client.callEntity(logId, 'get')).to.have.length(13);
      await first.kill();
    }
    expect(await client.callEntity(logId, 'write', 'last', { timeout: '2 minutes', requestId: 'last' })).to.equal(31);
    expect(await client.callEntity(logId, 'write', 'last', { requestId: 'last' })).to.equal(31);
    const { entityState } = await client.readEntityState<string[]>(logId);
    expect(entityState?.map((line) => line.slice(2))).to.deep.equal([...values, 'last']);
    expect(new Set(entityState?.map((line) => line[0]))).to.deep.equal(new Set(['a', 'b']));
  });

  it('a connected client uses classes, interfaces and typed orchestrations', async () => {
    await host([Counter, half]);
    const client = await connect([Counter, half]);
    expect(await client.callEntity(Counter, 'x', (counter) => counter.add(2))).to.equal(2);
    expect((await client.readEntityState(Counter, 'x')).entityState?.value).to.equal(2);
    const run = await client.startNew(half, { input: 4 });
    await refusal(run.result({ timeout: 50 }), TimeoutError, 'DE_TIMEOUT');
    const result = run.result();
    await run.raiseEvent('more', 40);
    expect(await result).to.equal(42);
    const odd = await client.startNew(half, { input: 3 });
    const error = await refusal(odd.result(), OrchestrationFailedError, 'DE_ORCHESTRATION_FAILED');
    expect(error.is('RangeError')).to.equal(true);
  });

  it('a connected client knows a name as soon as a worker has announced it', async () => {
    const client = await connect();
    await refusal(client.signalEntity(logId, 'write', '1'), UnknownEntityError, 'DE_UNKNOWN_ENTITY');
    const first = await other('a');
    await first.becomes('active');
    // A client asks for new names at most once a second.
    const write = () =>
      client.callEntity(logId, 'write', '1').catch((error: unknown) => {
        expectError(error, UnknownEntityError, 'DE_UNKNOWN_ENTITY');
        return undefined;
      });
    expect(await eventually(write, 'the name')).to.equal(1);
  });

  it('connect refuses a storage that other processes cannot reach, and unknown options', async () => {
    await refusal(DurableClient.connect({ storage: ':memory:' }), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    const typo = { storage, registered: [] } as never;
    await refusal(DurableClient.connect(typo), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    await refusal(DurableClient.connect({} as never), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
  });

  it('close ends a connected client for ever; the client of a host works until the host stops', async () => {
    const { client: own } = await host([Counter]);
    const client = await connect([Counter]);
    await client.close();
    await client.close();
    await refusal(
      client.signalEntity(Counter, 'x', (counter) => counter.add(1)),
      ClientClosedError,
      'DE_CLIENT_CLOSED',
    );
    await own.close();
    expect(await own.callEntity(Counter, 'x', (counter) => counter.add(1))).to.equal(1);
  });
});
