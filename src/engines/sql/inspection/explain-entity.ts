/** The reasons why an entity does not move. */
import { sameOwner, type LockOwner } from '../model/messages.js';
import { readMeta, type HeldLock } from '../model/entity-meta.js';
import type { InspectedMessage } from '../ports/store.js';
import { readBody } from './entries.js';
import type { AwaitedMessage, Walk } from './walk.js';

/** The greatest number of messages that are looked through for the awaited one. */
const messagesMax = 1_000;
const bodyMax = 16_384;

/** The messages that wait for an entity, in the order of its queue. */
interface Queue {
  readonly rows: readonly InspectedMessage[];
  /** The place of the awaited message. `undefined` if it is not among the rows. */
  readonly place: number | undefined;
  /** The section that the awaited message belongs to. */
  readonly owner: LockOwner | undefined;
}

export async function explainEntity(walk: Walk, depth: number, id: string, awaited?: AwaitedMessage): Promise<void> {
  const { store, facts } = walk.ports;
  const [row] = await store.loadInstances([id], false);
  const damage = facts?.damage(id);
  if (damage !== undefined) return walk.add(depth, id, { code: 'unreadable', problem: damage });
  let lock: HeldLock | undefined;
  try {
    lock = row === undefined ? undefined : readMeta(row.meta).lock;
  } catch (error) {
    return walk.add(depth, id, { code: 'unreadable', problem: error instanceof Error ? error.message : String(error) });
  }
  const queue = await queueOf(walk, id, awaited);
  const live = facts?.entity(id);
  const waiting = Math.max(queue.rows.length, live?.waiting ?? 0);
  const isBusy = waiting > 0 || live?.running !== undefined || awaited !== undefined;
  const isBlocked = lock !== undefined && (queue.owner === undefined || !sameOwner(queue.owner, lock));
  if (isBusy || isBlocked) {
    await walk.checkOwner(depth, id);
    walk.checkCaution(depth, id);
  }
  if (lock !== undefined && isBlocked) {
    const requests = queue.rows.filter(({ body }) => body.startsWith('{"kind":"lock",')).length;
    const { instance: by, section, at } = lock;
    walk.add(depth, id, { code: 'locked', by, section, waiters: requests }, at);
    if (isBusy || depth === 0) await walk.follow(depth + 1, by);
  } else if (isBusy) explainQueue(walk, depth, id, queue, waiting);
  else if (row === undefined && !(await hasMore(walk, id))) walk.add(depth, id, { code: 'notFound' });
  await explainLater(walk, depth, id, isBusy || isBlocked, awaited !== undefined);
}

async function queueOf(walk: Walk, id: string, awaited: AwaitedMessage | undefined): Promise<Queue> {
  const target = walk.details.target(id);
  const rows: InspectedMessage[] = [];
  for (const part of ['adopted', 'new'] as const) {
    const page = { part, limit: messagesMax - rows.length, bodyMax };
    if (page.limit > 0) for (const row of await walk.ports.store.inspect().inbox(target, page)) rows.push(row);
  }
  if (awaited === undefined) return { rows, place: undefined, owner: undefined };
  const place = rows.findIndex((row) => isAwaited(row, awaited));
  const { instance, execution, task, kind } = awaited;
  const owner = kind === 'lock' ? { instance, execution, section: task } : ownerOf(rows[place]);
  return { rows, place: place < 0 ? undefined : place, owner };
}

function isAwaited(row: InspectedMessage, { instance, execution, task, kind }: AwaitedMessage): boolean {
  const body = readBody(row);
  if (typeof body === 'string') return false;
  if (kind === 'lock') return body.kind === 'lock' && sameOwner(body.owner, { instance, execution, section: task });
  const reply = body.kind === 'operation' ? body.reply : undefined;
  return reply?.to === 'run' && reply.instance === instance && reply.execution === execution && reply.task === task;
}

function ownerOf(row: InspectedMessage | undefined): LockOwner | undefined {
  const body = row === undefined ? undefined : readBody(row);
  return typeof body === 'object' && body.kind === 'operation' ? body.owner : undefined;
}

/** Adds the reasons of an entity that is not blocked by a lock. */
function explainQueue(walk: Walk, depth: number, id: string, { place }: Queue, waiting: number): void {
  const name = id.slice(1, id.indexOf('@', 1));
  if (!walk.checkCode(depth, id, { what: 'entity', name })) return;
  if (place !== undefined && place > 0) walk.add(depth, id, { code: 'queued', before: place });
  const { facts } = walk.ports;
  const live = facts?.entity(id);
  if (live?.running !== undefined) {
    const { operation, sinceMs, attempt, nextAttemptAtMs } = live.running;
    if (nextAttemptAtMs === undefined) walk.add(depth, id, { code: 'running', name: operation, attempt }, sinceMs);
    else
      walk.add(
        depth,
        id,
        { code: 'retries', name: operation, attempt: attempt ?? 1, nextAtMs: nextAttemptAtMs },
        sinceMs,
      );
  } else if (live?.slots !== undefined) walk.add(depth, id, { code: 'waitsForSlot', ...live.slots });
  else if (facts?.owns(id) !== true && walk.ownerOf(id) !== undefined)
    walk.add(depth, id, { code: 'elsewhere', worker: walk.ownerOf(id)?.name });
  else if (walk.ownerOf(id) !== undefined) walk.add(depth, id, { code: 'ready', messages: waiting });
}

async function hasMore(walk: Walk, id: string): Promise<boolean> {
  const inspection = walk.ports.store.inspect();
  const target = walk.details.target(id);
  if ((await inspection.inbox(target, { part: 'scheduled', limit: 1, bodyMax: 0 })).length > 0) return true;
  return (await inspection.deadLetters({ target: id }, { descending: false, limit: 1, bodyMax: 0 })).length > 0;
}

/** Adds scheduled messages and dead letters, or that nothing waits. */
async function explainLater(
  walk: Walk,
  depth: number,
  id: string,
  isExplained: boolean,
  isAwaited: boolean,
): Promise<void> {
  // For somebody who waits for one message, the others are beside the point.
  if (isAwaited) return;
  const inspection = walk.ports.store.inspect();
  const before = walk.links.length;
  const page = { part: 'scheduled', limit: messagesMax, bodyMax: 0 } as const;
  const scheduled = await inspection.inbox(walk.details.target(id), page);
  const [first] = scheduled;
  if (first?.dueMs !== undefined && first.dueMs !== null)
    walk.add(depth, id, { code: 'scheduled', messages: scheduled.length, nextMs: first.dueMs });
  const letters = await inspection.deadLetters({ target: id }, { descending: true, limit: messagesMax, bodyMax });
  const [last] = letters;
  if (last !== undefined) {
    const operation = operationIn(last.body);
    walk.add(depth, id, { code: 'deadLettered', letters: letters.length, operation }, last.atMs);
  }
  if (!isExplained && walk.links.length === before && walk.links.every(({ subject }) => subject !== id))
    walk.add(depth, id, { code: 'idle' });
}

function operationIn(body: string): string | undefined {
  const found = /^\{"kind":"operation","operation":("(?:[^"\\]|\\.)*")/.exec(body)?.[1];
  try {
    return found === undefined ? undefined : (JSON.parse(found) as string);
  } catch {
    return undefined;
  }
}
