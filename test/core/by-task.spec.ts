/* oxlint-disable import/no-named-as-default-member -- as fast-check documents itself */
import { expect } from 'chai';
import fc from 'fast-check';
import { ByTask } from '../../src/core/by-task.js';

describe('what is kept by task', () => {
  it('ByTask finds, takes and lists few or many entries in insertion order', () => {
    const step = fc.record({ adds: fc.nat(12), takes: fc.array(fc.nat(40), { maxLength: 12 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 6 }), (steps) => {
        const kept = new ByTask<string>();
        const model = new Map<number, string>();
        let task = 0;
        for (const { adds, takes } of steps) {
          for (let i = 0; i < adds; i++, task++) {
            kept.add(task, `value ${task}`);
            model.set(task, `value ${task}`);
          }
          for (const taken of takes) {
            expect(kept.take(taken)).to.equal(model.get(taken));
            model.delete(taken);
            expect(kept.get(taken)).to.equal(undefined);
          }
          expect(kept.size).to.equal(model.size);
          expect([...kept]).to.deep.equal([...model]);
          for (const [one, value] of model) expect(kept.get(one)).to.equal(value);
        }
      }),
    );
  });
});
