import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  DurableHost,
  defineOrchestration,
  EntityId,
  Orchestration,
  type OrchestrationContext,
} from '../../src/index.js';
import { NonDeterministicOrchestrationError } from '../../src/errors/index.js';
import { readHistory, replay, TestHost, type OrchestrationHistory } from '../../src/testing/index.js';
import { buy, charge, Counter, failure, list, lists, programs, reminder, startHost } from './programs.js';

const buyers = new EntityId('List', 'buyers');
const afterJson = (history: OrchestrationHistory) => JSON.parse(JSON.stringify(history)) as OrchestrationHistory;

async function recorded(
  orchestration: Parameters<TestHost['client']['startNew']>[0] | typeof reminder,
  register: readonly unknown[],
  how: { input?: unknown; end?: boolean; before?: (host: TestHost) => void } = {},
): Promise<OrchestrationHistory> {
  await using host = await startHost({ register });
  how.before?.(host);
  const run = await host.client.startNew(orchestration as typeof reminder, {
    input: (how.input ?? 'tea') as string,
    instanceId: 'run-1',
  });
  if (how.end !== false) await host.until(run.result()).catch(() => {});
  await host.idle();
  return afterJson(await host.history(run));
}

describe('replay: recorded histories against the code of today', () => {
  it('replay accepts the same code from start to end', async () => {
    const history = await recorded(reminder, programs);
    expect(history.run).to.deep.equal({ ...history.run, instanceId: 'run-1', name: 'Reminder', version: 1 });
    expect(await replay(history, reminder)).to.deep.equal({
      status: 'completed',
      output: 'tea at 2026-01-04T00:00:00.000Z',
    });
  });

  it('replay accepts the history of a run that has not ended', async () => {
    const history = await recorded(reminder, programs, { end: false });
    expect(history.outcome).to.equal(null);
    expect(await replay(history, reminder)).to.deep.equal({ status: 'running' });
  });

  it('replay accepts the history of a run that has not begun', async () => {
    const history = await recorded(reminder, programs, { end: false });
    expect(await replay({ ...history, events: [] }, reminder)).to.deep.equal({ status: 'running' });
  });

  it('replay refuses code that asks for another action and shows both actions', async () => {
    const history = await recorded(reminder, programs);
    const hasty = defineOrchestration('Reminder', async (context, text: string): Promise<string> => {
      await context.createTimer('2 days');
      return text;
    });
    const error = await failure(replay(history, hasty));
    expect(error).to.be.instanceOf(NonDeterministicOrchestrationError);
    expect(error.message).to.include('timer at 1767484800000').and.include('timer at 1767398400000');
  });

  it('replay refuses code that asks for more or fewer actions, or ends too early', async () => {
    const history = await recorded(buy, programs);
    const of = (code: (context: OrchestrationContext, order: string) => Promise<unknown>) =>
      replay(history, defineOrchestration('Buy', code)).then(
        () => 'passed',
        (error: Error) => error.message,
      );
    expect(await of(async () => 'nothing'))
      .to.include('no longer matches')
      .and.include('code:    nothing');
    expect(
      await of(async (context, order) => {
        const receipt = await context.callActivity(charge, order, { retry: { maxAttempts: 3 } });
        context.signalEntity(buyers, 'append', order);
        return receipt;
      }),
    ).to.include('signal @list@buyers');
    expect(
      await of(async (context, order) => {
        void context.callActivity(charge, order, { retry: { maxAttempts: 3 } });
        return 'at once';
      }),
    ).to.include('its code ended where its history continues');
  });

  it('replay refuses code that waits where the recorded run completed', async () => {
    const short = defineOrchestration('Short', async (): Promise<string> => 'done');
    const history = await recorded(short as never, [short]);
    const long = defineOrchestration('Short', async (context): Promise<string> =>
      context.waitForExternalEvent('never'),
    );
    expect((await failure(replay(history, long))).message).to.include('did not complete where its history did');
  });

  it('replay refuses code that awaits something that is not durable', async () => {
    const history = await recorded(reminder, programs, { end: false });
    const careless = defineOrchestration('Reminder', async (): Promise<string> => new Promise(() => {}));
    expect((await failure(replay(history, careless))).name).to.equal('NonDeterministicOrchestrationError');
    const waits = defineOrchestration('Waits', async (): Promise<void> => new Promise(() => {}));
    const opened = { ...history, run: { ...history.run, name: 'Waits' }, events: history.events.slice(0, 1) };
    expect((await failure(replay(opened, waits))).message).to.include('not durable');
  });

  it('replay accepts another outcome for a run that failed', async () => {
    const history = await recorded(buy, programs, {
      before: (host) => host.faults.failActivity(charge, new Error('refused'), 3),
    });
    expect(history.outcome?.kind).to.equal('failed');
    const same = await replay(history, buy);
    expect(same.status === 'failed' && same.error.message).to.include('refused');
    const forgiving = defineOrchestration('Buy', async (context, order: string): Promise<string> => {
      try {
        return await context.callActivity(charge, order, {
          retry: { maxAttempts: 3, firstRetryInterval: '1 minute', backoffCoefficient: 2 },
        });
      } catch {
        return 'later';
      }
    });
    expect(await replay(history, forgiving)).to.deep.equal({ status: 'completed', output: 'later' });
  });

  it('patches keep old histories replayable', async () => {
    const history = await recorded(reminder, programs);
    const patched = defineOrchestration('Reminder', async (context, text: string): Promise<string> => {
      if (context.patched('no-timer')) return text;
      await context.createTimer('3 days');
      context.signalEntity(list, 'append', text);
      return 'the old way';
    });
    expect(await replay(history, patched)).to.deep.equal({ status: 'completed', output: 'the old way' });
  });

  it('replay gives classes their services and resolves interfaces with registered classes', async () => {
    @Orchestration({ name: 'Saver' })
    class Saver {
      async run(context: OrchestrationContext, amount: number): Promise<number> {
        const counter = context.createEntityProxy(Counter, 'a');
        return counter.add(amount);
      }
    }
    const history = await recorded(Saver as never, [Counter, Saver], { input: 4 });
    expect(await replay(history, Saver, { register: [Counter] })).to.deep.equal({ status: 'completed', output: 4 });
    expect((await failure(replay(history, Saver))).message)
      .to.include('it failed: UnknownEntityError')
      .and.include('Counter');
  });

  it('replay refuses code with another name or version than the run', async () => {
    const history = await recorded(reminder, programs);
    const second = defineOrchestration('Reminder', { version: 2 }, async (context) => void context.createTimer(1));
    expect((await failure(replay(history, buy))).message).to.include('not of Buy, version 1');
    expect((await failure(replay(history, second))).message).to.include('not of Reminder, version 2');
    expect((await failure(replay({} as never, reminder))).name).to.equal('InvalidArgumentError');
    expect((await failure(replay(history, Counter as never))).message).to.include('orchestration');
  });

  it('history() rejects an unknown id and an entity with OrchestrationNotFoundError', async () => {
    await using host = await startHost({ register: programs });
    await host.client.callEntity(Counter, 'a', (counter) => counter.add(1));
    expect((await failure(host.history('nothing'))).name).to.equal('OrchestrationNotFoundError');
    expect((await failure(host.history('@counter@a'))).name).to.equal('OrchestrationNotFoundError');
  });
});

