import type { Random } from '../ports/clock.js';

/** Random numbers by mulberry32: the same seed gives the same numbers. */
export class Seeded implements Random {
  private state: number;
  private uuids = 0;

  constructor(readonly seed: number) {
    this.state = seed | 0;
  }

  u32(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** A whole number from 0 to `bound - 1`. */
  below(bound: number): number {
    return Math.floor((this.u32() / 2 ** 32) * bound);
  }

  chance(probability: number): boolean {
    return this.u32() / 2 ** 32 < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  uuid(): string {
    const hex = (this.u32().toString(16) + '00000000').slice(0, 8);
    return `${hex}-0000-4000-8000-${(++this.uuids).toString(16).padStart(12, '0')}`;
  }
}
