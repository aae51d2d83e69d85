/**
 * A distribution of values on a logarithmic scale: four buckets for each power of two. Adding a value takes a few nanoseconds, and an object
 * takes less than one kilobyte.
 */
import type { SomeTimes } from '../hub/operation-counts.js';
import type { Distribution } from '../hub/statistics.js';

const perPower = 4;
/** Units beyond 2^31 are scaled down by this power first. */
const wordBits = 31;
const powers = 52;

export class LogScale {
  private readonly buckets = new Uint32Array(powers * perPower);
  private count = 0;
  private sum = 0;
  private max = 0;

  /** @param scale units per 1: the resolution. 1,000 measures milliseconds in microseconds */
  constructor(private readonly scale = 1_000) {}

  /** Adds a value, which several things may have. */
  add(value: number, times = 1): void {
    this.count += times;
    this.sum += value * times;
    if (value > this.max) this.max = value;
    const bucket = bucketOf(value * this.scale);
    this.buckets[bucket] = (this.buckets[bucket] as number) + times;
  }

  addSome({ ms, things }: SomeTimes): void {
    for (let at = 0; at < ms.length; at++) this.add(ms[at] as number, things[at]);
  }

  get figures(): Distribution {
    const { count, sum, max, scale } = this;
    const buckets: { upTo: number; count: number }[] = [];
    this.buckets.forEach((found, bucket) => {
      if (found > 0) buckets.push({ upTo: upperEnd(bucket) / scale, count: found });
    });
    const quantile = (part: number): number => {
      let below = 0;
      for (const bucket of buckets) {
        below += bucket.count;
        if (below >= part * count) return Math.min(bucket.upTo, max);
      }
      return 0;
    };
    return { count, sum, max, p50: quantile(0.5), p90: quantile(0.9), p99: quantile(0.99), buckets };
  }
}

function bucketOf(units: number): number {
  let shift = 0;
  let scaled = units;
  while (scaled >= 2 ** wordBits) {
    scaled /= 2 ** 10;
    shift += 10;
  }
  // Rounded up, so that a value on the upper end of a bucket belongs to it.
  const whole = Math.ceil(scaled);
  if (whole < perPower) return whole;
  const power = wordBits - Math.clz32(whole);
  const bucket = (power + shift) * perPower + ((whole >>> (power - 2)) & (perPower - 1));
  return Math.min(bucket, powers * perPower - 1);
}

/** The greatest number of units in a bucket. */
function upperEnd(bucket: number): number {
  if (bucket < 2 * perPower) return bucket;
  const power = Math.floor(bucket / perPower);
  return ((bucket % perPower) + perPower + 1) * 2 ** (power - 2) - 1;
}
