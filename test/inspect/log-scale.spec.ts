import { expect } from 'chai';
import fc from 'fast-check';
import { LogScale } from '../../src/inspect/log-scale.js';

describe('a distribution on a logarithmic scale', () => {
  it('a quantile is at most 25 % above the exact value, and never below it', () => {
    const value = fc.double({ min: 0.001, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 200 }), (values) => {
        const scale = new LogScale();
        for (const each of values) scale.add(each);
        const sorted = values.toSorted((a, b) => a - b);
        const { p50, p90, p99, count, max } = scale.figures;
        expect(count).to.equal(values.length);
        expect(max).to.equal(sorted.at(-1));
        for (const [part, found] of [
          [0.5, p50],
          [0.9, p90],
          [0.99, p99],
        ] as const) {
          const exact = sorted[Math.ceil(part * values.length) - 1] as number;
          // The resolution is a microsecond.
          expect(found).to.be.within(exact - 1e-9, exact * 1.25 + 0.001);
        }
      }),
    );
  });

  it('buckets ascend, and hold every value once', () => {
    const scale = new LogScale(1);
    for (let value = 0; value < 1_000; value++) scale.add(value);
    const { buckets } = scale.figures;
    expect(buckets.reduce((sum, { count }) => sum + count, 0)).to.equal(1_000);
    expect(buckets.map(({ upTo }) => upTo)).to.deep.equal(buckets.map(({ upTo }) => upTo).toSorted((a, b) => a - b));
    // Each bucket holds the values above the one before, up to its own end.
    let from = -1;
    for (const { upTo, count } of buckets) {
      expect(count).to.equal(Math.min(upTo, 999) - from);
      from = upTo;
    }
  });

  it('a distribution without values has zeros', () => {
    expect(new LogScale().figures).to.deep.equal({ count: 0, sum: 0, max: 0, p50: 0, p90: 0, p99: 0, buckets: [] });
  });
});
