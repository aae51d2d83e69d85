import { expect } from 'chai';
import { appendProblems, sentUpTo, type Sent } from './appends.js';
import { moneyProblems } from './money.js';

const sent = (number: number, more: Partial<Sent> = {}): Sent => ({
  sender: 'a',
  number,
  fate: 'acknowledged',
  ordered: true,
  ...more,
});

describe('the checker of lists', () => {
  const problems = (all: readonly Sent[], stored: readonly string[]) =>
    appendProblems('l', all, stored).map(({ what }) => what);

  it('the checker of lists accepts acknowledged items in order, with or without unknown ones', () => {
    const all = [sent(1), sent(2, { fate: 'unknown' }), sent(3, { place: 2 })];
    expect(problems(all, ['a:1', 'a:3'])).to.deep.equal([]);
    expect(problems([sent(1), sent(2, { fate: 'unknown' })], ['a:1', 'a:2'])).to.deep.equal([]);
  });

  it('the checker of lists finds items that are lost, repeated, applied though refused, or never sent', () => {
    expect(problems([sent(1)], [])).to.deep.equal(['lost: a:1 of l was acknowledged']);
    expect(problems([sent(1)], ['a:1', 'a:1'])).to.deep.equal(['doubled: a:1 in l']);
    expect(problems([sent(1, { fate: 'refused' })], ['a:1'])).to.deep.equal(['refused and yet applied: a:1 in l']);
    expect(problems([], ['b:1'])).to.deep.equal(['never sent: b:1 in l']);
  });

  it('the checker of lists finds wrong order, but only where an order is guaranteed', () => {
    expect(problems([sent(1), sent(2)], ['a:2', 'a:1'])).to.deep.equal(['out of order: a:1 after a:2 in l']);
    expect(problems([sent(1), sent(2, { ordered: false })], ['a:2', 'a:1'])).to.deep.equal([]);
    expect(problems([sent(1, { sender: 'b' }), sent(2)], ['a:2', 'b:1'])).to.deep.equal([]);
    expect(problems([sent(1, { path: 1 }), sent(2, { path: 2 })], ['a:2', 'a:1'])).to.deep.equal([]);
  });

  it('the checker of lists finds a caller that received another place', () => {
    expect(problems([sent(1, { place: 2 })], ['a:1'])).to.deep.equal(['a:1 was told place 2 in l, where undefined is']);
  });

  it('the checker of lists finds gaps and swaps of a sender that numbers its items', () => {
    expect(problems(sentUpTo(2, 'r'), ['r:1', 'r:2'])).to.deep.equal([]);
    expect(problems(sentUpTo(2, 'r'), ['r:2'])).to.deep.equal(['lost: r:1 of l was acknowledged']);
    expect(problems(sentUpTo(2, 'r'), ['r:2', 'r:1'])).to.deep.equal(['out of order: r:1 after r:2 in l']);
  });
});

describe('the checker of money', () => {
  const opening = new Map([
    ['A', 10],
    ['B', 10],
  ]);
  const moved = { id: 't', from: 'A', to: 'B', amount: 4, done: true };
  const balances = (a: number, b: number) =>
    new Map([
      ['A', a],
      ['B', b],
    ] as const);

  it('the checker of money accepts balances that follow from the answers', () => {
    expect(moneyProblems(opening, [moved, { ...moved, done: false }], balances(6, 14))).to.deep.equal([]);
  });

  it('the checker of money finds a half, a repeated and a lost transfer', () => {
    expect(moneyProblems(opening, [moved], balances(6, 10))).to.include('money: -4 more than there was');
    expect(moneyProblems(opening, [moved], balances(2, 18))).to.deep.equal([
      'A has 2, its transfers say 6',
      'B has 18, its transfers say 14',
    ]);
    expect(moneyProblems(opening, [moved], balances(10, 10))).to.have.length(2);
    expect(moneyProblems(opening, [{ ...moved, amount: 14 }], balances(-4, 24))).to.deep.equal([
      'A has -4: it gave what it had not',
    ]);
  });
});
