import { MemoryDatabase, MemoryStore } from '../../src/storage/memory/index.js';
import { epochMs, type StoreHarness } from '../conformance/harness.js';
import { storeConformance } from '../conformance/store.js';

function memory(shared: boolean): StoreHarness {
  return {
    shared,
    presence: shared,
    async create(partitionCount) {
      const database = new MemoryDatabase({ partitionCount, shared });
      const clock = { nowMs: epochMs };
      return {
        clock,
        store: () => new MemoryStore(database, () => clock.nowMs),
        dispose: async () => {},
      };
    },
  };
}

storeConformance('memory, one worker', memory(false));
storeConformance('memory, workers side by side', memory(true));
