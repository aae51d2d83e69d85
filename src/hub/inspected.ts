/** Shapes that an inspector returns for entities, orchestration instances, locks and messages, with the filters and pages of their lists. */
import type { RuntimeStatus } from '../model/runtime-status.js';
import type { Tag } from '../model/tags.js';
import type { RunFilter } from './snapshots.js';

// ---- values and pages

/** A value as JSON text. */
export interface ShownValue {
  /** The JSON text, or its beginning. */
  readonly text: string;
  /** Length of the whole text in characters. */
  readonly length: number;
  /** Whether `text` is only the beginning. */
  readonly isCut: boolean;
}

/** How much an inspector shows of values. */
export interface ValueOptions {
  /** The greatest length of a value, in characters. Default 262,144 for details and histories, 1,024 in lists. 0 hides all texts. */
  readonly valueMax?: number | undefined;
}

/** The page of a list that is asked for. */
export interface ListPage {
  /** `Page.next` of the page before. Other texts are refused. Default: the first page. */
  readonly cursor?: string | undefined;
  /** 1 to 100. Default 50. */
  readonly limit?: number | undefined;
}

/** The page of a list that is asked for, with its order. */
export interface ListOptions extends ListPage, ValueOptions {
  /** By id, ascending or descending. Default `'asc'`. Refused where a list has one order only. */
  readonly order?: 'asc' | 'desc' | undefined;
}

/** A page of a list. A list that has to scan may return pages with few or no items before its last page. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** `cursor` of the next page. `undefined` if this page is the last. */
  readonly next: string | undefined;
  /** How far a scan came: `looked` of `of` rows, from the beginning of the list. Absent if the list did not scan. */
  readonly scan?: { readonly looked: number; readonly of: number | undefined } | undefined;
}

// ---- entities

/** Conditions of a list of entities. Every given condition must hold. */
export interface EntityListFilter {
  readonly name?: string | undefined;
  /** Beginning of the key. Upper and lower case differ. */
  readonly keyPrefix?: string | undefined;
  readonly updatedFromMs?: number | undefined;
  readonly updatedToMs?: number | undefined;
  /** Only entities that are locked, or only those that are not. Scans. */
  readonly locked?: boolean | undefined;
  /** Instance id of the orchestration that holds the lock. Scans. */
  readonly lockedBy?: string | undefined;
  /** Text that the state contains, in keys or values. Upper and lower case differ. Scans. */
  readonly contains?: string | undefined;
  /** Only entities for which messages wait, or only those for which none wait. Scheduled signals do not count. Scans. */
  readonly waiting?: boolean | undefined;
}

/** A lock that an orchestration holds. */
export interface LockHold {
  readonly instance: string;
  readonly execution: string;
  /** Task number of the critical section in the history of the holder. */
  readonly section: number;
  /** When the lock was granted. `undefined` for locks granted by version 0.1. */
  readonly sinceMs: number | undefined;
}

/** An entity, as an inspector shows it. */
export interface EntityEntry {
  /** `@name@key`. */
  readonly id: string;
  readonly name: string;
  readonly key: string;
  readonly partition: number;
  /** Whether the entity has a state that has not expired. */
  readonly exists: boolean;
  /** Number of committed writes. */
  readonly version: number;
  readonly state: ShownValue | undefined;
  readonly lock: LockHold | undefined;
  /**
   * Committed messages that wait now, without scheduled ones. At most 1,000 are counted. `undefined` in a list while more than 2,000 messages
   * wait in the whole task hub: then it takes too long to count them for a list.
   */
  readonly backlog: number | undefined;
  readonly expiresAtMs: number | undefined;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** Why the row cannot be read. `undefined` if it can. */
  readonly problem: string | undefined;
}

/** An entity, with a row or without one. Without a row, `version` is 0. */
export interface EntityDetail extends EntityEntry {
  /** Committed messages that wait now, without scheduled ones. At most 1,000 are counted. Always counted. */
  readonly backlog: number;
  /** Number of scheduled signals. At most 1,000 are counted. */
  readonly scheduled: number;
  /** Whether this process has registered the entity. `undefined` in a process that runs no code. */
  readonly registered: boolean | undefined;
  /** Present if this process runs the entity and has it in memory. */
  readonly live?: EntityLive | undefined;
}

/** Facts about an entity that only the memory of its worker has. */
export interface EntityLive {
  /** Messages that wait, including those that are not committed yet. */
  readonly waiting: number;
  /** The operation that runs, or waits for its next attempt. */
  readonly running: RunningOperation | undefined;
}

