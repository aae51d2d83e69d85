/** Errors for a caller that waits in vain, uses a member of the wrong context, or passes a value of the wrong type. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  defineEntity,
  defineOrchestration,
  DurableClient,
  DurableHost,
  EntityId,
  TimeoutError,
  type DurableError,
} from '../../src/index.js';
import {
  BackpressureError,
  InvalidArgumentError,
  InvalidOperationError,
  StorageBusyError,
  UnknownOutcomeError,
} from '../../src/errors/index.js';
import { MemoryDatabase, MemoryStore } from '../../src/storage/memory/index.js';
import { StoreBusyError } from '../../src/engines/sql/ports/store-errors.js';
import { acceptance, allSettings, twoSettings } from './variants.js';
import { Gate, refusal } from './world.js';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const counter = defineEntity('Counter', { effects: 'none' }, (context) => {
  if (context.operationName === 'add') context.setState(context.getState(() => 0) + 1);
  return context.getState() ?? 0;
});
const otherEntity = defineEntity('Other', () => 1);
const waiter = defineOrchestration('Waiter', async (context) => context.waitForExternalEvent('go'));
const holder = defineOrchestration('Holder', async (context) => {
  using _section = await context.lock(new EntityId('Counter', 'a'));
  context.setCustomStatus('holding');
  await context.waitForExternalEvent('go');
});
const id = new EntityId('Counter', 'a');
const soon = { timeout: 50 } as const;

function timedOut(attempt: Promise<unknown>): Promise<TimeoutError> {
  return refusal(attempt, TimeoutError, 'DE_TIMEOUT');
}

acceptance('a timeout says why nothing came', twoSettings, (world) => {
  it('M8: the active host has not registered the entity', async () => {
    await world().start([counter]);
    const client = await world().restart([otherEntity]);
    const error = await timedOut(client.callEntity(id, 'get', undefined, soon));
    expect(error.reason).to.deep.equal({ kind: 'notRegistered', what: 'entity', name: 'counter' });
    expect(error.message).to.equal(
      'Timed out after 50 ms: no answer of "get" from @counter@a: the active host has not registered the entity "counter".',
    );
    expect(error.hint).to.contain('add the entity to `register`');
    const ticket = await client.signalEntity(id, 'add');
    expect((await timedOut(client.processed(ticket, soon))).reason).to.include({ kind: 'notRegistered' });
  });

  it('M8: the active host has not registered the orchestration', async () => {
    const first = await world().start([waiter]);
    await first.startNew(waiter, { instanceId: 'w' });
    const client = await world().restart([otherEntity]);
    const error = await timedOut(client.run('Waiter', 'w').result(soon));
    expect(error.reason).to.deep.equal({ kind: 'notRegistered', what: 'orchestration', name: 'Waiter' });
  });

  it('M8: an orchestration holds the lock of the entity', async () => {
    const client = await world().start([counter, holder]);
    const run = await client.startNew(holder, { instanceId: 'holder-1' });
    await run.waitForStatus(({ customStatus }) => customStatus === 'holding');
    const error = await timedOut(client.callEntity(id, 'get', undefined, soon));
    expect(error.reason).to.deep.equal({ kind: 'locked', by: 'holder-1' });
    expect(error.message).to.contain('orchestration "holder-1" holds the lock of the entity');
    await run.raiseEvent('go');
    await run.result();
  });

  it('M8: the orchestration is suspended', async () => {
    const client = await world().start([waiter]);
    const run = await client.startNew(waiter, { instanceId: 's' });
    await run.suspend();
    const error = await timedOut(run.result(soon));
    expect(error.reason).to.deep.equal({ kind: 'suspended' });
    await run.terminate();
  });

  it('M8: an operation runs, and has not ended', async () => {
    const gate = new Gate();
    const slow = defineEntity('Slow', async () => gate.pass());
    const client = await world().start([slow]);
    const slowId = new EntityId('Slow', 'a');
    const first = client.callEntity(slowId, 'work');
    await gate.entered;
    const error = await timedOut(client.callEntity(slowId, 'more', undefined, soon));
    expect(error.reason).to.deep.equal({ kind: 'running', operation: 'work' });
    gate.open();
    await first;
  });

  it('M8: nothing is known against it: the error stands alone', async () => {
    const client = await world().start([waiter]);
    const run = await client.startNew(waiter, { instanceId: 'n' });
    const error = await timedOut(run.result(soon));
    expect(error.reason).to.equal(undefined);
    expect(error.message).to.equal('Timed out after 50 ms: orchestration "n" has not ended.');
    expect(error.hint).to.contain('Nothing was cancelled');
    await run.terminate();
  });
});

describe('a timeout of a client without a host says why nothing came', () => {
  let folder: string;
  let storage: string;
  const open: AsyncDisposable[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'durable-entities-reasons-'));
    storage = join(folder, 'hub.db');
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
  /** After a host that knew all names, and is gone. */
  async function connected(): Promise<DurableClient> {
    const host = await DurableHost.start({ storage, register: [counter, waiter], logger: quiet });
    await host.client.startNew(waiter, { instanceId: 'w' });
    await host.stop();
    return opened(DurableClient.connect({ storage, logger: quiet }));
  }

  it('M8: TimeoutError says that no host is active, for calls, signals with a request id, starts, cancellations, results and commands', async () => {
    const client = await connected();
    const ticket = await client.signalEntity(id, 'add');
    const attempts: readonly Promise<unknown>[] = [
      client.callEntity(id, 'get', undefined, soon),
      client.signalEntity(id, 'add', undefined, { requestId: 'r', ...soon }),
      client.startNew(waiter, { instanceId: 'v', ...soon }),
      client.cancelSignal(id, 'alarm', soon),
      client.processed(ticket, soon),
      client.run(waiter, 'w').result(soon),
      client.run(waiter, 'w').raiseEvent('go', 1, soon),
      client.run(waiter, 'w').terminate('enough', soon),
    ];
    for (const error of await Promise.all(attempts.map(timedOut))) {
      expect(error.reason, error.message).to.deep.equal({ kind: 'noActiveHost' });
      expect(error.message).to.match(/: no host is active\.$/);
      expect(error.hint).to.contain('start a host');
    }
  });

  it('M8: the active host of another process has not registered the target', async () => {
    const client = await connected();
    await opened(DurableHost.start({ storage, register: [otherEntity], logger: quiet }));
    const error = await timedOut(client.callEntity(id, 'get', undefined, soon));
    expect(error.reason).to.deep.equal({ kind: 'notRegistered', what: 'entity', name: 'counter' });
    expect(error.message).to.contain('has not registered the entity "counter"');
  });

  it('M20: a signal with a request id that timed out is applied once when a host comes, however often it was repeated', async () => {
    const client = await connected();
    const signal = () => client.signalEntity(id, 'add', undefined, { requestId: 'once', ...soon });
    await timedOut(signal());
    await timedOut(
      client.signalEntity(id, 'add', undefined, {
        requestId: 'once',
        ...soon,
        retry: { maxAttempts: 3, firstRetryInterval: 1 },
      }),
    );
    await opened(DurableHost.start({ storage, register: [counter, waiter], logger: quiet }));
    const ticket = await client.signalEntity(id, 'add', undefined, { requestId: 'once' });
    await client.processed(ticket);
    expect(await client.callEntity(id, 'get')).to.equal(1);
  });

  it('M20: a start that timed out, and is repeated by its retry policy, is one run', async () => {
    const client = await connected();
    const starting = client.startNew(waiter, {
      instanceId: 'late',
      timeout: 20,
      retry: { maxAttempts: 10_000, firstRetryInterval: 1 },
    });
    await opened(DurableHost.start({ storage, register: [counter, waiter], logger: quiet }));
    const run = await starting;
    await run.raiseEvent('go', 'done');
    expect(await run.result()).to.equal('done');
    expect(await client.queryRuns({ instanceIdPrefix: 'late' }).count()).to.equal(1);
  });
});

