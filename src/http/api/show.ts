/** Answers of the own API, made of what the inspector returns: instants as ISO text, ids under the names of the library, payloads as allowed. */
import type {
  DeadLetterEntry,
  EntityDetail,
  EntityEntry,
  HistoryEntry,
  LockEntry,
  LockHold,
  Page,
  RunEntry,
  Timeline,
  TimelineBar,
  WaitingMessage,
} from '../../hub/inspected.js';
import type { HubOverview, HubTypes } from '../../hub/inspector.js';
import type { Explanation } from '../../hub/explanation.js';
import type { Payloads } from '../payloads.js';
import { isoOf } from '../instants.js';

export function shownPage<Item, Shown>(page: Page<Item>, show: (item: Item) => Shown) {
  const { items, next, scan } = page;
  return {
    items: items.map(show),
    next: next ?? null,
    ...(scan !== undefined && { scan: { looked: scan.looked, of: scan.of ?? null } }),
  };
}

function shownHold(hold: LockHold) {
  return { instanceId: hold.instance, section: hold.section, since: isoOf(hold.sinceMs) };
}

export function shownEntity(entity: EntityEntry, payloads: Payloads) {
  const { id, name } = entity;
  return {
    entityId: id,
    name,
    key: entity.key,
    exists: entity.exists,
    version: entity.version,
    state: payloads.ofStored(entity.state, { kind: 'state', instance: id, name }),
    lock: entity.lock === undefined ? null : shownHold(entity.lock),
    backlog: entity.backlog ?? null,
    partition: entity.partition,
    expiresAt: isoOf(entity.expiresAtMs),
    createdAt: isoOf(entity.createdAtMs),
    lastModified: isoOf(entity.updatedAtMs),
    problem: entity.problem ?? null,
  };
}

export function shownDetail(entity: EntityDetail, payloads: Payloads) {
  const { live } = entity;
  const running = live?.running;
  return {
    ...shownEntity(entity, payloads),
    backlog: entity.backlog,
    scheduled: entity.scheduled,
    registered: entity.registered ?? null,
    live:
      live === undefined
        ? null
        : {
            waiting: live.waiting,
            running:
              running === undefined
                ? null
                : {
                    operation: running.operation,
                    since: isoOf(running.sinceMs),
                    attempt: running.attempt ?? null,
                    nextAttemptAt: isoOf(running.nextAttemptAtMs),
                  },
          },
  };
}

export function shownRun(run: RunEntry, payloads: Payloads) {
  const place = { instance: run.id, name: run.name };
  return {
    instanceId: run.id,
    name: run.name,
    version: run.version,
    runtimeStatus: run.status,
    input: payloads.ofStored(run.input, { ...place, kind: 'input' }),
    output: payloads.ofStored(run.output, { ...place, kind: 'output' }),
    error: payloads.ofError(run.error, { ...place, kind: 'error' }),
    customStatus: payloads.ofStored(run.customStatus, { ...place, kind: 'customStatus' }),
    reason: run.reason ?? null,
    awaitedEvents: run.awaitedEvents,
    unreadEvents: run.unreadEvents,
    unreadEventCount: run.unreadEventCount,
    missingCode: run.missingCode,
    parentId: run.parent ?? null,
    tags: Object.fromEntries(run.tags),
    partition: run.partition,
    execution: run.execution ?? null,
    historyBytes: run.historyBytes,
    scheduledTime: isoOf(run.startsAtMs),
    createdAt: isoOf(run.createdAtMs),
    lastUpdatedAt: isoOf(run.updatedAtMs),
    endedAt: isoOf(run.endedAtMs),
    problem: run.problem ?? null,
  };
}

export function shownEvent(
  event: HistoryEntry,
  run: { readonly instance: string; readonly name: string },
  payloads: Payloads,
) {
  return {
    index: event.index,
    kind: event.kind,
    at: isoOf(event.atMs),
    task: event.task ?? null,
    name: event.name ?? null,
    target: event.target ?? null,
    targets: event.targets ?? null,
    value: payloads.ofStored(event.value, { ...run, kind: 'event' }),
    error: payloads.ofError(event.error, { ...run, kind: 'error' }),
    startedAt: isoOf(event.startedAtMs),
    due: isoOf(event.dueMs),
    section: event.section ?? null,
    limitOf: event.limitOf ?? null,
    cancels: event.cancels ?? null,
    version: event.version ?? null,
    kept: event.kept,
  };
}

