import { expect } from 'chai';
import type { OrchestrationStatus } from '../../../src/client/run-status.js';
import { emptyEntry } from '../../../src/hub/empty-entry.js';
import type { HistoryEntry, HistoryOptions, RunHistory } from '../../../src/hub/inspected.js';
import { readHistory, wireEvents } from '../../../src/http/compatible/history-events.js';
import { valuesShownBy } from '../../../src/http/compatible/shown-value.js';
import { Payloads } from '../../../src/http/payloads.js';

const entry = (index: number, kind: HistoryEntry['kind'], fields: Partial<HistoryEntry> = {}): HistoryEntry => ({
  ...emptyEntry,
  kept: false,
  index,
  kind,
  atMs: 1_000 * (index + 1),
  ...fields,
});

const value = (json: unknown) => {
  const text = JSON.stringify(json);
  return { text, length: text.length, isCut: false };
};

const status = {
  instanceId: 'r',
  name: 'Order',
  runtimeStatus: 'completed',
  output: 'done',
  createdAt: new Date(500),
  lastUpdatedAt: new Date(99_000),
} as unknown as OrchestrationStatus;

const show = valuesShownBy(new Payloads('show'));
const everything = { showInput: true, showOutput: true };
const eventsOf = (entries: readonly HistoryEntry[], view = everything, of = status) =>
  wireEvents({ entries, isCut: false }, of, view, show).map((event) => JSON.parse(JSON.stringify(event)) as object);

/** An inspector with a history of this many events, in pages. */
function inspectorOf(count: number, text = '1') {
  const asked: (HistoryOptions | undefined)[] = [];
  return {
    asked,
    async history(instance: string, options?: HistoryOptions): Promise<RunHistory | undefined> {
      asked.push(options);
      if (instance !== 'r') return undefined;
      const from = Number(options?.cursor ?? 0);
      const to = Math.min(count, from + (options?.limit ?? 50));
      const items = Array.from({ length: to - from }, (_, n) =>
        entry(from + n, 'eventReceived', { value: { text, length: text.length, isCut: false } }),
      );
      const next = to < count ? String(to) : undefined;
      return { instance, name: 'Order', status: 'running', execution: 'x', problem: undefined, items, next };
    },
  };
}

