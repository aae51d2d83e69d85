/** Plans of curves: the cost of a message at each size of something that grows. */
import { startMeter } from '../measure.js';

/** The cost of a message at one size. */
export interface Cost {
  readonly size: number;
  /** CPU time of all threads. */
  readonly cpuUs: number;
  /** Wall time, with the number in flight of the curve. */
  readonly wallUs: number;
}

export interface Curve {
  readonly name: string;
  /** The name of the growing number. */
  readonly grows: string;
  readonly says: string;
  readonly costs: readonly Cost[];
}

/** A curve before the measurement. */
export interface Plan {
  readonly name: string;
  readonly grows: string;
  readonly says: string;
  readonly sizes: readonly number[];
  measure(size: number, seconds: number): Promise<Cost>;
}

const inFlight = 64;
const warmUnits = 500;

/** Runs units for a limited time, and at most `most` of them. The first ones are not measured. */
export async function measureOn(
  size: number,
  seconds: number,
  most: number,
  unit: (index: number) => Promise<unknown>,
): Promise<Cost> {
  await inParallel(warmUnits, seconds * 1_000, unit);
  const meter = startMeter();
  const done = await inParallel(Math.max(most - warmUnits, warmUnits), seconds * 1_000, (i) => unit(i + warmUnits));
  return costOf(size, done, meter());
}

export function costOf(size: number, messages: number, used: { cpuUs: number; elapsedMs: number }): Cost {
  return { size, cpuUs: used.cpuUs / messages, wallUs: (used.elapsedMs * 1_000) / messages };
}

/** Runs at most `most` units for a limited time. Resolves with their number. */
async function inParallel(most: number, ms: number, unit: (index: number) => Promise<unknown>): Promise<number> {
  const endMs = performance.now() + ms;
  let next = 0;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (next < most && performance.now() < endMs) await unit(next++);
    }),
  );
  return next;
}