export interface ShownTimeline {
  readonly instanceId: string;
  readonly name: string;
  readonly runtimeStatus: string;
  readonly execution: string | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly isCut: boolean;
  readonly bars: readonly object[];
}

export function shownTimeline(timeline: Timeline): ShownTimeline {
  return {
    instanceId: timeline.id,
    name: timeline.name,
    runtimeStatus: timeline.status,
    execution: timeline.execution ?? null,
    startedAt: isoOf(timeline.startedAtMs),
    endedAt: isoOf(timeline.endedAtMs),
    isCut: timeline.isCut,
    bars: timeline.bars.map(shownBar),
  };
}

function shownBar(bar: TimelineBar): object {
  return {
    kind: bar.kind,
    task: bar.task ?? null,
    name: bar.name,
    target: bar.target ?? null,
    targets: bar.targets ?? null,
    scheduledAt: isoOf(bar.scheduledAtMs),
    startedAt: isoOf(bar.startedAtMs),
    endedAt: isoOf(bar.endedAtMs),
    outcome: bar.outcome,
    child: bar.child === undefined ? null : shownTimeline(bar.child),
  };
}

/** Values of a reason keep their names: the codes and fields are those of the library. */
export function shownExplanation({ subject, links, isCut }: Explanation) {
  return {
    subject,
    isCut,
    links: links.map((link) => ({
      depth: link.depth,
      subject: link.subject,
      code: link.reason.code,
      values: Object.fromEntries(
        Object.entries(link.reason).filter(([name, value]) => name !== 'code' && value !== undefined),
      ),
      because: link.because,
      since: isoOf(link.sinceMs),
      remedy: link.remedy ?? null,
    })),
  };
}

export function shownLock(lock: LockEntry) {
  return {
    entityId: lock.entity,
    ...shownHold(lock.hold),
    holder: lock.holder === undefined ? null : { name: lock.holder.name, runtimeStatus: lock.holder.status },
    waiters: lock.waiters.map(({ instance, section, sinceMs }) => ({
      instanceId: instance,
      section,
      since: isoOf(sinceMs),
    })),
    waiterCount: lock.waiterCount,
    waiting: lock.waiting,
  };
}

export function shownMessage(
  message: WaitingMessage,
  target: { readonly instance: string; readonly name: string },
  payloads: Payloads,
) {
  const { from } = message;
  return {
    // Beyond 2^53 there are no ids, but they may be negative.
    id: message.id,
    kind: message.kind,
    name: message.name ?? null,
    value: payloads.ofStored(message.value, { ...target, kind: 'input' }),
    from: from === undefined ? null : { instanceId: from.instance, task: from.task ?? null },
    called: message.called,
    behindLock: message.behindLock,
    due: isoOf(message.dueMs),
    signalName: message.signalName ?? null,
    everyMs: message.everyMs ?? null,
    attempts: message.attempts,
    since: isoOf(message.sinceMs),
    problem: message.problem ?? null,
  };
}

export function shownDeadLetter(letter: DeadLetterEntry, payloads: Payloads) {
  const { id, target, operation, attempts, reason } = letter;
  return {
    id,
    target,
    operation: operation ?? null,
    input: payloads.ofStored(letter.input, { kind: 'input', instance: target, name: target.split('@')[1] ?? '' }),
    attempts,
    reason,
    at: isoOf(letter.atMs),
  };
}

export function shownOverview(overview: HubOverview) {
  const { hubTimeMs, countedAtMs, longestIdle, longestLock, runs, entities, ...rest } = overview;
  return {
    ...rest,
    hubTime: isoOf(hubTimeMs),
    countedAt: isoOf(countedAtMs),
    entities: entities ?? null,
    runs: runs?.map(({ name, status, count }) => ({ name, runtimeStatus: status, count })) ?? null,
    longestIdle:
      longestIdle === undefined
        ? null
        : { instanceId: longestIdle.id, name: longestIdle.name, lastUpdatedAt: isoOf(longestIdle.updatedAtMs) },
    longestLock: longestLock === undefined ? null : shownLock(longestLock),
  };
}

export function shownTypes({ entities, orchestrations, activities }: HubTypes) {
  return {
    entities: entities.map(({ effects, expireAfterMs, operations, ...code }) => ({
      ...code,
      effects: effects ?? null,
      expireAfterMs: expireAfterMs ?? null,
      operations: operations?.map(({ input, ...operation }) => ({ ...operation, input: input ?? null })) ?? null,
    })),
    orchestrations,
    activities,
  };
}