describe('histories for clients of Azure', () => {
  it('H25 an action is folded into its answer, with both times and its input', () => {
    expect(
      eventsOf([
        entry(0, 'started', { value: value(7) }),
        entry(1, 'activityCalled', { task: 1, name: 'Pay', value: value('in') }),
        entry(2, 'completed', { task: 1, value: value('out') }),
      ]),
    ).to.deep.equal([
      { EventType: 'ExecutionStarted', Timestamp: '1970-01-01T00:00:01.000Z', FunctionName: 'Order', Input: 7 },
      {
        EventType: 'TaskCompleted',
        Timestamp: '1970-01-01T00:00:03.000Z',
        FunctionName: 'Pay',
        ScheduledTime: '1970-01-01T00:00:02.000Z',
        Input: 'in',
        Result: 'out',
      },
      {
        EventType: 'ExecutionCompleted',
        Timestamp: '1970-01-01T00:01:39.000Z',
        OrchestrationStatus: 'Completed',
        Result: 'done',
      },
    ]);
  });

  it('an action without an answer is an event of its own', () => {
    const [activity, entity, child] = eventsOf([
      entry(0, 'activityCalled', { task: 1, name: 'Pay' }),
      entry(1, 'entityCalled', { task: 2, name: 'add', target: '@counter@a' }),
      entry(2, 'childStarted', { task: 3, name: 'Ship', target: 'child-1' }),
    ]);
    expect(activity).to.include({ EventType: 'TaskScheduled', Name: 'Pay' });
    expect(entity).to.include({ EventType: 'TaskScheduled', Name: 'add', InstanceId: '@counter@a' });
    expect(child).to.include({ EventType: 'SubOrchestrationInstanceCreated', Name: 'Ship', InstanceId: 'child-1' });
  });

  it('a failure has the message as its reason, and the name before it in its details', () => {
    const error = value({ name: 'Overdrawn', message: 'no money', stack: 'at secret.ts' });
    const [task, child] = eventsOf([
      entry(0, 'activityCalled', { task: 1, name: 'Pay' }),
      entry(1, 'failed', { task: 1, error }),
      entry(2, 'childStarted', { task: 2, name: 'Ship' }),
      entry(3, 'failed', { task: 2, error }),
    ]);
    const expected = { Reason: 'no money', Details: 'Overdrawn: no money' };
    expect(task).to.include({ EventType: 'TaskFailed', FunctionName: 'Pay', ...expected });
    expect(child).to.include({ EventType: 'SubOrchestrationInstanceFailed', FunctionName: 'Ship', ...expected });
    expect(JSON.stringify([task, child])).not.to.include('secret');
  });

  it('a timer and its end are two events, with the time for which it was set', () => {
    const FireAt = '1970-01-01T01:00:00.000Z';
    const [created, fired] = eventsOf([
      entry(0, 'timerStarted', { task: 1, dueMs: 3_600_000 }),
      entry(1, 'timerFired', { task: 1 }),
    ]);
    expect(created).to.include({ EventType: 'TimerCreated', FireAt });
    expect(fired).to.include({ EventType: 'TimerFired', FireAt });
  });

  it('events and signals have names, targets and values', () => {
    const [received, signalled, sent, started] = eventsOf([
      entry(0, 'eventReceived', { name: 'go', value: value(1) }),
      entry(1, 'entitySignalled', { name: 'add', target: '@counter@a', value: value(2) }),
      entry(2, 'eventSent', { name: 'go', target: 'r2', value: value(3) }),
      entry(3, 'runStarted', { name: 'Other', target: 'r3', value: value(4) }),
    ]);
    expect(received).to.include({ EventType: 'EventRaised', Name: 'go', Input: 1 });
    expect(signalled).to.include({ EventType: 'EventSent', Name: 'add', InstanceId: '@counter@a', Input: 2 });
    expect(sent).to.include({ EventType: 'EventSent', Name: 'go', InstanceId: 'r2', Input: 3 });
    expect(started).to.include({ EventType: 'EventSent', Name: 'Other', InstanceId: 'r3', Input: 4 });
  });

  it('steps that Azure lacks are generic events in words', () => {
    const [locks, patched] = eventsOf([
      entry(0, 'locksRequested', { targets: ['@a@1', '@b@2'] }),
      entry(1, 'patched', { name: 'new-tax' }),
    ]);
    expect(locks).to.include({ EventType: 'GenericEvent', Data: 'locksRequested @a@1 @b@2' });
    expect(patched).to.include({ EventType: 'GenericEvent', Data: 'patched new-tax' });
  });

  it('an event without a time of its own has that of the event before', () => {
    const [first, second] = eventsOf([
      entry(0, 'patched', { atMs: undefined }),
      entry(1, 'eventReceived', { name: 'go', atMs: 8_000 }),
    ]);
    expect(first).to.include({ Timestamp: '1970-01-01T00:00:00.500Z' });
    expect(second).to.include({ Timestamp: '1970-01-01T00:00:08.000Z' });
  });

  it('H26 without inputs and outputs a failure still has its reason', () => {
    const error = value({ name: 'Overdrawn', message: 'no money' });
    const [failed] = eventsOf(
      [entry(0, 'activityCalled', { task: 1, name: 'Pay' }), entry(1, 'failed', { task: 1, error })],
      { showInput: false, showOutput: false },
    );
    expect(failed).to.include({ EventType: 'TaskFailed', Reason: 'no money' });
  });

  it('H26 without inputs and outputs an event has neither', () => {
    const text = JSON.stringify(
      eventsOf(
        [
          entry(0, 'started', { value: value('secret') }),
          entry(1, 'activityCalled', { task: 1, name: 'Pay', value: value('secret') }),
          entry(2, 'completed', { task: 1, value: value('secret') }),
        ],
        { showInput: false, showOutput: false },
      ),
    );
    expect(text).not.to.match(/secret|done/);
  });

  it('a value that was cut is a text', () => {
    const [event] = eventsOf([
      entry(0, 'eventReceived', { name: 'go', value: { text: '{"a":', length: 9_999, isCut: true } }),
    ]);
    expect(event).to.include({ Input: '{"a":…' });
  });

  it('a run that goes on has no event of its end', () => {
    const running = { ...status, runtimeStatus: 'running' } as OrchestrationStatus;
    expect(eventsOf([entry(0, 'started')], everything, running)).to.have.lengthOf(1);
  });

  it('a history is read page by page, to its end', async () => {
    const inspector = inspectorOf(250);
    const { entries, isCut } = await readHistory(inspector, 'r');
    expect([entries.length, isCut, inspector.asked.length]).to.deep.equal([250, false, 3]);
    expect(await readHistory(inspector, 'nowhere')).to.deep.equal({ entries: [], isCut: false });
  });

  it('H25 a history is cut after 10,000 events or 4 MiB of values, and then has no event of its end', async () => {
    const long = await readHistory(inspectorOf(20_000), 'r');
    expect([long.entries.length, long.isCut]).to.deep.equal([10_000, true]);
    const wide = await readHistory(inspectorOf(1_000, `"${'x'.repeat(100_000)}"`), 'r');
    expect([wide.entries.length, wide.isCut]).to.deep.equal([100, true]);
    const last = wireEvents(long, status, everything, show).at(-1);
    expect(last?.EventType).to.equal('EventRaised');
  });
});
