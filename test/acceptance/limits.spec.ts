import { expect } from 'chai';
import {
  defineActivity,
  defineEntity,
  defineOrchestration,
  DurableHost,
  EntityId,
  type DurableError,
  type Limits,
} from '../../src/index.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const id = (key: string) => new EntityId('Store', key);
const kilobytes = (count: number) => 'é'.repeat(count * 512);

const store = defineEntity('Store', { effects: 'none' }, (context) => {
  switch (context.operationName) {
    case 'set':
      context.setState(context.getInput());
      break;
    case 'grow':
      context.setState({ text: kilobytes(context.getInput<number>()) });
      break;
    case 'large':
      return kilobytes(context.getInput<number>());
    case 'flood':
      for (let i = 0; i < context.getInput<number>(); i++) context.signalEntity(id('other'), 'set', i);
      break;
    case 'get':
      return context.getState();
  }
  return undefined;
});
const large = defineActivity('Large', (_context, count: number) => kilobytes(count));
const flood = defineOrchestration('Flood', async (context, count: number): Promise<void> => {
  for (let i = 0; i < count; i++) context.signalEntity(id('other'), 'set', i);
});
const chatty = defineOrchestration('Chatty', async (context, count: number): Promise<number> => {
  using _section = await context.lock(id('locked'));
  for (let i = 0; i < count; i++) await context.callEntity(id('locked'), 'set', kilobytes(1));
  return count;
});
const wordy = defineOrchestration('Wordy', async (context, count: number): Promise<string> => {
  return (await context.callActivity(large, count)).slice(0, 3);
});

async function failureOf(promise: Promise<unknown>): Promise<DurableError> {
  try {
    await promise;
  } catch (error) {
    return error as DurableError;
  }
  throw new Error('It did not fail.');
}

describe('limits', () => {
  let host: DurableHost | undefined;
  const start = async (limits: Partial<Limits>) => {
    host = await DurableHost.start({
      storage: ':memory:',
      register: [store, large, flood, chatty, wordy],
      logger: silent,
      limits,
    });
    return host.client;
  };
  afterEach(async () => host?.stop());

  it('an input over the limit is refused at the sender, and nothing is sent', async () => {
    const client = await start({ inputBytes: 2_048 });
    await client.callEntity(id('a'), 'set', kilobytes(1));
    for (const send of [
      client.callEntity(id('a'), 'set', kilobytes(3)),
      client.signalEntity(id('a'), 'set', kilobytes(3)),
      client.startNew(chatty, { input: kilobytes(3) as never }),
    ]) {
      const error = await failureOf(send);
      expect([error.name, error.code]).to.deep.equal(['LimitExceededError', 'DE_LIMIT_EXCEEDED']);
    }
    expect(await client.callEntity(id('a'), 'get')).to.equal(kilobytes(1));
  });

  it('a state over the limit fails its operation, and the state before stands', async () => {
    const client = await start({ stateBytes: 10_000 });
    await client.callEntity(id('a'), 'grow', 2);
    const error = await failureOf(client.callEntity(id('a'), 'grow', 20));
    expect([error.name, error.code]).to.deep.equal(['StateSerializationError', 'DE_STATE_SERIALIZATION']);
    expect(error.message).to.contain('10000 bytes');
    expect(await client.callEntity(id('a'), 'get')).to.deep.equal({ text: kilobytes(2) });
  });

  it('a result over the limit fails its operation or activity, not the host', async () => {
    const client = await start({ inputBytes: 4_096 });
    const error = await failureOf(client.callEntity(id('a'), 'large', 5));
    expect(error.is('LimitExceededError')).to.equal(true);
    const run = await client.startNew(wordy, { input: 5 });
    expect((await failureOf(run.result())).is('LimitExceededError')).to.equal(true);
    expect(await (await client.startNew(wordy, { input: 2 })).result()).to.equal('ééé');
  });

  it('an operation or orchestration that sends too much at once fails, and nothing of it is sent', async () => {
    const client = await start({ turnMessages: 100 });
    expect((await failureOf(client.callEntity(id('a'), 'flood', 101))).is('LimitExceededError')).to.equal(true);
    expect(
      (await failureOf((await client.startNew(flood, { input: 101 })).result())).is('LimitExceededError'),
    ).to.equal(true);
    expect((await client.readEntityState(id('other'))).entityExists).to.equal(false);
    await client.callEntity(id('a'), 'flood', 100);
    expect(await client.callEntity(id('other'), 'get')).to.equal(99);
  });

  it('an orchestration whose history grows over the limit fails, and its locks are released', async () => {
    const client = await start({ historyBytes: 20_000 });
    expect(await (await client.startNew(chatty, { input: 5 })).result()).to.equal(5);
    expect(
      (await failureOf((await client.startNew(chatty, { input: 50 })).result())).is('LimitExceededError'),
    ).to.equal(true);
    expect(await client.callEntity(id('locked'), 'get')).to.equal(kilobytes(1));
  });

  it('the host refuses an unknown limit, or one that is not a whole number, at the start', async () => {
    for (const limits of [{ inputByte: 1 }, { inputBytes: 0 }, { inputBytes: 1.5 }]) {
      expect((await failureOf(start(limits))).code).to.equal('DE_INVALID_ARGUMENT');
    }
  });
});
