/** The history of a run, as clients see it. */
import type { HistoryEntry, HistoryKind } from '../hub/inspected.js';
import { decodeError } from '../model/error-details.js';
import { readingRun } from '../model/unreadable.js';
import { decodeValue } from '../model/values.js';

/**
 * One event of a history: what the code received, or what it asked for. Fields that do not belong to the kind are `undefined`. `completed`,
 * `failed`, `timerFired` and `locksGranted` answer the action with the same `task`, and have its `name`, `target` and `targets`.
 */
export interface RunHistoryEvent {
  /** Place in the history, from 0. */
  readonly index: number;
  readonly kind: HistoryKind;
  /** When the code received the event, or asked for the action. `undefined` if no time is stored (`lockHeld`, `rewound`). */
  readonly at: Date | undefined;
  /** Number of the action, from 0. */
  readonly task: number | undefined;
  /** Name of the operation, activity, orchestration, event, scheduled signal or patch. */
  readonly name: string | undefined;
  /** Entity id, or instance id. */
  readonly target: string | undefined;
  /** Entities of a critical section, in the order of the requests. */
  readonly targets: readonly string[] | undefined;
  /** Input, result, or value of an event. */
  readonly value: unknown;
  readonly error: Error | undefined;
  /** When the last attempt began of the activity or external operation that is answered. `undefined` if unknown. */
  readonly startedAt: Date | undefined;
  /** Due time of a timer or of a scheduled signal. */
  readonly dueAt: Date | undefined;
  /** Task number of the critical section that the action belongs to. */
  readonly section: number | undefined;
  /** Version of a started orchestration. `undefined` for the highest one. */
  readonly version: number | undefined;
  /** Task whose time limit a timer is. */
  readonly limitOf: number | undefined;
  /** Task of the timer or activity that is cancelled. */
  readonly cancels: number | undefined;
  /** Whether the answer was kept by a rewind. */
  readonly kept: boolean;
}

/** @throws StorageError if a value cannot be read */
export function historyEvent(instanceId: string, entry: HistoryEntry): RunHistoryEvent {
  const { index, kind, task, name, target, targets, section, version, limitOf, cancels, kept } = entry;
  const date = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms));
  return readingRun(instanceId, () => ({
    index,
    kind,
    at: date(entry.atMs),
    task,
    name,
    target,
    targets,
    value: decodeValue(entry.value?.text),
    error: entry.error === undefined ? undefined : decodeError(entry.error.text),
    startedAt: date(entry.startedAtMs),
    dueAt: date(entry.dueMs),
    section,
    version,
    limitOf,
    cancels,
    kept,
  }));
}
