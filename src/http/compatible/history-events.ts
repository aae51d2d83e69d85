/** Histories as clients of Azure expect them: events that schedule a task are folded into the events that complete it. */
import type { OrchestrationStatus } from '../../client/run-status.js';
import type { HistoryEntry, HistoryKind, ShownValue } from '../../hub/inspected.js';
import type { Inspector } from '../../hub/inspector.js';
import { hasEnded } from '../../model/runtime-status.js';
import { decodeValue } from '../../model/values.js';
import type { PayloadPlace } from '../options.js';
import type { PlainJson } from '../plain-json.js';
import type { ShowValue } from './shown-value.js';
import { outputJson } from './status-body.js';
import { wireStatus } from './status-names.js';

/** An event on the wire. Fields that are `undefined` are left out. */
export type WireEvent = { readonly EventType: string; readonly Timestamp: string } & {
  readonly [field: string]: PlainJson | undefined;
};

export interface HistoryView {
  readonly showInput: boolean;
  readonly showOutput: boolean;
}

/** The greatest number of events of one answer. */
const eventsMax = 10_000;
/** The greatest number of characters of all values of one answer. */
const charactersMax = 4 * 1024 * 1024;
const pageSize = 100;

/** The entries of a history, and whether further ones exist. */
export interface ReadHistory {
  readonly entries: readonly HistoryEntry[];
  readonly isCut: boolean;
}

/** Reads a whole history, up to the limits of one answer. */
export async function readHistory(inspector: Pick<Inspector, 'history'>, instanceId: string): Promise<ReadHistory> {
  const entries: HistoryEntry[] = [];
  let characters = 0;
  let cursor: string | undefined;
  do {
    const page = await inspector.history(instanceId, { cursor, limit: pageSize });
    if (page === undefined) break;
    for (const entry of page.items) {
      entries.push(entry);
      characters += (entry.value?.text.length ?? 0) + (entry.error?.text.length ?? 0);
    }
    cursor = page.next;
  } while (cursor !== undefined && entries.length < eventsMax && characters < charactersMax);
  return { entries, isCut: cursor !== undefined };
}

/** The events of a history, the oldest first. A run that has ended has an event of its end. */
export function wireEvents(
  { entries, isCut }: ReadHistory,
  status: OrchestrationStatus,
  view: HistoryView,
  show: ShowValue,
): WireEvent[] {
  const asked = new Map<number, HistoryEntry>();
  for (const entry of entries) {
    if (asksFor.has(entry.kind) && entry.task !== undefined) asked.set(entry.task, entry);
  }
  const answered = new Set<HistoryEntry | undefined>();
  for (const entry of entries) {
    const isAnswer = entry.kind === 'completed' || entry.kind === 'failed';
    if (isAnswer && entry.task !== undefined) answered.add(asked.get(entry.task));
  }
  const writer = new EventWriter(status, view, show, asked);
  const events = entries.filter((entry) => !answered.has(entry)).map((entry) => writer.write(entry));
  return hasEnded(status.runtimeStatus) && !isCut ? [...events, writer.end()] : events;
}

/** Actions that a later event answers. Those of an answer are folded into it; a timer and its end are two events, as in Azure. */
const asksFor: ReadonlySet<HistoryKind> = new Set(['activityCalled', 'entityCalled', 'childStarted', 'timerStarted']);

class EventWriter {
  private last: number;

  constructor(
    private readonly status: OrchestrationStatus,
    private readonly view: HistoryView,
    private readonly show: ShowValue,
    private readonly asked: ReadonlyMap<number, HistoryEntry>,
  ) {
    this.last = status.createdAt.getTime();
  }

