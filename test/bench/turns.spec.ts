/** Comparison of costs that are measured by turns. */
import { expect } from 'chai';
import { byTurns, compared, type Pair } from '../../bench/operate/turns.js';

describe('costs that are measured by turns', () => {
  it('a comparison gives the median of the ratios and the ranks around it', () => {
    const pairs = Array.from({ length: 25 }, (_, index): Pair => [200, 200 + 2 * index]);
    const { more, from, to } = compared(pairs.toReversed());
    expect(more).to.be.closeTo(0.12, 1e-9);
    expect(from).to.be.closeTo(0.07, 1e-9);
    expect(to).to.be.closeTo(0.17, 1e-9);
  });

  it('a comparison of few pairs spans all of them', () => {
    const { more, from, to } = compared([
      [100, 130],
      [100, 90],
    ]);
    expect(more).to.be.closeTo(0.1, 1e-9);
    expect([from, to].map((share) => Math.round(share * 100))).to.deep.equal([-10, 30]);
  });

  it('each second round runs the sides in the other order, and warm rounds do not count', async () => {
    const order: string[] = [];
    const costs = await byTurns(['a', 'b', 'c'], { rounds: 2, warm: 1 }, async (side) => order.push(side));
    expect(order.join('')).to.equal('cbaabccba');
    expect([...costs]).to.deep.equal([
      [
        'b',
        [
          [4, 5],
          [9, 8],
        ],
      ],
      [
        'c',
        [
          [4, 6],
          [9, 7],
        ],
      ],
    ]);
  });
});
