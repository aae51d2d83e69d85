/**
 * Runs one suite on the kinds of storage and cache that its theme needs.
 *
 * The conformance suite and random commands prove that the stores give the same answers. The way in which instances are kept
 * and replayed does not depend on the store. So every theme runs in memory, kept and evicted. A theme runs on a SQLite file,
 * with nothing kept in memory, if the stored data is its subject, or if real waiting for a disk may change an order.
 * A file whose instances stay in memory adds only restarts, which restart.spec.ts tests. One theme runs on each database server too.
 */
import type { Form } from './counters.js';
import { mode, withoutDifferences } from '../restate/differences.js';
import { record } from '../restate/results.js';
import { renewRestateServer } from '../servers/restate.js';
import { installedServers } from './server-database.js';
import { World, type Setting } from './world.js';

/** A real file, and nothing stays in memory: what most often goes wrong. */
export const hardest: readonly Setting[] = [{ storage: 'sqlite', evict: true }];

/** Both extremes. */
export const twoSettings: readonly Setting[] = [{ storage: 'memory', evict: false }, ...hardest];

const inMemory: readonly Setting[] = [
  { storage: 'memory', evict: false },
  { storage: 'memory', evict: true },
];

export const allSettings: readonly Setting[] = [...inMemory, ...hardest];

/** The installed database servers. Nothing stays in memory: each turn reads the tables. */
export function serverSettings(): readonly Setting[] {
  return installedServers().map((storage) => ({ storage, evict: true }));
}

/** Of a suite that runs for each form of entity: below the form all is the same, so one of them meets the file. */
export function settingsOf(form: Form): readonly Setting[] {
  return form === 'class' ? allSettings : inMemory;
}

/** The setting of `DURABLE_TEST_ENGINE=restate`. Each operation reads the stored state, so nothing is kept in memory. */
const onRestate: readonly Setting[] = [{ storage: 'restate', evict: true }];

const engine = process.env['DURABLE_TEST_ENGINE'] ?? 'sql';

/** A suite with a fresh World for each test. The suite reads `world()` inside its tests. */
export function acceptance(theme: string, settings: readonly Setting[], suite: (world: () => World) => void): void {
  if (engine === 'restate') return onEngine(theme, suite);
  for (const setting of settings) {
    describe(`${theme} (${setting.storage}${setting.evict ? ', evicted after each turn' : ''})`, () => {
      let current: World;
      beforeEach(() => {
        current = new World(setting);
      });
      afterEach(() => current.end());
      suite(() => current);
    });
  }
}

/** The suite on Restate, without the tests that the list of differences names. The outcomes are recorded. */
function onEngine(theme: string, suite: (world: () => World) => void): void {
  for (const setting of onRestate) {
    describe(`${theme} (${setting.storage})`, () => {
      let current: World;
      const outcomes = new Map<string, boolean>();
      beforeEach(async () => {
        await renewRestateServer();
        current = new World(setting);
      });
      afterEach(() => current.end());
      afterEach(function () {
        const { title = '', state } = this.currentTest ?? {};
        outcomes.set(title, state === 'passed' && outcomes.get(title) !== false);
      });
      if (mode === 'leave out') after(() => record(theme, outcomes));
      withoutDifferences(theme, () => suite(() => current));
    });
  }
}
