/** Inspectors of a world, with the memory of a process or without it. */
import { EngineFacts } from '../../src/engines/sql/inspection/engine-facts.js';
import { SqlInspector } from '../../src/engines/sql/inspection/sql-inspector.js';
import { MemoryStore } from '../../src/storage/memory/index.js';
import { ProcessClock } from '../../src/testing/virtual-clock.js';
import type { Process, World } from './world.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * An inspector in the process of a worker, or in another process. It reads through a store of its own: its reads are no accesses of the
 * process, and meet no faults.
 */
export async function inspectorOf(world: World, process?: Process): Promise<SqlInspector> {
  const store = new MemoryStore(world.database, () => world.time.wallMs());
  const { partitionCount } = await store.open();
  const clock = process?.clock ?? new ProcessClock(world.time);
  const common = { store, clock, logger: silent, partitionCount, process: 'test' };
  if (process === undefined)
    return new SqlInspector({
      ...common,
      hubTimeMs: () => world.time.wallMs(),
      role: () => 'client',
      incarnation: () => undefined,
    });
  const { engine } = process;
  const facts = new EngineFacts(
    () => engine.present,
    () => clock.monotonicMs(),
  );
  return new SqlInspector({
    ...common,
    hubTimeMs: () => engine.hubTimeMs(),
    role: () => engine.role,
    incarnation: () => engine.present?.term.incarnation,
    facts,
    commits: (listener) => engine.listenToCommits(listener),
  });
}
