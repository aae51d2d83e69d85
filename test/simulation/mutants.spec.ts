import { expect } from 'chai';
import { mutants } from './mutants.js';
import { occurrences } from './mutant-files.js';

describe('the mutants of the simulator', () => {
  it('are at least 40, each with a name of its own', () => {
    expect(mutants.length).to.be.at.least(40);
    expect(new Set(mutants.map(({ name }) => name)).size).to.equal(mutants.length);
  });

  for (const mutant of mutants) {
    it(`"${mutant.name}" still finds its place in ${mutant.file}`, () => {
      expect(occurrences(mutant)).to.equal(1);
      expect(mutant.replace).not.to.equal(mutant.find);
    });
  }
});
