import { expect } from 'chai';
import { writtenResults } from '../package/toolchains/page.js';
import { folderOf } from '../package/toolchains/case.js';
import { toolchainCases } from '../package/toolchains/run.js';

describe('the compatibility table (after a change of a case: npm run test:package -- --toolchains)', () => {
  const written = writtenResults();

  it('has a line for each case, and no other line', () => {
    const cases = toolchainCases.map(({ tool, program }) => `${tool}: ${program}`);
    expect(cases).to.have.length.greaterThan(40);
    expect(written.map(({ tool, program }) => `${tool}: ${program}`)).to.deep.equal(cases);
  });

  it('tells for each case whether it works, or the words of its refusal', () => {
    for (const [index, { tool, program, outcome }] of toolchainCases.entries()) {
      const told = written[index]?.outcome;
      if (outcome === 'works') expect(told, `${tool}: ${program}`).to.equal('works');
      else
        expect(told, `${tool}: ${program}`)
          .to.match(outcome)
          .and.match(/^refuses: `/);
    }
  });

  it('tells versions that the cases ask for', () => {
    for (const [index, { tool, program, packages, node }] of toolchainCases.entries()) {
      const line = written[index];
      const name = `${tool}: ${program}`;
      expect(line?.version, name).to.match(/^\d+\.\d+\.\d+$/);
      const [first] = packages;
      const wanted = tool === 'Node' ? String(node) : first?.slice(first.lastIndexOf('@') + 1);
      expect(`${line?.version}.`, name).to.satisfy((version: string) => version.startsWith(`${wanted}.`));
      if (node !== undefined && tool !== 'Node') expect(line?.node, name).to.match(new RegExp(`^${node}\\.`));
    }
  });

  it('has cases with one package per folder of the project', () => {
    const wanted = new Map<string, Set<string>>();
    for (const each of toolchainCases.flatMap(({ packages }) => packages))
      wanted.set(folderOf(each), (wanted.get(folderOf(each)) ?? new Set()).add(each));
    expect([...wanted].filter(([, versions]) => versions.size > 1)).to.deep.equal([]);
  });
});
