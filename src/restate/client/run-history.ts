/**
 * Reads the history of an execution from its journal. An answer stands where Restate received it, which can be before the code did. The
 * number of an action counts the steps that have entries, as the names of the entries do.
 */
import { encodeError } from '../../model/error-details.js';
import { emptyEntry } from '../../hub/empty-entry.js';
import type { HistoryEntry, HistoryKind, ShownValue } from '../../hub/inspected.js';
import type {
  ActivityAnswer,
  Answer,
  EventMessage,
  ExecutionMessage,
  Mail,
  OperationAnswer,
  OperationMessage,
  ScheduleMessage,
  SectionMessage,
  SectionOrder,
  StartMessage,
} from '../wire/messages.js';
import { readEntryName } from '../wire/entry-names.js';
import { textOfKey, type ServiceNames } from '../wire/service-names.js';
import type { JournalEntry } from './journal.js';

type Fields = Partial<Omit<HistoryEntry, 'index' | 'kind' | 'kept'>>;
type Request = JournalEntry & { readonly kind: 'request' };

/** The events of an execution, the oldest first. */
export function historyOf(journal: readonly JournalEntry[], names: ServiceNames): HistoryEntry[] {
  const reading = new Reading(names);
  for (const entry of journal) reading.read(entry);
  return reading.entries();
}

class Reading {
  private readonly found: Omit<HistoryEntry, 'index'>[] = [];
  /** Time of the code. */
  private atMs: number | undefined = undefined;
  private readonly asked = new Map<number, Pick<HistoryEntry, 'name' | 'target' | 'targets'>>();
  /** Number of the next step. */
  private steps = 0;
  /** Steps by the notifications that answer them: numbers of completions, and names of signals. */
  private readonly steppedBy = new Map<number | string, number>();
  private readonly timers = new Map<number, { readonly task: number; readonly dueMs: number }>();
  private readonly cancelledTimers = new Set<number>();
  /** Critical sections by the invocations that hold their locks. */
  private readonly sections = new Map<string, number>();
  /** Locked entities by the invocations that hold their locks. */
  private readonly holding = new Map<string, string>();
  private readonly released = new Set<number>();
  private readonly activities = new Map<number, number>();
  private readonly activityInvocations = new Map<string, number>();

  constructor(private readonly names: ServiceNames) {}

  entries(): HistoryEntry[] {
    // A timer that the code has cancelled goes on in the journal. The code never saw its end.
    const seen = this.found.filter(
      ({ kind, task }) => kind !== 'timerFired' || task === undefined || !this.cancelledTimers.has(task),
    );
    return seen.map((entry, index) => ({ ...entry, index }));
  }

  private add(kind: HistoryKind, fields: Fields): void {
    this.found.push({ ...emptyEntry, kept: false, atMs: this.atMs, ...fields, kind });
  }

  /** An action of the code. */
  private asks(kind: HistoryKind, fields: Fields & { readonly task: number }): void {
    const { task, name, target, targets } = fields;
    this.asked.set(task, { name, target, targets });
    this.add(kind, fields);
  }

  private answers(task: number, kind: HistoryKind, fields: Fields): void {
    this.add(kind, { ...this.asked.get(task), ...fields, task });
  }

  private passTo(atMs: number | undefined): void {
    if (atMs !== undefined) this.atMs = Math.max(this.atMs ?? atMs, atMs);
  }

  read(entry: JournalEntry): void {
    switch (entry.kind) {
      case 'input':
        this.started(entry.value as ExecutionMessage);
        return;
      case 'request':
        this.request(entry);
        return;
      case 'timer': {
        const { limitOf } = this.named(entry.name);
        const { dueMs } = entry;
        const task = this.steps++;
        this.timers.set(entry.completion, { task, dueMs });
        this.asks('timerStarted', { task, dueMs, limitOf });
        return;
      }
      case 'sent':
        this.sent(entry);
        return;
      case 'signal':
        this.received(entry.signal, entry.value);
        return;
      case 'answer':
        this.answered(entry);
        return;
      case 'invocation': {
        const activity = this.activities.get(entry.completion);
        if (activity !== undefined) this.activityInvocations.set(entry.invocation, activity);
        return;
      }
      case 'fired': {
        const timer = this.timers.get(entry.completion);
        if (timer === undefined || this.cancelledTimers.has(timer.task)) return;
        this.passTo(timer.dueMs);
        this.answers(timer.task, 'timerFired', {});
      }
    }
  }

  private started({ input, events, atMs }: ExecutionMessage): void {
    this.passTo(atMs);
    this.add('started', { value: whole(input) });
    for (const event of events) this.event(event);
  }

  private event({ name, value, atMs }: EventMessage): void {
    this.passTo(atMs);
    this.add('eventReceived', { name, value: whole(value) });
  }

  /** Reads the name of an entry, and notes the timers that it cancels. */
  private named(text: string): ReturnType<typeof readEntryName> {
    const name = readEntryName(text);
    for (const timer of name.cancelled) {
      this.cancelledTimers.add(timer);
      this.add('timerCancelled', { cancels: timer });
    }
    return name;
  }

