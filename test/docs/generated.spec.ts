import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { caseSections, leftOpen } from './case-items.js';
import { caseCounts, missingCases, testsByCase } from './cases.js';
import { checklist } from './checklist-items.js';
import { notApplicable, testsByNumber, withoutTest } from './checklist.js';
import { problems } from '../../src/http/problem.js';
import { compatibleSections } from './compatible-items.js';
import { testsByRow } from './compatible.js';
import { errorRows } from './error-table.js';
import { withGenerated } from './generated.js';
import { firstDifference, pages, root, textOf } from './pages.js';

describe('generated parts of the documentation', () => {
  for (const page of pages().filter((one) => textOf(one).includes('<!-- generated: '))) {
    it(`${page} is what the code says (after a change: npm run docs)`, async () => {
      if (process.env['UPDATE_DOCS'] === '1') writeFileSync(join(root, page), await withGenerated(textOf(page)));
      const text = textOf(page);
      const generated = await withGenerated(text);
      if (text !== generated) expect.fail(`out of date, first at: ${firstDifference(text, generated)}`);
    });
  }

  it('every code that the source knows stands in the table of errors', () => {
    const inSource = new Set<string>();
    for (const file of readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue;
      const text = readFileSync(join(root, 'src', file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '');
      for (const [, code] of text.matchAll(/'(DE_[A-Z_]+)'/g)) inSource.add(code as string);
    }
    const inTable = new Set(errorRows().map(({ code }) => code));
    // Between store and engine only: a client never sees it.
    inTable.add('DE_STORAGE_REFUSED');
    // Answers of the server for HTTP: the guide has their table.
    for (const code of Object.keys(problems)) inTable.add(code);
    // Errors of the command line: each stands for an exit code, which the guide lists.
    for (const code of inSource) if (code.startsWith('DE_CLI_')) inTable.add(code);
    expect([...inSource].filter((code) => !inTable.has(code))).to.deep.equal([]);
  });

  it('every error says when it comes, whether to retry, and what to do', () => {
    const silent = errorRows().filter(
      (row) => [row.when, row.retry, row.hint].includes('') || /undefined/.test(row.hint),
    );
    expect(silent).to.deep.equal([]);
  });

  it('every number of the checklist has a test, or a reason why it has none yet', () => {
    const tested = testsByNumber();
    const numbers = Object.keys(checklist).map(Number);
    const excused = { ...withoutTest, ...notApplicable };
    expect(numbers).to.deep.equal(Array.from({ length: 202 }, (_, index) => index + 1));
    expect(numbers.filter((number) => !tested.has(number) && excused[number] === undefined)).to.deep.equal([]);
  });

  it('every row of the compatible API has a test, and every number of a test a row', () => {
    const labels = compatibleSections.flatMap(({ items }) => items.map(({ label }) => label));
    const tested = [...testsByRow().keys()];
    expect(labels.toSorted()).to.deep.equal(tested.toSorted());
    expect(new Set(labels).size).to.equal(labels.length);
  });

  it('every row of the reported cases has a test, or a reason why it is open', () => {
    const labels = caseSections.flatMap(({ items }) => items.map(([label]) => label));
    const expected = Object.entries(caseCounts).flatMap(([letter, count]) =>
      Array.from({ length: count }, (_, index) => `${letter}${index + 1}`),
    );
    expect(labels).to.deep.equal(expected);
    expect(missingCases(testsByCase(), leftOpen)).to.deep.equal([]);
    expect(Object.keys(leftOpen).filter((label) => !labels.includes(label))).to.deep.equal([]);
    expect([...testsByCase().keys()].filter((label) => !labels.includes(label))).to.deep.equal([]);
  });

  it('a row that loses its tests is reported as missing', () => {
    const tested = new Map(testsByCase());
    tested.delete('P1');
    expect(missingCases(tested, leftOpen)).to.deep.equal(['P1']);
    expect(missingCases(tested, { P1: 'a reason' })).to.deep.equal([]);
  });
});
