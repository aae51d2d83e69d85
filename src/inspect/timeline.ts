/** Bars of a timeline, made of the events of one execution. */
import type { HistoryEntry, RunEntry, Timeline, TimelineBar } from '../hub/inspected.js';
import { hasEnded } from '../model/runtime-status.js';

/** The greatest number of bars of one execution. */
export const barsMax = 1_000;

type Bar = { -readonly [Field in keyof TimelineBar]: TimelineBar[Field] };

/** The kind of the bar of an action that is answered. */
const answered = {
  entityCalled: 'call',
  activityCalled: 'activity',
  childStarted: 'child',
  timerStarted: 'timer',
  locksRequested: 'section',
} as const;

/** The kind of the bar of a one-way message. */
const sent = { entitySignalled: 'signal', runStarted: 'start', eventSent: 'event' } as const;

/**
 * The timeline of an execution, without its sub-orchestrations.
 * @param isWhole whether `entries` are all events of the execution
 */
export function timelineOf(run: RunEntry, entries: readonly HistoryEntry[], isWhole: boolean): Timeline {
  const bars: Bar[] = [];
  const open = new Map<number, Bar>();
  /** By timer: the task whose time limit it is. Such a timer is no bar of its own: it ends that of the task. */
  const limits = new Map<number, number>();
  for (const entry of entries) {
    const bar = entry.limitOf === undefined ? barOf(entry) : undefined;
    if (entry.limitOf !== undefined) limits.set(entry.task as number, entry.limitOf);
    else if (bar === undefined) end(entry, open, limits);
    else {
      bars.push(bar);
      if (bar.outcome === 'open') open.set(entry.task as number, bar);
    }
  }
  const { endedAtMs } = run;
  for (const bar of open.values()) {
    if (!hasEnded(run.status)) break;
    bar.outcome = bar.kind === 'section' && bar.startedAtMs !== undefined ? 'ok' : 'cancelled';
    bar.endedAtMs = endedAtMs;
  }
  for (const name of hasEnded(run.status) ? [] : run.awaitedEvents) bars.push(awaited(name, entries));
  const startedAtMs = entries.find(({ kind }) => kind === 'started')?.atMs ?? run.createdAtMs;
  return {
    id: run.id,
    name: run.name,
    status: run.status,
    execution: run.execution,
    startedAtMs,
    endedAtMs,
    bars: bars.slice(0, barsMax),
    isCut: !isWhole || bars.length > barsMax,
  };
}

function barOf(entry: HistoryEntry): Bar | undefined {
  const { kind, atMs = 0, name = '', task, target, targets } = entry;
  const bar = { task, name, target, targets, scheduledAtMs: atMs, child: undefined };
  if (kind in answered) {
    const of = answered[kind as keyof typeof answered];
    // A timer does nothing but wait.
    return { ...bar, kind: of, startedAtMs: undefined, endedAtMs: undefined, outcome: 'open' };
  }
  if (kind in sent)
    return { ...bar, kind: sent[kind as keyof typeof sent], startedAtMs: atMs, endedAtMs: atMs, outcome: 'sent' };
  if (kind === 'eventReceived') return { ...bar, kind: 'event', startedAtMs: atMs, endedAtMs: atMs, outcome: 'ok' };
  return undefined;
}

/** Ends the bar that an event answers, or that an action cancels. */
function end(entry: HistoryEntry, open: Map<number, Bar>, limits: ReadonlyMap<number, number>): void {
  const { kind, atMs } = entry;
  const answeredTask = kind === 'locksReleased' ? entry.section : (entry.cancels ?? entry.task);
  const limited = answeredTask === undefined ? undefined : limits.get(answeredTask);
  const isLate = kind === 'timerFired' && limited !== undefined;
  const task = isLate ? limited : answeredTask;
  const bar = task === undefined ? undefined : open.get(task);
  if (bar === undefined || task === undefined) return;
  if (kind === 'locksGranted') {
    bar.startedAtMs = atMs;
    return;
  }
  const outcome = isLate ? 'failed' : outcomes[kind];
  if (outcome === undefined) return;
  open.delete(task);
  bar.outcome = outcome;
  bar.endedAtMs = atMs;
  bar.startedAtMs ??= entry.startedAtMs;
}

const outcomes: Partial<Record<HistoryEntry['kind'], TimelineBar['outcome']>> = {
  completed: 'ok',
  failed: 'failed',
  timerFired: 'ok',
  timerCancelled: 'cancelled',
  activityCancelled: 'cancelled',
  locksReleased: 'ok',
};

/** The wait for an event. When it began is not stored: not before the last event that the code received. */
function awaited(name: string, entries: readonly HistoryEntry[]): Bar {
  const atMs = entries.findLast((entry) => entry.atMs !== undefined)?.atMs ?? 0;
  return {
    kind: 'event',
    task: undefined,
    name,
    target: undefined,
    targets: undefined,
    scheduledAtMs: atMs,
    startedAtMs: undefined,
    endedAtMs: undefined,
    outcome: 'open',
    child: undefined,
  };
}
