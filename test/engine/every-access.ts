import { commitFaults, crashes, type Fault } from './fault-store.js';
import type { World } from './world.js';

/** Tells the story in ever new worlds, with one fault of each kind at its first access to the storage, at its second, to its last. */
export function atEveryAccess(
  promise: string,
  worldFor: (at: number) => World,
  story: (world: World) => Promise<void>,
): void {
  for (const fault of [...commitFaults, ...crashes]) {
    it(`${promise}, whatever happens at any access to the storage: ${fault}`, async function () {
      this.timeout(120_000);
      for (let at = 0; await tell(fault, at); at++);
    });
  }

  /** Whether the story came so far. */
  async function tell(fault: Fault, at: number): Promise<boolean> {
    const world = worldFor(at);
    let struck = false;
    world.onStore = (store) => {
      store.plan = (_, index) => {
        if (struck || index !== at) return undefined;
        struck = true;
        return fault;
      };
    };
    try {
      await story(world);
    } catch (error) {
      (error as Error).message = `at access ${at}: ${(error as Error).message}`;
      throw error;
    }
    return struck;
  }
}
