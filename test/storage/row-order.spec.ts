import { expect } from 'chai';
import fc from 'fast-check';
import { byBytes, pageById } from '../../src/storage/memory/row-filters.js';

/** Texts of few characters, so that many begin alike: of one to four bytes, and halves of pairs. */
const texts = fc.string({
  unit: fc.constantFrom('a', 'b', 'é', '\ud7ff', '\ue000', '\uffff', '😀', '\ud83d', '\ude00'),
  maxLength: 6,
});

describe('the order of rows in memory', () => {
  it('compares texts by their UTF-8 bytes, as databases do', () => {
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        expect(Math.sign(byBytes(a, b))).to.equal(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });

  it('gives a page the rows that a sort of all rows gives', () => {
    const rows = fc.uniqueArray(fc.record({ id: texts, isWanted: fc.boolean() }), {
      selector: ({ id }) => Buffer.from(id).toString(),
    });
    const page = fc.record({ after: texts, limit: fc.integer({ min: 1, max: 6 }) }, { requiredKeys: ['limit'] });
    fc.assert(
      fc.property(rows, page, (all, { after, limit }) => {
        const wanted = all.filter((row) => row.isWanted && (after === undefined || byBytes(row.id, after) > 0));
        const sorted = wanted.toSorted((a, b) => byBytes(a.id, b.id));
        const asked = after === undefined ? { limit } : { after, limit };
        expect(pageById(all, asked, (row) => row.isWanted)).to.deep.equal(sorted.slice(0, limit));
      }),
    );
  });
});