describe('a signal with a retry policy', () => {
  /** A host whose storage refuses, or loses answers, as told. */
  async function hostOn(
    plan: (commit: () => Promise<{ nowMs: number }>) => Promise<{ nowMs: number }>,
  ): Promise<DurableHost> {
    const store = new MemoryStore(new MemoryDatabase({ alone: true }));
    const commit = store.commit.bind(store);
    store.commit = (batch) =>
      batch.inbox.length === 0 && batch.instances.length === 0 ? commit(batch) : plan(() => commit(batch));
    return DurableHost['startOn'](() => store, { register: [counter], logger: quiet, intakeTimeout: 200 });
  }

  it('M20: a message with a retry policy is sent again after backpressure, and applied once', async () => {
    let isBusy = true;
    await using host = await hostOn(async (commit) => {
      if (isBusy) throw new StoreBusyError('busy');
      return commit();
    });
    const errors: DurableError[] = [];
    const shouldRetry = (error: DurableError) => {
      errors.push(error);
      isBusy = false;
      return true;
    };
    const sent = Array.from({ length: 3 }, () =>
      host.client.signalEntity(id, 'add', undefined, {
        timeout: 30,
        retry: { maxAttempts: 100, firstRetryInterval: 10, shouldRetry },
      }),
    );
    await Promise.all(sent);
    expect(errors.length).to.be.greaterThan(0);
    for (const error of errors) {
      const known = [TimeoutError, BackpressureError, StorageBusyError, UnknownOutcomeError];
      expect(
        known.some((type) => error instanceof type),
        error.name,
      ).to.equal(true);
    }
    expect(await host.client.callEntity(id, 'get')).to.equal(3);
  });

  it('M20: a message with a retry policy is not sent again after an error that no repeat can help', async () => {
    await using host = await hostOn((commit) => commit());
    let asked = 0;
    const shouldRetry = () => {
      asked++;
      return true;
    };
    const options = { requestId: 'r', retry: { maxAttempts: 3, shouldRetry } };
    await host.client.signalEntity(id, 'add', 1, options);
    const reused = await host.client.signalEntity(id, 'add', 2, options).then(
      () => undefined,
      (error: unknown) => error as DurableError,
    );
    expect(reused?.code).to.equal('DE_REQUEST_ID_REUSED');
    expect(asked).to.equal(0);
  });

  it('M20: timeout and retry are refused in a transaction', async () => {
    await using host = await hostOn((commit) => commit());
    const sender = host.client.within({} as never);
    for (const option of ['timeout', 'retry']) {
      const attempt = sender.signalEntity(id, 'add', 1, { [option]: 1 });
      expect((await refusal(attempt, InvalidArgumentError, 'DE_INVALID_ARGUMENT')).message).to.contain(`"${option}"`);
    }
  });
});

