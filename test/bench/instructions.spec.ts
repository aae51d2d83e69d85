/** The instructions of commits: the same statements in each run, and a comparison that finds what costs more. */
import { expect } from 'chai';
import { batchesOf } from '../../bench/instructions/batches.js';
import { compareCosts } from '../../bench/instructions/compare.js';
import { callsOf, scriptOf } from '../../bench/instructions/statements.js';
import type { CommitCost, CommitCosts } from '../../bench/instructions/works.js';
import { works } from '../../bench/works/index.js';
import type { LoadWork } from '../../bench/work.js';

const units = { inFlight: 8, before: 16, measured: 16 };

function recorded(name: string) {
  return batchesOf(works.find((work) => work.name === name) as LoadWork, units);
}

const cost: CommitCost = {
  work: 'w3',
  inFlight: 64,
  commits: 20,
  kiloInstructions: 100,
  jsonShare: 0.3,
  bytes: 1_000,
  writesPerCommit: 10,
  syncsPerCommit: 1,
};

function costs(change: Partial<CommitCost> = {}, driver = 'a build'): CommitCosts {
  return { sqlite: '3.52.0', driver, costs: [{ ...cost, ...change }] };
}

describe('instructions of commits', () => {
  for (const name of ['w1', 'w1-external', 'w2-request-id', 'w3', 'w4', 'saga'])
    it(`the benchmark records the same calls of the driver for ${name} in each run`, async () => {
      const [first, second] = [await recorded(name), await recorded(name)];
      const calls = await callsOf(first);
      expect(calls).to.deep.equal(await callsOf(second));
      const mark = calls.findIndex(({ op }) => op === 'measure');
      const [before, measured] = [calls.slice(0, mark), calls.slice(mark + 1)];
      expect(JSON.stringify(before)).to.include('CREATE TABLE');
      expect(first.measured.length).to.be.greaterThan(0);
      expect(measured.map(({ op }) => op)).to.deep.equal(first.measured.map(() => 'run'));
    });

  it('a script holds texts by their length in bytes', () => {
    const script = scriptOf([
      { op: 'prepare', statement: 1, sql: 'SELECT ?' },
      { op: 'measure' },
      { op: 'run', statement: 1, values: ['é', 7, 0.5, null] },
      { op: 'finalize', statement: 1 },
      { op: 'exec', sql: 'VACUUM' },
    ]);
    const parts = ['P', '1 8 SELECT ?', 'M', 'R', '1 4 t2 éi7 d0.5 n', 'F', '1 ', 'X', '6 VACUUM'];
    expect(script.toString()).to.equal(parts.join(''));
  });

  it('the gate accepts the stored figures, one per cent more instructions and nine per cent more bytes', () => {
    expect(compareCosts(costs(), costs()).worse).to.deep.equal([]);
    expect(compareCosts(costs(), costs({ kiloInstructions: 101, bytes: 1_090 })).worse).to.deep.equal([]);
  });

  it('the gate refuses three per cent more instructions and eleven per cent more bytes', () => {
    expect(compareCosts(costs(), costs({ kiloInstructions: 103, bytes: 1_110 })).worse).to.deep.equal([
      'w3, 64 in flight: 100.0 → 103.0 kI (+3.0 %)',
      'w3, 64 in flight: 1,000 → 1,110 bytes (+11.0 %)',
    ]);
  });

  it('the gate tells what became cheaper, and accepts it', () => {
    const { worse, better } = compareCosts(costs(), costs({ kiloInstructions: 50 }));
    expect(worse).to.deep.equal([]);
    expect(better).to.deep.equal(['w3, 64 in flight: 100.0 → 50.0 kI (−50.0 %)']);
  });

  it('the gate refuses a work without a stored figure', () => {
    expect(compareCosts(costs(), costs({ inFlight: 1 })).worse).to.deep.equal(['w3, 1 in flight: no figure is stored']);
  });

  it('the gate allows another build of SQLite more, and refuses twice as much', () => {
    expect(compareCosts(costs(), costs({ kiloInstructions: 110 }, 'another')).worse).to.deep.equal([]);
    expect(compareCosts(costs(), costs({ kiloInstructions: 200 }, 'another')).worse).to.have.length(1);
  });
});
