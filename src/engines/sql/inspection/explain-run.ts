/** The reasons why an orchestration does not move. */
import { hasEnded } from '../../../model/runtime-status.js';
import { isPending } from '../connected/pending-run.js';
import { versionName } from '../../../ports/names.js';
import type { RunRecord } from '../model/run-record.js';
import type { ReadRun } from './details.js';
import { openTasks, type OpenTask } from './open-tasks.js';
import type { Walk } from './walk.js';

/** The greatest number of open steps that are followed. */
const tasksMax = 10;

export async function explainRun(walk: Walk, depth: number, id: string): Promise<void> {
  const read = await walk.details.readRun(id);
  if (read === undefined) return walk.add(depth, id, { code: 'notFound' });
  const { row, record, problem } = read;
  if (record === undefined) return walk.add(depth, id, { code: 'unreadable', problem: problem ?? '' }, row.updatedAtMs);
  if (hasEnded(record.status)) {
    const status = record.status as 'completed' | 'failed' | 'terminated';
    return walk.add(depth, id, { code: 'ended', status }, row.endedAtMs ?? undefined);
  }
  const before = walk.links.length;
  await walk.checkOwner(depth, id);
  walk.checkCaution(depth, id);
  const damage = problem ?? walk.ports.facts?.damage(id);
  if (damage !== undefined) return walk.add(depth, id, { code: 'unreadable', problem: damage }, row.updatedAtMs);
  if (await explainStatus(walk, depth, id, read, record)) return;
  await explainWaits(walk, depth, id, read, record);
  if (walk.links.length > before || walk.isCut) return;
  const waiting = await messagesFor(walk, id);
  walk.add(depth, id, waiting > 0 ? { code: 'ready', messages: waiting } : { code: 'unknown' }, row.updatedAtMs);
}

async function messagesFor(walk: Walk, id: string): Promise<number> {
  const [counted] = await walk.ports.store.inspect().countWaiting([walk.details.target(id)]);
  return Math.max(counted?.waiting ?? 0, walk.ports.facts?.waiting(id) ?? 0);
}

/** Adds a reason that stops the code as a whole. Returns whether there is one. */
async function explainStatus(
  walk: Walk,
  depth: number,
  id: string,
  { row }: ReadRun,
  record: RunRecord,
): Promise<boolean> {
  const { status, reason, startsAtMs, name, version = 1 } = record;
  if (status === 'suspended') {
    walk.add(depth, id, { code: 'suspended', reason }, row.updatedAtMs);
    return true;
  }
  if (status === 'pending' && startsAtMs !== undefined) {
    walk.add(depth, id, { code: 'startScheduled', startsAtMs }, row.createdAtMs);
    return true;
  }
  // A start without a version runs the highest one that its worker has.
  const pinned = isPending(row) ? record.version : version;
  const code = { what: 'orchestration', name, ...(pinned !== undefined && { version: pinned }) } as const;
  const isOwn = `orchestration:${versionName(name, version)}`;
  if (!walk.checkCode(depth, id, code, row.updatedAtMs)) return true;
  if (record.missing?.['-1'] === isOwn) {
    // Its worker noted this, and has ended or changed its code since. The next message for the code clears the note.
    const waiting = await messagesFor(walk, id);
    walk.add(depth, id, { code: 'ready', messages: waiting }, row.updatedAtMs);
    return true;
  }
  if (status !== 'pending') return false;
  walk.add(depth, id, { code: 'startWaits' }, isPending(row) ? undefined : row.createdAtMs);
  return true;
}

async function explainWaits(walk: Walk, depth: number, id: string, read: ReadRun, record: RunRecord): Promise<void> {
  const { tasks, lastAtMs } = openTasks(read.events);
  if (record.awaited !== undefined)
    walk.add(
      depth,
      id,
      { code: 'waitsForEvent', events: record.awaited, unread: record.unread?.names ?? [] },
      lastAtMs ?? read.row.updatedAtMs,
    );
  for (const task of tasks.slice(0, tasksMax)) await explainTask(walk, depth, id, task, record);
  if (tasks.length > tasksMax) walk.isCut = true;
}

async function explainTask(walk: Walk, depth: number, id: string, open: OpenTask, record: RunRecord): Promise<void> {
  const { action, atMs, held, child } = open;
  const { task } = action;
  const { execution } = record;
  switch (action.kind) {
    case 'call': {
      const { target: entity, operation } = action;
      walk.add(depth, id, { code: 'waitsForCall', task, entity, operation }, atMs);
      return walk.follow(depth + 1, entity, { instance: id, execution, task, kind: 'call' });
    }
    case 'lock': {
      const { targets } = action;
      const entity = targets[Math.min(held, targets.length - 1)] as string;
      walk.add(depth, id, { code: 'waitsForLock', task, entity, held, of: targets.length }, atMs);
      return walk.follow(depth + 1, entity, { instance: id, execution, task, kind: 'lock' });
    }
    case 'sub': {
      const instance = child ?? '';
      walk.add(depth, id, { code: 'waitsForChild', task, instance, name: action.name }, atMs);
      return walk.follow(depth + 1, instance);
    }
    case 'timer':
      return walk.add(
        depth,
        id,
        { code: 'waitsForTimer', task, dueMs: action.dueMs, limitOf: action.limits?.task },
        atMs,
      );
    case 'activity':
      walk.add(depth, id, { code: 'waitsForActivity', task, name: action.name }, atMs);
      return explainActivity(walk, depth + 1, id, { name: action.name, row: open.row });
  }
}

/** Why an activity of an orchestration has no result. Its row has the partition of the orchestration. */
async function explainActivity(
  walk: Walk,
  depth: number,
  run: string,
  { name, row }: { readonly name: string; readonly row: number },
): Promise<void> {
  const subject = `activity:${name}`;
  const { facts, store } = walk.ports;
  const { names, name: worker } = walk.ownerOf(run) ?? {};
  if (names !== undefined && !names.includes(subject)) {
    const announcedBy = walk.membership.members.filter((one) => one.names.includes(subject)).map((one) => one.name);
    return walk.add(depth, subject, { code: 'notRegistered', what: 'activity', name, version: undefined, announcedBy });
  }
  if (facts?.owns(run) !== true) {
    // Without a living owner, the explanation has the reason already.
    if (worker !== undefined) walk.add(depth, subject, { code: 'elsewhere', worker });
    return;
  }
  const fact = facts.activity(row);
  if (fact?.state === 'running')
    return walk.add(depth, subject, { code: 'running', name, attempt: undefined }, fact.sinceMs);
  if (facts.isCautious(run)) return walk.add(depth, subject, { code: 'cautious' });
  if (fact !== undefined && fact.running >= fact.max)
    return walk.add(depth, subject, { code: 'waitsForSlot', running: fact.running, max: fact.max });
  const [waits] = await store.inspect().rows([row]);
  // Without a row, its answer is on the way.
  const waiting = Math.max(waits === undefined ? 0 : 1, facts.waiting(run));
  walk.add(depth, subject, { code: 'ready', messages: waiting });
}