acceptance('a member of another context says the way out', allSettings.slice(0, 1), (world) => {
  for (const [member, way] of [
    ['callEntity', 'signalEntity'],
    ['createEntityProxy', 'signalEntity'],
    ['readEntityState', 'signalEntity'],
    ['lock', 'startNewOrchestration'],
    ['callActivity', "effects: 'external'"],
    ['callSubOrchestration', 'startNewOrchestration'],
    ['startNew', 'startNewOrchestration'],
    ['createTimer', 'scheduledTime'],
    ['waitForExternalEvent', 'signal it'],
  ] as const) {
    it(`M5: ${member} in an entity`, async () => {
      const probe = defineEntity('Probe', (context) =>
        (context as unknown as Record<string, (...all: unknown[]) => unknown>)[member]!(id, 'get'),
      );
      const client = await world().start([probe, counter]);
      const error = (await client.callEntity(new EntityId('Probe', 'a'), 'try').then(
        () => undefined,
        (thrown: unknown) => thrown,
      )) as Error;
      const cause = error.cause as InvalidOperationError;
      expect(cause).to.be.instanceOf(InvalidOperationError);
      expect(cause.message).to.equal(`There is no ${member} in the context of an entity.`);
      expect(cause.hint).to.contain(way);
    });
  }

  for (const [member, way] of [
    ['startNew', 'callSubOrchestration'],
    ['readEntityState', 'callEntity'],
    ['getInput', 'second parameter'],
    ['getState', 'local variables'],
    ['callHttp', 'activity'],
  ] as const) {
    it(`M5: ${member} in an orchestration`, async () => {
      const probe = defineOrchestration('Probe', async (context) =>
        (context as unknown as Record<string, (...all: unknown[]) => unknown>)[member]!(id),
      );
      const client = await world().start([probe]);
      const error = (await (await client.startNew(probe)).result().then(
        () => undefined,
        (thrown: unknown) => thrown,
      )) as Error;
      const cause = error.cause as InvalidOperationError;
      expect(cause.message).to.equal(`There is no ${member} in the context of an orchestration.`);
      expect(cause.hint).to.contain(way);
    });
  }

  it('M9: a key that is a number is called so, with the way to make it text', async () => {
    class Shelf {}
    const client = await world().start([counter]);
    const give = (key: unknown) =>
      (client.signalEntity as (...all: unknown[]) => Promise<unknown>)(Shelf, key, () => {});
    const error = await refusal(give(7), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    expect(error.message).to.equal('Invalid target: the key is a number.');
    expect(error.hint).to.contain('String(key)');
    expect((await refusal(give(null), InvalidArgumentError, 'DE_INVALID_ARGUMENT')).message).to.equal(
      'Invalid target: the key is null.',
    );
    expect(() => new EntityId('Counter', 7 as never)).to.throw(
      'the key is unusable: it must be a string, not a number',
    );
  });

  it('M15: equals of an entity id returns false for any value that is not an entity id', () => {
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    for (const other of [
      null,
      undefined,
      '@counter@a',
      7,
      {},
      { name: 'counter', key: 'a' },
      [],
      revoked.proxy,
      () => {},
    ]) {
      expect(id.equals(other)).to.equal(false);
    }
    expect(id.equals(new EntityId('COUNTER', 'a'))).to.equal(true);
    expect(id.equals(new EntityId('Counter', 'A'))).to.equal(false);
  });
});