/** An operation that runs in the process of the inspector. */
export interface RunningOperation {
  readonly operation: string;
  /** When its last attempt began. */
  readonly sinceMs: number;
  /** Number of the attempt, from 1. `undefined` if the operation has one attempt only. */
  readonly attempt: number | undefined;
  /** When the next attempt begins. `undefined` while an attempt runs. */
  readonly nextAttemptAtMs: number | undefined;
}

// ---- orchestrations

/** Conditions of a list of orchestration instances. Every given condition must hold. */
export interface RunListFilter extends RunFilter {
  /** Only open instances that were not written for at least this time, in ms. Scans. */
  readonly idleForMs?: number | undefined;
  /** Text that the record contains: small inputs, output, error, custom status. Upper and lower case differ. Scans. */
  readonly contains?: string | undefined;
}

/** An orchestration instance, as an inspector shows it. */
export interface RunEntry {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly status: RuntimeStatus;
  readonly partition: number;
  /** Id of the present execution. `undefined` if the record cannot be read. */
  readonly execution: string | undefined;
  /** In lists `undefined` also for an input that only the history holds. */
  readonly input: ShownValue | undefined;
  readonly output: ShownValue | undefined;
  /** JSON text of `ErrorDetails`. */
  readonly error: ShownValue | undefined;
  readonly customStatus: ShownValue | undefined;
  /** Reason given for the termination or suspension. */
  readonly reason: string | undefined;
  /** Names of events that the code waits for. At most 50. */
  readonly awaitedEvents: readonly string[];
  /** Names of events that were raised and not read. At most 50. */
  readonly unreadEvents: readonly string[];
  readonly unreadEventCount: number;
  /** Code that the instance waits for: `activity:Send`, `orchestration:Album@2`. */
  readonly missingCode: readonly string[];
  readonly parent: string | undefined;
  readonly tags: readonly Tag[];
  readonly startsAtMs: number | undefined;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly endedAtMs: number | undefined;
  /** Approximate size of the history in bytes. */
  readonly historyBytes: number;
  /** Why the record cannot be read. `undefined` if it can. */
  readonly problem: string | undefined;
}

// ---- history

/** The page of a history that is asked for. */
export interface HistoryOptions extends ListPage, ValueOptions {}

/** Events of the present execution of an orchestration instance, in order. */
export interface RunHistory extends Page<HistoryEntry> {
  readonly instance: string;
  readonly name: string;
  readonly status: RuntimeStatus;
  readonly execution: string;
  /** Why the rest of the history cannot be read. `undefined` if it can. */
  readonly problem: string | undefined;
}

/**
 * Kinds of events in a history. The first group are events that the code received, the second are actions of the code, the third are steps
 * between both.
 */
export type HistoryKind =
  | 'started'
  | 'completed'
  | 'failed'
  | 'timerFired'
  | 'locksGranted'
  | 'eventReceived'
  | 'entityCalled'
  | 'entitySignalled'
  | 'signalCancelled'
  | 'activityCalled'
  | 'childStarted'
  | 'runStarted'
  | 'eventSent'
  | 'timerStarted'
  | 'timerCancelled'
  | 'activityCancelled'
  | 'locksRequested'
  | 'locksReleased'
  | 'nameRefused'
  | 'patched'
  | 'rewound'
  | 'lockHeld';

/** One event of a history. Fields that do not belong to a kind are `undefined`. */
export interface HistoryEntry {
  /** Place in the history, from 0. */
  readonly index: number;
  readonly kind: HistoryKind;
  /** When the code received the event, or asked for the action. `undefined` if no time is stored. */
  readonly atMs: number | undefined;
  /** Number of the action that the event belongs to. `completed`, `failed`, `timerFired` and `locksGranted` answer the action of this number. */
  readonly task: number | undefined;
  /** Name of the operation, activity, orchestration, event, scheduled signal or patch. For an answer, that of the action it answers. */
  readonly name: string | undefined;
  /** Entity id, or instance id. For an answer, that of the action it answers. */
  readonly target: string | undefined;
  /** Entities of a critical section, in the order of the requests. */
  readonly targets: readonly string[] | undefined;
  /** Input, result, or value of an event. */
  readonly value: ShownValue | undefined;
  /** JSON text of `ErrorDetails`. */
  readonly error: ShownValue | undefined;
  /** When the work of the answered action began: activities and external operations. `undefined` if unknown. */
  readonly startedAtMs: number | undefined;
  /** Due time of a timer or of a scheduled signal. */
  readonly dueMs: number | undefined;
  /** Task number of the critical section that the action belongs to. */
  readonly section: number | undefined;
  /** Task whose time limit a timer is. */
  readonly limitOf: number | undefined;
  /** Task of the timer or activity that the action cancels. */
  readonly cancels: number | undefined;
  /** Version of a started orchestration. `undefined` for the highest one. */
  readonly version: number | undefined;
  /** Whether the answer was kept by a rewind, and not given in this execution. */
  readonly kept: boolean;
}

