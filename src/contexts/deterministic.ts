/** Ids and random numbers that are the same in replay. They depend only on the name of the execution and a counter. */
import { createHash } from 'node:crypto';

export class DeterministicSource {
  private counter = 0;
  private random32: (() => number) | undefined;

  /** @param name unique text of the execution */
  constructor(private readonly name: string) {}

  /** A version 5 UUID. */
  guid(): string {
    const bytes = createHash('sha1').update(`${this.name}\0guid\0${this.counter++}`).digest().subarray(0, 16);
    bytes[6] = ((bytes[6] as number) & 0x0f) | 0x50;
    bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
    const hex = bytes.toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  /** From 0 (included) to 1 (excluded). */
  random(): number {
    this.random32 ??= mulberry32(createHash('sha1').update(`${this.name}\0random`).digest().readUInt32LE(0));
    return (this.random32() * 2 ** 21 + (this.random32() >>> 11)) / 2 ** 53;
  }
}

/** Tommy Ettinger's mulberry32: 32 bits of state, good enough for shuffling and jitter. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}