  private request(entry: Request): void {
    this.named(entry.name);
    if (entry.service === this.names.runs) {
      this.toRun(entry);
      return;
    }
    const [kind, name = ''] = this.names.announced(entry.service)?.split(/:(.*)/s) ?? [];
    if (kind === 'entity') this.toEntity(entry, name);
    if (kind !== 'activity') return;
    const { input } = entry.value as OperationMessage;
    const task = this.steps++;
    if (entry.completion !== undefined) this.steppedBy.set(entry.completion, task);
    this.activities.set(entry.invocationCompletion, task);
    this.asks('activityCalled', { task, name, value: whole(input) });
  }

  private toEntity({ key, handler, value, completion, dueMs }: Request, entity: string): void {
    const target = `@${entity}@${textOfKey(key)}`;
    if (handler === 'section') {
      this.lock(value as SectionMessage);
      return;
    }
    const task = this.steps++;
    if (handler === 'cancel') {
      this.asks('signalCancelled', { task, target, name: (value as { name: string }).name });
      return;
    }
    const { operation: name, input, ...message } = value as OperationMessage & Partial<ScheduleMessage>;
    if (completion === undefined) {
      this.asks('entitySignalled', { task, target, name, dueMs: message.dueMs ?? dueMs, value: whole(input) });
      return;
    }
    this.steppedBy.set(completion, task);
    this.asks('entityCalled', { task, target, name, value: whole(input) });
  }

  /** A request of the locks of a section. */
  private lock({ grant, targets }: SectionMessage): void {
    const task = this.steps++;
    this.steppedBy.set(grant, task);
    this.asks('locksRequested', { task, section: task, targets });
  }

  private toRun({ key, handler, value }: Request): void {
    const target = textOfKey(key);
    if (handler === 'raise') {
      const { name, value: text } = value as EventMessage;
      this.asks('eventSent', { task: this.steps++, target, name, value: whole(text) });
    }
    if (handler !== 'start') return;
    const { name, version, input, parent } = value as StartMessage;
    const task = this.steps++;
    if (parent !== undefined) this.steppedBy.set(parent.signal, task);
    const kind = parent === undefined ? 'runStarted' : 'childStarted';
    this.asks(kind, { task, target, name, version, value: whole(input) });
  }

  private sent({ invocation, signal, value }: JournalEntry & { kind: 'sent' }): void {
    if (signal === undefined) {
      const cancels = this.activityInvocations.get(invocation);
      if (cancels !== undefined) this.add('activityCancelled', { cancels });
      return;
    }
    const section = this.sections.get(invocation);
    if (section === undefined) return;
    const order = value as SectionOrder;
    if (order.kind === 'release') {
      if (!this.released.has(section)) this.add('locksReleased', { section });
      this.released.add(section);
      return;
    }
    const task = this.steps++;
    this.steppedBy.set(order.reply, task);
    const target = this.holding.get(invocation);
    this.asks('entityCalled', { task, target, name: order.operation, section, value: whole(order.input) });
  }

  private received(signal: string, value: unknown): void {
    if (signal.startsWith('m')) {
      if ((value as Mail).kind === 'event') this.event(value as Mail & { kind: 'event' });
      return;
    }
    if (signal.startsWith('g')) {
      this.granted(signal, value as readonly string[]);
      return;
    }
    const task = this.steppedBy.get(signal);
    if (task === undefined) return;
    if (signal.startsWith('c')) this.outcome(task, value as Answer);
    else this.operationAnswered(task, value as OperationAnswer);
  }

  /** The locks of a section are granted together. Each entity has asked the next one. */
  private granted(signal: string, invocations: readonly string[]): void {
    const section = this.steppedBy.get(signal);
    if (section === undefined) return;
    const { targets = [] } = this.asked.get(section) ?? {};
    for (const [number, invocation] of invocations.entries()) {
      this.sections.set(invocation, section);
      this.holding.set(invocation, targets[number] ?? '');
      if (number < invocations.length - 1) this.add('lockHeld', { atMs: undefined, section, targets });
    }
    this.answers(section, 'locksGranted', { section });
  }

  private answered({ completion, value, failure }: JournalEntry & { kind: 'answer' }): void {
    const task = this.steppedBy.get(completion);
    if (task === undefined) return;
    if (failure === undefined) this.operationAnswered(task, value as OperationAnswer | ActivityAnswer);
    else this.answers(task, 'failed', { error: whole(encodeError(new Error(failure))) });
  }

  private operationAnswered(task: number, { answer, atMs }: OperationAnswer | ActivityAnswer): void {
    this.passTo(atMs);
    this.outcome(task, answer);
  }

  private outcome(task: number, answer: Answer): void {
    if (answer.ok) this.answers(task, 'completed', { value: whole(answer.value) });
    else this.answers(task, 'failed', { error: whole(answer.error) });
  }
}

function whole(text: string | undefined): ShownValue | undefined {
  return text === undefined ? undefined : { text, length: text.length, isCut: false };
}
