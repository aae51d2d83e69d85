import { expect } from 'chai';
import { Targets } from '../../src/classes/targets.js';
import type { ClassPlan } from '../../src/classes/class-plan.js';
import { InvalidEntityIdError } from '../../src/errors/index.js';

class Cart {}
class Account {}

const plan = (type: unknown) => ({ type, interfaces: new Set() }) as unknown as ClassPlan;
const targetsOf = () =>
  new Targets(
    new Map([
      ['cart', plan(Cart)],
      ['account', plan(Account)],
    ]),
    ['cart', 'account'],
    () => [],
  );

describe('targets', () => {
  it('name the entity of the class and the key, however many keys there are and however often they come', () => {
    const targets = targetsOf();
    const keys = Array.from({ length: 2_500 }, (_, i) => `k${i}`);
    for (let round = 0; round < 3; round++)
      for (const key of keys) {
        expect(targets.resolve(Cart, key).toString()).to.equal(`@cart@${key}`);
        expect(targets.resolve(Account, key).toString()).to.equal(`@account@${key}`);
      }
  });

  it('keep at most 1,000 ids', () => {
    const targets = targetsOf();
    const first = targets.resolve(Cart, 'first');
    expect(targets.resolve(Cart, 'first')).to.equal(first);
    for (let i = 0; i < 1_000; i++) targets.resolve(i % 2 === 0 ? Cart : Account, `k${i}`);
    const again = targets.resolve(Cart, 'first');
    expect(again).not.to.equal(first);
    expect(again.equals(first)).to.equal(true);
  });

  it('take names of properties of objects as keys', () => {
    const targets = targetsOf();
    for (const key of ['__proto__', 'constructor', 'toString', ''])
      for (let i = 0; i < 2; i++) expect(targets.resolve(Cart, key).key).to.equal(key);
  });

  it('refuse a wrong key each time', () => {
    const targets = targetsOf();
    for (let i = 0; i < 2; i++) {
      expect(() => targets.resolve(Cart, 'a\0b')).to.throw(InvalidEntityIdError);
      expect(() => targets.resolve(Cart, 'k'.repeat(513))).to.throw(InvalidEntityIdError);
    }
  });
});
