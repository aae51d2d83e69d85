import { expect } from 'chai';
import { historyEntries } from '../../src/engines/sql/history-entries.js';
import type { HistoryEvent } from '../../src/engines/sql/core/history.js';
import type { RunEntry } from '../../src/hub/inspected.js';
import { timelineOf } from '../../src/inspect/timeline.js';
import type { RunAction, SessionEvent } from '../../src/model/orchestration-events.js';

const fed = (at: number, event: SessionEvent, started?: number): HistoryEvent => ({ h: 'fed', at, event, started });
const did = (action: RunAction, child?: string): HistoryEvent => ({ h: 'did', action, child });
const started = fed(1, { kind: 'started', input: undefined });

function run(differences: Partial<RunEntry> = {}): RunEntry {
  const open = { id: 'r', name: 'R', status: 'running', execution: 'x', awaitedEvents: [], createdAtMs: 1 };
  return { ...open, ...differences } as unknown as RunEntry;
}

const bars = (events: readonly HistoryEvent[], of = run()) =>
  timelineOf(of, historyEntries(events), true).bars.map(
    ({ kind, name, scheduledAtMs, startedAtMs, endedAtMs, outcome }) => [
      kind,
      name,
      scheduledAtMs,
      startedAtMs,
      endedAtMs,
      outcome,
    ],
  );

describe('a timeline', () => {
  it('an activity waits until it started, and works until it ended', () => {
    const events = [
      started,
      did({ task: 0, kind: 'activity', name: 'A', input: undefined }),
      fed(9, { kind: 'completed', task: 0, value: '1' }, 4),
    ];
    expect(bars(events)).to.deep.equal([['activity', 'A', 1, 4, 9, 'ok']]);
  });

  it('a time limit that passes ends the bar of its step as failed, and is no bar of its own', () => {
    const events = [
      started,
      did({ task: 0, kind: 'call', target: '@e@k', operation: 'op', input: undefined }),
      did({ task: 1, kind: 'timer', dueMs: 5, limits: { task: 0, ms: 4 } }),
      fed(5, { kind: 'fired', task: 1 }),
    ];
    expect(bars(events)).to.deep.equal([['call', 'op', 1, undefined, 5, 'failed']]);
  });

  it('a time limit of a step that ended in time is no bar', () => {
    const events = [
      started,
      did({ task: 0, kind: 'activity', name: 'A', input: undefined }),
      did({ task: 1, kind: 'timer', dueMs: 50, limits: { task: 0, ms: 49 } }),
      fed(5, { kind: 'failed', task: 0, error: '{}' }),
      did({ task: 2, kind: 'cancelTimer', timer: 1 }),
    ];
    expect(bars(events)).to.deep.equal([['activity', 'A', 1, undefined, 5, 'failed']]);
  });

  it('a critical section waits for its locks, then holds them until it releases them', () => {
    const events = [
      started,
      did({ task: 0, kind: 'lock', targets: ['@e@a', '@e@b'] }),
      { h: 'lock', section: 0 } as const,
      fed(4, { kind: 'granted', task: 0 }),
      did({ task: 1, kind: 'timer', dueMs: 9 }),
      fed(9, { kind: 'fired', task: 1 }),
      did({ task: 2, kind: 'release', section: 0 }),
    ];
    expect(bars(events)).to.deep.equal([
      ['section', '', 1, 4, 9, 'ok'],
      ['timer', '', 4, undefined, 9, 'ok'],
    ]);
  });

  it('one-way messages are sent at once, and events that arrived have a bar', () => {
    const events = [
      started,
      did({ task: 0, kind: 'signal', target: '@e@k', operation: 'op', input: undefined }),
      did({ task: 1, kind: 'start', name: 'C', input: undefined, instanceId: 'c' }),
      fed(3, { kind: 'event', name: 'go', value: undefined }),
      did({ task: 2, kind: 'event', instanceId: 'c', name: 'on', value: undefined }),
    ];
    expect(bars(events)).to.deep.equal([
      ['signal', 'op', 1, 1, 1, 'sent'],
      ['start', 'C', 1, 1, 1, 'sent'],
      ['event', 'go', 3, 3, 3, 'ok'],
      ['event', 'on', 3, 3, 3, 'sent'],
    ]);
  });

  it('open steps of an orchestration that has ended are cancelled, and its locks were held until then', () => {
    const events = [
      started,
      did({ task: 0, kind: 'lock', targets: ['@e@a'] }),
      fed(2, { kind: 'granted', task: 0 }),
      did({ task: 1, kind: 'activity', name: 'A', input: undefined }),
      did({ task: 2, kind: 'cancelActivity', activity: 1 }),
      did({ task: 3, kind: 'sub', name: 'C', input: undefined }, 'c'),
    ];
    expect(bars(events, run({ status: 'terminated', endedAtMs: 7 }))).to.deep.equal([
      ['section', '', 1, 2, 7, 'ok'],
      ['activity', 'A', 2, undefined, 2, 'cancelled'],
      ['child', 'C', 2, undefined, 7, 'cancelled'],
    ]);
  });

  it('an event that the code waits for is an open bar', () => {
    expect(bars([started], run({ awaitedEvents: ['go'] }))).to.deep.equal([
      ['event', 'go', 1, undefined, undefined, 'open'],
    ]);
  });

  it('a timeline of more than 1,000 bars is cut, and says so', () => {
    const signal = (task: number) => did({ task, kind: 'signal', target: '@e@k', operation: 'op', input: undefined });
    const events = [started, ...Array.from({ length: 1_001 }, (_, task) => signal(task))];
    const { bars: shown, isCut } = timelineOf(run(), historyEntries(events), true);
    expect([shown.length, isCut]).to.deep.equal([1_000, true]);
    expect(timelineOf(run(), historyEntries([started]), false).isCut, 'of a history that cannot be read').to.equal(
      true,
    );
  });
});