  write(entry: HistoryEntry): WireEvent {
    switch (entry.kind) {
      case 'started':
        return this.event('ExecutionStarted', entry, { FunctionName: this.status.name, Input: this.input(entry) });
      case 'completed':
      case 'failed':
        return this.answer(entry);
      case 'activityCalled':
      case 'entityCalled':
        return this.event('TaskScheduled', entry, {
          Name: entry.name,
          InstanceId: entry.target,
          Input: this.input(entry),
        });
      case 'childStarted':
        return this.event('SubOrchestrationInstanceCreated', entry, {
          Name: entry.name,
          InstanceId: entry.target,
          Input: this.input(entry),
        });
      case 'timerStarted':
        return this.event('TimerCreated', entry, { FireAt: instant(entry.dueMs) });
      case 'timerFired':
        return this.event('TimerFired', entry, { FireAt: instant(this.dueOf(entry)) });
      case 'eventReceived':
        return this.event('EventRaised', entry, { Name: entry.name, Input: this.input(entry, 'event') });
      case 'entitySignalled':
      case 'eventSent':
      case 'runStarted':
        return this.event('EventSent', entry, {
          InstanceId: entry.target,
          Name: entry.name,
          Input: this.input(entry, entry.kind === 'eventSent' ? 'event' : 'input'),
        });
      default:
        return this.event('GenericEvent', entry, { Data: describe(entry) });
    }
  }

  /** The end of a run. Its result is one of the outputs. */
  end(): WireEvent {
    const { status } = this;
    return {
      EventType: 'ExecutionCompleted',
      Timestamp: status.lastUpdatedAt.toISOString(),
      OrchestrationStatus: wireStatus(status.runtimeStatus),
      ...(this.view.showOutput && { Result: outputJson(status, this.show) }),
    };
  }

  private answer(entry: HistoryEntry): WireEvent {
    const question = entry.task === undefined ? undefined : this.asked.get(entry.task);
    const subject = question?.kind === 'childStarted' ? 'SubOrchestrationInstance' : 'Task';
    const fields = {
      FunctionName: question?.name ?? entry.name,
      ScheduledTime: instant(question?.atMs),
      InstanceId: question?.target ?? entry.target,
      Input: question === undefined ? undefined : this.input(question),
    };
    if (entry.kind === 'failed') return this.event(`${subject}Failed`, entry, { ...fields, ...this.failure(entry) });
    const Result = this.view.showOutput ? this.value(entry.value, entry, 'output') : undefined;
    return this.event(`${subject}Completed`, entry, { ...fields, Result });
  }

  private failure(entry: HistoryEntry): {
    readonly Reason: PlainJson | undefined;
    readonly Details: PlainJson | undefined;
  } {
    const error = entry.error === undefined ? undefined : errorOf(entry.error);
    const shown = (value: string | undefined) =>
      value === undefined ? undefined : this.show(value, this.place(entry, 'error'));
    return { Reason: shown(error?.message), Details: shown(error && `${error.name}: ${error.message}`) };
  }

  private dueOf({ task, dueMs }: HistoryEntry): number | undefined {
    return dueMs ?? (task === undefined ? undefined : this.asked.get(task)?.dueMs);
  }

  private input(entry: HistoryEntry, kind: PayloadPlace['kind'] = 'input'): PlainJson | undefined {
    return this.view.showInput ? this.value(entry.value, entry, kind) : undefined;
  }

  /** A value that was cut is a text: the beginning of its JSON. */
  private value(given: ShownValue | undefined, entry: HistoryEntry, kind: PayloadPlace['kind']): PlainJson | undefined {
    if (given === undefined) return undefined;
    const value = given.isCut ? `${given.text}…` : decodeValue(given.text);
    return this.show(value, this.place(entry, kind));
  }

  private place({ target, name }: HistoryEntry, kind: PayloadPlace['kind']): PayloadPlace {
    return { kind, instance: target ?? this.status.instanceId, name: name ?? this.status.name };
  }

  /** An event without a time of its own has the time of the event before. */
  private event(
    EventType: string,
    { atMs }: HistoryEntry,
    fields: Readonly<Record<string, PlainJson | undefined>>,
  ): WireEvent {
    this.last = atMs ?? this.last;
    return { EventType, Timestamp: new Date(this.last).toISOString(), ...fields };
  }
}

function instant(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

/** Steps that Azure does not have: sections, patches, cancellations. */
function describe({ kind, name, target, targets }: HistoryEntry): string {
  return [kind, name, target, targets?.join(' ')].filter((part) => part !== undefined && part !== '').join(' ');
}

/** Name and message of an error. A text that was cut is shown as it is. */
function errorOf({ text }: ShownValue): { readonly name: string; readonly message: string } {
  try {
    const { name, message } = JSON.parse(text) as { readonly name?: unknown; readonly message?: unknown };
    if (typeof name === 'string' && typeof message === 'string') return { name, message };
  } catch {
    // The text was cut.
  }
  return { name: 'Error', message: text };
}
