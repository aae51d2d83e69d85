/** Makes the events that people read of a stored history. Both formats of stored history are read. */
import { emptyEntry } from '../../hub/empty-entry.js';
import type { HistoryEntry, HistoryKind, RunHistory, ShownValue } from '../../hub/inspected.js';
import type { RunAction, SessionEvent } from '../../model/orchestration-events.js';
import type { HistoryEvent } from './core/history.js';
import type { RunRecord } from './model/run-record.js';
import type { HistoryChunk } from './ports/store.js';
import { parseHistory } from './core/history-text.js';

type Fields = Partial<Omit<HistoryEntry, 'index' | 'kind' | 'kept'>>;

/** The fields that an answer takes from the action that it answers. */
interface Named {
  readonly name: string | undefined;
  readonly target: string | undefined;
  readonly targets: readonly string[] | undefined;
}

const unnamed: Named = { name: undefined, target: undefined, targets: undefined };

/** A value as it is stored, which is not cut. */
export function wholeValue(text: string | undefined): ShownValue | undefined {
  return text === undefined ? undefined : { text, length: text.length, isCut: false };
}

/** The entries of events, in order. */
export function historyEntries(events: readonly HistoryEvent[]): HistoryEntry[] {
  const asked = new Map<number, Named>();
  const entries: HistoryEntry[] = [];
  let atMs: number | undefined;
  const add = (kind: HistoryKind, fields: Fields, kept = false) => {
    entries.push({ ...emptyEntry, ...fields, index: entries.length, kind, kept });
  };
  for (const each of events) {
    switch (each.h) {
      case 'kept':
        add('rewound', {});
        break;
      case 'fed': {
        atMs = each.at;
        const task = 'task' in each.event ? each.event.task : undefined;
        const of = (task === undefined ? undefined : asked.get(task)) ?? unnamed;
        const [kind, fields] = ofEvent(each.event);
        add(kind, { ...of, ...fields, atMs, task, startedAtMs: each.started }, each.kept === true);
        break;
      }
      case 'lock':
        add('lockHeld', { section: each.section, targets: asked.get(each.section)?.targets });
        break;
      case 'did': {
        const { action } = each;
        const [kind, fields] = ofAction(action, each.child);
        asked.set(action.task, { name: fields.name, target: fields.target, targets: fields.targets });
        add(kind, { ...fields, atMs, task: action.task });
        break;
      }
    }
  }
  return entries;
}

function ofEvent(event: SessionEvent): [HistoryKind, Fields] {
  switch (event.kind) {
    case 'started':
      return ['started', { value: wholeValue(event.input) }];
    case 'completed':
      return ['completed', { value: wholeValue(event.value) }];
    case 'failed':
      return ['failed', { error: wholeValue(event.error) }];
    case 'fired':
      return ['timerFired', {}];
    case 'granted':
      return ['locksGranted', { section: event.task }];
    case 'event':
      return ['eventReceived', { name: event.name, value: wholeValue(event.value) }];
  }
}

function ofAction(action: RunAction, child: string | undefined): [HistoryKind, Fields] {
  switch (action.kind) {
    case 'call': {
      const { target, operation: name, section } = action;
      return ['entityCalled', { target, name, section, value: wholeValue(action.input) }];
    }
    case 'signal': {
      const { target, operation: name, dueMs } = action;
      return ['entitySignalled', { target, name, dueMs, value: wholeValue(action.input) }];
    }
    case 'cancelSignal':
      return ['signalCancelled', { target: action.target, name: action.name }];
    case 'activity':
      return ['activityCalled', { name: action.name, value: wholeValue(action.input) }];
    case 'sub': {
      const { name, version, instanceId } = action;
      return ['childStarted', { name, version, target: child ?? instanceId, value: wholeValue(action.input) }];
    }
    case 'start': {
      const { name, version, instanceId: target } = action;
      return ['runStarted', { name, version, target, value: wholeValue(action.input) }];
    }
    case 'event':
      return ['eventSent', { name: action.name, target: action.instanceId, value: wholeValue(action.value) }];
    case 'timer':
      return ['timerStarted', { dueMs: action.dueMs, limitOf: action.limits?.task }];
    case 'cancelTimer':
      return ['timerCancelled', { cancels: action.timer }];
    case 'cancelActivity':
      return ['activityCancelled', { cancels: action.activity }];
    case 'lock':
      return ['locksRequested', { targets: action.targets, section: action.task }];
    case 'release':
      return ['locksReleased', { section: action.section }];
    case 'refused':
      return ['nameRefused', { name: action.name }];
    case 'patch':
      return ['patched', { name: action.id }];
  }
}

/** The events of an execution, as far as they can be read, and why the remaining ones cannot. */
export function eventsOf(
  record: Pick<RunRecord, 'chunks'>,
  chunks: readonly HistoryChunk[],
): { readonly events: readonly HistoryEvent[]; readonly problem: string | undefined } {
  const events: HistoryEvent[] = [];
  for (let number = 0; number < record.chunks; number++) {
    const chunk = chunks[number];
    if (chunk?.chunk !== number)
      return { events, problem: `Part ${number} of ${record.chunks} of the history is missing.` };
    try {
      const read = parseHistory(chunk.events);
      if (!read.every(isEvent)) throw new Error('it is not a list of events');
      for (const event of read) events.push(event);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { events, problem: `Part ${number} of the history cannot be read: ${why}.` };
    }
  }
  return { events, problem: undefined };
}

const eventKinds: Record<SessionEvent['kind'], true> = {
  started: true,
  completed: true,
  failed: true,
  fired: true,
  granted: true,
  event: true,
};

const actionKinds: Record<RunAction['kind'], true> = {
  call: true,
  signal: true,
  cancelSignal: true,
  activity: true,
  sub: true,
  start: true,
  event: true,
  timer: true,
  cancelTimer: true,
  cancelActivity: true,
  lock: true,
  release: true,
  refused: true,
  patch: true,
};

/** Whether this version knows the event. */
function isEvent(value: unknown): boolean {
  const { h, event, action } = (value ?? {}) as { h?: unknown; event?: unknown; action?: unknown };
  if (h === 'fed') return isOf(eventKinds, event);
  if (h === 'did') return isOf(actionKinds, action);
  return h === 'kept' || h === 'lock';
}

function isOf(kinds: object, value: unknown): boolean {
  const kind = ((value ?? {}) as { kind?: unknown }).kind;
  return typeof kind === 'string' && Object.hasOwn(kinds, kind);
}

/** The whole history of an orchestration. */
export function runHistory(instance: string, record: RunRecord, chunks: readonly HistoryChunk[]): RunHistory {
  const { name, status, execution } = record;
  const { events, problem } = eventsOf(record, chunks);
  return { instance, name, status, execution, problem, items: historyEntries(events), next: undefined };
}