describe('readHistory: from the database of a real host', () => {
  let folder: string;
  let storage: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'durable-entities-history-'));
    storage = join(folder, 'bank.db');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('readHistory reads a file while a host uses it, and afterwards', async () => {
    const host = await DurableHost.start({ storage, register: [lists, charge, buy, reminder] });
    const run = await host.client.startNew(buy, { input: 'a', instanceId: 'order-1' });
    await run.result();
    await host.client.startNew(reminder, { input: 'tea', instanceId: 'tea-1' });
    const during = await readHistory(storage, 'order-1');
    await host.stop();
    expect(await readHistory(storage, 'order-1')).to.deep.equal(during);
    expect(await replay(afterJson(during), buy)).to.deep.equal({ status: 'completed', output: 'receipt of a' });
    expect(await replay(await readHistory(storage, 'tea-1'), reminder)).to.deep.equal({ status: 'running' });
  });

  it('readHistory reports a missing file or run and writes nothing', async () => {
    expect((await failure(readHistory(storage, 'x'))).name).to.equal('StorageError');
    const host = await DurableHost.start({ storage, register: [lists, buy, charge] });
    await host.stop();
    expect((await failure(readHistory(storage, 'x'))).name).to.equal('OrchestrationNotFoundError');
    expect((await failure(readHistory(storage, 'x', { tablePrefix: 'other_' }))).name).to.equal('StorageError');
    expect((await failure(readHistory(storage, 'x', { tablePrefix: 'a;b' }))).message).to.include('tablePrefix');
  });
});
