/** The record of the acceptance suite on Restate is of this suite, and so is the list of differences. These tests need no server. */
import { expect } from 'chai';
import { differences } from './differences.js';
import { fullTitle, testsOnRestate } from './listing.js';
import { results } from './results.js';
import { notRecorded, standing } from './table.js';

/** A new test does not need a Restate server at once. Its run is recorded with the next `npm run test:restate`. */
const shareMin = 0.97;

describe('the record of the acceptance suite on Restate', () => {
  it('has the tests of the suite that are no listed difference', async () => {
    const tests = await testsOnRestate('held');
    const recorded = results().passed.map(({ theme, title }) => fullTitle(theme, title));
    const present = recorded.filter((title) => tests.has(title)).length;
    expect(present, 'run npm run test:restate').to.be.at.least(shareMin * tests.size);
    expect(present, 'tests that are no tests any more: run npm run test:restate').to.be.at.least(
      shareMin * recorded.length,
    );
  });

  it('shows that at least 90 percent of the numbers of the suite hold without a difference', () => {
    const { held, others } = standing(results());
    expect(held.length).to.be.at.least(0.9 * (held.length + others.length));
  });

  it('has a run of each number of the suite', () => {
    const { others } = standing(results());
    const missing = others.flatMap(([number, , what]) => (what === notRecorded ? [`S${number}`] : []));
    expect(missing, 'run npm run test:restate').to.deep.equal([]);
  });

  it('each listed difference is the title of a test or the theme of a suite', async () => {
    const listed = [...(await testsOnRestate('listed')).keys()];
    const unknown = [...differences.keys()].filter(
      (name) => !listed.some((title) => title.startsWith(fullTitle(name, '')) || title.endsWith(fullTitle('', name))),
    );
    expect(unknown).to.deep.equal([]);
  });
});
