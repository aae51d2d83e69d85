import { expect } from 'chai';
import { draw, type Plan } from './plan.js';
import { shrink } from './shrink.js';
import { simulate } from './simulation.js';

describe('a plan that fails', () => {
  it('loses what has nothing to do with it', async () => {
    // One step that no sound engine could do, among steps that do no harm: nobody ever ends this run.
    const calm = { ...draw(1), processes: 1, strikes: [], faults: { given: [] as const }, stepMs: 0 };
    const plan: Plan = {
      ...calm,
      senders: [
        [
          { do: 'append', name: 'List', key: 'l' },
          {
            do: 'holder',
            input: { name: 'Counter', keys: ['a'], restMs: 0, end: 'stay' },
            then: 'result',
            afterMs: 0,
          },
        ],
        [{ do: 'read', name: 'List', key: 'l' }, { do: 'ping' }],
      ],
    };
    const small = await shrink(plan);
    expect((await simulate(small)).failure?.checker).to.equal('progress');
    expect(small.senders.flat().map((step) => step.do)).to.deep.equal(['holder']);
  });

  it('stays as it is when it does not fail', async () => {
    const plan: Plan = { ...draw(2), senders: [[{ do: 'append', name: 'List', key: 'l' }]], strikes: [] };
    expect(await shrink(plan)).to.equal(plan);
  });
});
