/** Runs one suite on every kind of storage and cache. */
import { World, type Setting } from './world.js';

/** A real file, and nothing stays in memory: what most often goes wrong. */
export const hardest: readonly Setting[] = [{ storage: 'sqlite', evict: true }];

/** Both extremes. */
export const twoSettings: readonly Setting[] = [
  { storage: 'memory', evict: false },
  { storage: 'sqlite', evict: true },
];

export const allSettings: readonly Setting[] = [
  { storage: 'memory', evict: false },
  { storage: 'memory', evict: true },
  { storage: 'sqlite', evict: false },
  { storage: 'sqlite', evict: true },
];

/** A suite with a fresh World for each test. The suite reads `world()` inside its tests. */
export function acceptance(theme: string, settings: readonly Setting[], suite: (world: () => World) => void): void {
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
