import type { CommitBatch, InstanceWrite } from '../../src/engines/sql/ports/store.js';
import { epochMs, message, put, receipt } from '../conformance/harness.js';

export interface Random {
  /** A whole number from 0 to n - 1. */
  below(n: number): number;
}

/** mulberry32: small, good enough, the same everywhere. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return {
    below(n) {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = Math.imul(state ^ (state >>> 15), state | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) % n;
    },
  };
}

/**
 * A batch over few names and ids, so that rows meet again. About one batch in three is refused: nobody keeps account of what
 * is stored, so what it consumes may be missing and what it expects may be wrong.
 */
export function randomBatch(random: Random, nowMs: number): Omit<CommitBatch, 'incarnation' | 'seq'> {
  const some = <T>(chance: number, make: () => T): T[] => (random.below(100) < chance ? [make()] : []);
  const id = () => 1 + random.below(40);
  const name = () => `i${random.below(4)}`;
  const times = { hubTimeMs: nowMs - random.below(9), activeMs: random.below(1000) };
  const instances = instanceWrites(random, times);
  const created = instances.filter((write) => write.op === 'put' && write.version === 1);
  const deleted = instances.filter(({ op }) => op === 'delete');
  return {
    leaseMs: 100,
    ...(random.below(3) === 0 ? {} : times),
    consumed: some(15, id),
    adopted: some(15, () => [id(), random.below(5)] as const),
    instances,
    ...(random.below(3) === 0
      ? { named: [[name(), `n${random.below(3)}`, random.below(3) === 0 ? null : id()] as const] }
      : {}),
    historyDeleted: [...some(10, name), ...deleted.map(({ id: instance }) => instance)],
    history: [
      ...some(20, () => ({
        instance: name(),
        execution: `x${random.below(2)}`,
        chunk: random.below(12),
        events: `[${random.below(100)}]`,
      })),
      // As the execution of an orchestration begins, and may end, with the batch.
      ...created.map(({ id: instance }) => ({
        instance,
        execution: 'y',
        chunk: 0,
        events: `[${random.below(100)}]`,
      })),
    ],
    inbox: [...some(50, id), ...some(30, id)].map((inboxId) =>
      message(inboxId, {
        partition: random.below(4),
        arrival: random.below(4) === 0 ? random.below(5) : null,
        dueMs: random.below(3) === 0 ? nowMs + random.below(60) - 20 : null,
        body: JSON.stringify(random.below(1000)),
      }),
    ),
    receipts: [...some(20, name), ...some(20, name)].map((target) =>
      receipt(`r${random.below(2)}`, { target, hash: `h${random.below(9)}`, atMs: nowMs - random.below(50) }),
    ),
    ...(random.below(8) === 0 ? { receiptsDeleted: [{ target: name(), requestId: `r${random.below(2)}` }] } : {}),
    ...(random.below(8) === 0
      ? { receiptsExpired: { keys: [receipt('r0', { target: name() })], beforeMs: nowMs - random.below(50) } }
      : {}),
    ...(random.below(12) === 0 ? { healthy: [random.below(4)] } : {}),
    ...(random.below(20) === 0 ? { gives: [[random.below(4), random.below(6)] as const] } : {}),
    ...(random.below(40) === 0 ? { leave: true } : {}),
  };
}

/** At most one write for each of a few ids, sorted. The version is a guess that is low more often than not. */
function instanceWrites(random: Random, times: { hubTimeMs: number; activeMs: number }): InstanceWrite[] {
  return ['i0', 'i1', 'i2', 'i3', 'i4', 'i5'].flatMap((id): InstanceWrite[] => {
    if (random.below(6) !== 0) return [];
    const version = 1 + Math.min(random.below(4), random.below(4));
    if (random.below(3) === 0) return [{ op: 'delete', id, version }];
    const state = random.below(4) === 0 ? null : String(random.below(1000));
    // Name, creation and parent of an instance never change here, so any later write may say `sameStart`.
    const sameStart = version > 1 && random.below(2) === 0;
    const now = random.below(2) === 0;
    // The id decides the kind of the instance: an entity or an orchestration.
    if (Number(id.slice(1)) % 2 === 0) {
      const meta = random.below(3) === 0 ? `{"lock":${random.below(9)}}` : null;
      const updatedAtMs = now ? times.hubTimeMs : epochMs;
      return [put(id, { version, state, meta, updatedAtMs, sameStart, sameStatus: sameStart })];
    }
    const tags = (['t', 'u'] as const).flatMap((tag) =>
      random.below(2) === 0 ? [[tag, `v${random.below(2)}`] as const] : [],
    );
    const ended = random.below(3);
    const end = [
      { endedAtMs: null, endedActiveMs: null },
      { endedAtMs: times.hubTimeMs, endedActiveMs: times.activeMs },
      { endedAtMs: random.below(9), endedActiveMs: random.below(9) },
    ][ended]!;
    const run = put(id, {
      version,
      sameStart,
      state,
      kind: 'orchestration',
      key: '',
      status: ended === 0 ? 'running' : 'failed',
      ...(now ? { updatedAtMs: times.hubTimeMs } : {}),
      ...end,
      parent: id === 'i1' ? 'i5' : null,
      ...(random.below(2) === 0 ? { tags } : {}),
    });
    return [run];
  });
}
