import { expect } from 'chai';
import { growthOf, type Sample } from './sample.js';

/** A line each second, for 100 seconds. */
function samplesOf(valueAt: (second: number) => number, ackedAt = (second: number) => 10 * second, name = 'rows of t') {
  return Array.from({ length: 100 }, (_, i): Sample => {
    const second = i + 1;
    return { atMs: second * 1_000, acked: ackedAt(second), values: new Map([[name, valueAt(second)]]) };
  });
}

const grew = (samples: readonly Sample[]) => growthOf(samples).some(({ after, allowed }) => after > allowed);

describe('the comparison of a soak', () => {
  it('finds what grows with the time', () => {
    expect(grew(samplesOf((second) => 10 * second))).to.equal(true);
  });

  it('is content with what stays, and with what goes up and down', () => {
    expect(grew(samplesOf(() => 1_000))).to.equal(false);
    expect(grew(samplesOf((second) => 1_000 + (second % 7) * 20))).to.equal(false);
  });

  it('allows more rows where more was done in the same time', () => {
    const kept = (second: number) => (second < 50 ? 1_000 : 2_000);
    expect(grew(samplesOf(kept))).to.equal(true);
    expect(grew(samplesOf(kept, (second) => (second < 50 ? 10 * second : 500 + 20 * (second - 50))))).to.equal(false);
  });

  it('allows no dead letter that is older than the retention', () => {
    expect(grew(samplesOf(() => 1, undefined, 'rows of de_dead_letter'))).to.equal(true);
    expect(grew(samplesOf(() => 0, undefined, 'rows of de_dead_letter'))).to.equal(false);
  });

  it('does not compare receipts in a run of less than five minutes', () => {
    const receipts = samplesOf((second) => 10 * second, undefined, 'rows of de_receipt');
    expect(grew(receipts)).to.equal(false);
    expect(grew(receipts.map((sample) => ({ ...sample, atMs: 4 * sample.atMs })))).to.equal(true);
  });

  it('refuses to compare what is too little', () => {
    expect(() => growthOf(samplesOf(() => 1).slice(0, 3))).to.throw('too few');
  });
});
