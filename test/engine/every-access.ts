import { expect } from 'chai';
import { amount } from '../amount.js';
import { commitFaults, crashes, type Fault } from './fault-store.js';
import type { World } from './world.js';

const faults = [...commitFaults, ...crashes];

/**
 * Every access to the storage meets some kinds of fault, and every kind some accesses, in turn: one of so many pairs is tried.
 * `npm run test:long` tries half of them, and `npm run simulate -- --systematic` all of them in its scenarios.
 */
const share = amount({ usual: 12, long: 2 });

/** The kinds of fault that this access meets, if one of so many pairs of an access and a kind is tried, and which of them. */
export function faultsAt(access: number, oneOf: number, first: number): readonly Fault[] {
  return faults.filter((_, kind) => (kind + access + first) % oneOf === 0);
}

/** A test for each kind of fault, with the accesses that meet it; they may be asked for without end. */
export function forEachFault(title: string, tell: (fault: Fault, accesses: Iterable<number>) => Promise<void>): void {
  for (const [kind, fault] of faults.entries()) it(`${title}: ${fault}`, () => tell(fault, accessesOf(kind)));
}

function* accessesOf(kind: number): Iterable<number> {
  for (let access = 0; ; access++) if ((kind + access) % share === 0) yield access;
}

/** Runs the story in new worlds, with one fault at its first access to the storage, then at its second, up to its last. */
export function atEveryAccess(
  promise: string,
  worldFor: (at: number) => World,
  story: (world: World) => Promise<void>,
): void {
  forEachFault(`${promise}, whatever happens at any access to the storage`, async (fault, accesses) => {
    let struck = 0;
    for (const at of accesses) {
      if (!(await tell(fault, at))) break;
      struck++;
    }
    expect(struck, 'accesses that met the fault').to.be.greaterThan(0);
  });

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