// ---- timeline

/** How deep a timeline follows sub-orchestrations. */
export interface TimelineOptions {
  readonly depth?: number | undefined;
}

/** The steps of the present execution of an orchestration instance, as bars. */
export interface Timeline {
  readonly id: string;
  readonly name: string;
  readonly status: RuntimeStatus;
  readonly execution: string | undefined;
  readonly startedAtMs: number;
  readonly endedAtMs: number | undefined;
  /** In the order in which the code asked for them. At most 1,000. */
  readonly bars: readonly TimelineBar[];
  /** Whether bars were left out, because the history is longer, or cannot be read. */
  readonly isCut: boolean;
}

/**
 * A step. Between `scheduledAtMs` and `startedAtMs` the step waited; between `startedAtMs` and `endedAtMs` it worked. For a critical section,
 * the first span is the wait for its locks, and the second is the time in which it held them.
 */
export interface TimelineBar {
  readonly kind: 'call' | 'signal' | 'activity' | 'child' | 'start' | 'timer' | 'event' | 'section';
  readonly task: number | undefined;
  /** Name of the operation, activity, orchestration or event. `''` for timers and sections. */
  readonly name: string;
  /** Entity id or instance id. */
  readonly target: string | undefined;
  /** Entities of a critical section. */
  readonly targets: readonly string[] | undefined;
  readonly scheduledAtMs: number;
  /** `undefined` if the work has not begun, or if its beginning is unknown. */
  readonly startedAtMs: number | undefined;
  /** `undefined` while the step is open. */
  readonly endedAtMs: number | undefined;
  /** `'sent'` for one-way messages. */
  readonly outcome: 'open' | 'ok' | 'failed' | 'cancelled' | 'sent';
  /** The sub-orchestration, if it was read. */
  readonly child: Timeline | undefined;
}

// ---- locks and messages

/** A locked entity, with the holder and the waiters of its lock. */
export interface LockEntry {
  /** The locked entity. */
  readonly entity: string;
  readonly hold: LockHold;
  /** Name and status of the holder. `undefined` if the holder has no row. */
  readonly holder: { readonly name: string; readonly status: RuntimeStatus } | undefined;
  /** Orchestrations that wait for the lock, those first whose sections began first. At most 20. */
  readonly waiters: readonly LockWaiter[];
  /** Number of orchestrations that wait for the lock. At most 1,000 are counted. */
  readonly waiterCount: number;
  /** Number of messages that wait behind the lock, with the lock requests. At most 1,000 are counted. */
  readonly waiting: number;
}

/** An orchestration that waits for a lock. */
export interface LockWaiter {
  readonly instance: string;
  /** Task number of its critical section. */
  readonly section: number;
  /** When it asked for the lock. `undefined` if unknown. */
  readonly sinceMs: number | undefined;
}

/** A committed message that waits for an entity or an orchestration instance. */
export interface WaitingMessage {
  /** Id of the row. */
  readonly id: number;
  /** `operation`, `lock`, `release`, `schedule`, `cancel`, `expire`, `start`, `begin`, `answer`, `timer`, `grant`, `event`, or a command. */
  readonly kind: string;
  /** Operation, orchestration or event. */
  readonly name: string | undefined;
  readonly value: ShownValue | undefined;
  /** The orchestration that sent the message. `undefined` for clients, and for one-way messages. */
  readonly from: { readonly instance: string; readonly task: number | undefined } | undefined;
  /** Whether a caller waits for its answer. */
  readonly called: boolean;
  /** Whether it waits for the end of a critical section of another orchestration. */
  readonly behindLock: boolean;
  /** Due time of a scheduled message. `undefined` if it may run now. */
  readonly dueMs: number | undefined;
  /** Name and interval of a named scheduled signal. */
  readonly signalName: string | undefined;
  readonly everyMs: number | undefined;
  /** Attempts that ended their process. */
  readonly attempts: number;
  /** When it was sent. `undefined` if unknown. */
  readonly sinceMs: number | undefined;
  /** Why the message cannot be read. `undefined` if it can. */
  readonly problem: string | undefined;
}

/** Conditions of a list of dead letters. */
export interface DeadLetterFilter {
  /** `@name@key`, or `@name@` for all entities of a name. */
  readonly target?: string | undefined;
}

/** A dead letter, with the input of its message. */
export interface DeadLetterEntry {
  readonly id: number;
  readonly target: string;
  /** `undefined` if the message cannot be read. */
  readonly operation: string | undefined;
  readonly input: ShownValue | undefined;
  readonly attempts: number;
  readonly reason: string;
  readonly atMs: number;
}
