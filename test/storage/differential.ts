/** Random commands to the memory store and to another one, which must give the same answers. */
import { assert } from 'chai';
import { DurableError } from '../../src/errors/index.js';
import type { CommitBatch, InboxRow, InstanceFilter, Store } from '../../src/engines/sql/ports/store.js';
import { MemoryDatabase, MemoryStore } from '../../src/storage/memory/index.js';
import { epochMs } from '../conformance/harness.js';
import { randomFrom, randomBatch, type Random } from './random-batches.js';

export const partitionCount = 4;
const commandsPerRun = 120;

/** One thing done to a store. The answer must be the same everywhere; lists without an order are sorted. */
type Command = (store: Store) => Promise<unknown>;

/**
 * Draws commands that a worker could send. Most of them are valid. A draw depends on the answers to the commands before it, which are the
 * same for all stores: otherwise the test has failed already.
 */
class Script {
  private incarnation = 0;
  private seq = 0;

  constructor(
    private readonly random: Random,
    private readonly clock: { nowMs: number },
  ) {}

  next(): { label: string; command: Command; learn?: (answer: unknown) => void } {
    const { random, clock, incarnation } = this;
    const nowMs = clock.nowMs + random.below(40) - 20;
    const limit = 1 + random.below(8);
    const one = incarnation - random.below(2);
    if (incarnation === 0) return this.#join();
    switch (random.below(18)) {
      case 6: {
        const holder = random.below(2) === 0 ? undefined : one;
        return { label: `hold ${holder}`, command: (store) => store.acquireExclusiveLock(holder) };
      }
      case 7:
        return random.below(2) === 0
          ? { label: 'let go', command: (store) => store.releaseExclusiveLock() }
          : { label: 'members', command: (store) => store.members() };
      case 0:
        return random.below(3) === 0 ? this.#join() : this.#commit();
      case 1:
        return random.below(3) === 0
          ? random.below(2) === 0
            ? { label: `retire ${one}`, command: (store) => store.retire(one) }
            : this.#takeOver(one)
          : { label: `acquire ${one}`, command: (store) => store.acquire(one) };
      case 2: {
        const partitions = random.below(2) === 0 ? 'all' : [0, 2];
        return { label: `poll ${String(partitions)}`, command: (store) => store.poll({ partitions, nowMs, limit }) };
      }
      case 8: {
        const filter: InstanceFilter = {
          kind: 'orchestration',
          ...(random.below(2) === 0 ? { tags: [['t', `v${random.below(2)}`]] } : {}),
          ...(random.below(3) === 0 ? { parent: `i${random.below(6)}` } : {}),
          ...(random.below(3) === 0 ? { endedBeforeMs: random.below(9) } : {}),
        };
        const page = { limit, withState: true };
        const command: Command = async (store) => [
          await store.queryInstances(filter, page),
          await store.countInstances(filter),
        ];
        return { label: `query ${JSON.stringify(filter)}`, command };
      }
      case 9:
        return { label: 'scan receipts', command: (store) => store.scanReceipts({ limit }) };
      case 3: {
        const request = { gained: random.below(2) === 0 ? 'all' : [1, 3], owned: [0, 1, 3], limit } as const;
        const command: Command = async (store) => {
          const rows: InboxRow[] = [];
          for await (const page of store.readBacklog(request)) rows.push(...page);
          return rows;
        };
        return { label: `backlog ${JSON.stringify(request)}`, command };
      }
      case 4: {
        const [instance, execution] = [`i${random.below(4)}`, `x${random.below(2)}`];
        const firsts: Command = async (store) =>
          (await store.loadFirstChunks([{ instance, execution }])).map(({ events }) => events);
        return random.below(2) === 0
          ? { label: 'history', command: (store) => store.loadHistory(instance, execution) }
          : { label: 'first chunk', command: firsts };
      }
      case 5: {
        clock.nowMs += random.below(30);
        return { label: 'everything', command: everything };
      }
      default:
        return this.#commit();
    }
  }

  #takeOver(incarnation: number): { label: string; command: Command } {
    const seq = this.random.below(2) === 0 ? this.seq : this.random.below(3);
    return { label: `take over ${incarnation}`, command: (store) => store.takeOver(incarnation, seq) };
  }

  #join(): { label: string; command: Command; learn: (answer: unknown) => void } {
    const kind = this.random.below(8) === 0 ? 'client' : 'worker';
    const names = [`entity:e${this.random.below(5)}`, `activity:a${this.random.below(5)}`];
    return {
      label: 'join and acquire',
      command: async (store) => {
        const joined = await store.join({ name: 'fuzz', leaseMs: 100, names, kind });
        return { ...joined, acquired: await store.acquire(joined.incarnation) };
      },
      learn: (answer) => {
        this.incarnation = (answer as { incarnation: number }).incarnation;
        this.seq = 0;
      },
    };
  }

  #commit(): { label: string; command: Command; learn: (answer: unknown) => void } {
    const { random } = this;
    const fence = {
      incarnation: random.below(20) === 0 ? this.incarnation - 1 : this.incarnation,
      seq: this.seq + (random.below(20) === 0 ? random.below(3) : 1),
    };
    const batch: CommitBatch = { ...randomBatch(random, this.clock.nowMs), ...fence };
    return {
      label: `commit ${JSON.stringify(batch)}`,
      command: (store) => store.commit(batch),
      learn: (answer) => {
        if ((answer as { nowMs?: number }).nowMs !== undefined) this.seq = batch.seq;
      },
    };
  }
}

async function everything(store: Store): Promise<unknown> {
  const names = Array.from({ length: 6 }, (_, i) => `i${i}`);
  const keys = names.flatMap((target) => ['r0', 'r1'].map((requestId) => ({ target, requestId })));
  const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  return {
    instances: (await store.loadInstances(names)).toSorted(byText),
    named: (await store.loadNamedSignals(names)).toSorted(byText),
    receipts: (await store.loadReceipts(keys)).toSorted(byText),
    inbox: (await store.rowsInInbox(Array.from({ length: 200 }, (_, i) => i))).toSorted((a, b) => a - b),
    history: await Promise.all(
      names.flatMap((name) => ['x0', 'y'].map((execution) => store.loadHistory(name, execution))),
    ),
  };
}

/** The answer as plain data with sorted fields; of an error its class and code. */
async function answerOf(answer: Promise<unknown>): Promise<unknown> {
  try {
    return JSON.parse(JSON.stringify((await answer) ?? null, sortedFields));
  } catch (error) {
    if (!(error instanceof DurableError)) throw error;
    return { error: error.name, code: error.code };
  }
}

function sortedFields(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

export interface Other {
  readonly store: Store;
  /** Brings an answer into the form in which both are compared. */
  readonly compared: (answer: unknown) => unknown;
  readonly dispose: () => Promise<void>;
}

/** Declares a test of the memory store and another one, with this many random runs. */
export function differential(
  { what, shared, runs }: { readonly what: string; readonly shared: boolean; readonly runs: number },
  makeOther: (clock: { readonly nowMs: number }) => Promise<Other>,
): void {
  describe(`the memory store and the ${what} store`, () => {
    const fixed = process.env['DE_FUZZ_SEED'];
    const first = Math.floor(Math.random() * 2 ** 31);
    const seeds = fixed === undefined ? Array.from({ length: runs }, (_, i) => first + i) : [Number(fixed)];

    it(`give the same answers to ${seeds.length} random runs of ${commandsPerRun} commands`, async () => {
      const outcomes = new Set<string>();
      for (const seed of seeds) await run(seed, outcomes);
      // The runs must have met the refusals too, or they show nothing.
      if (fixed === undefined) assert.includeMembers([...outcomes], ['DE_LEASE_LOST', 'DE_STORAGE_REFUSED', 'ok']);
    });

    async function run(seed: number, outcomes: Set<string>): Promise<void> {
      const clock = { nowMs: epochMs };
      const memory = new MemoryStore(new MemoryDatabase({ partitionCount, shared }), () => clock.nowMs);
      const { store, compared, dispose } = await makeOther(clock);
      const script = new Script(randomFrom(seed), clock);
      try {
        assert.deepEqual(await memory.open(), await store.open());
        assert.deepEqual(await memory.acquireExclusiveLock(), await store.acquireExclusiveLock());
        for (let step = 0; step < commandsPerRun; step++) {
          const { label, command, learn } = script.next();
          const expected = await answerOf(command(memory));
          const repeat = `repeat with: DE_FUZZ_SEED=${seed} npx mocha -g "same answers"`;
          const found = await answerOf(command(store));
          assert.deepEqual(compared(found), compared(expected), `seed ${seed}, step ${step}: ${label}; ${repeat}`);
          outcomes.add((expected as { code?: string } | null)?.code ?? 'ok');
          learn?.(expected);
        }
      } finally {
        await memory.close();
        await store.close();
        await dispose();
      }
    }
  });
}
