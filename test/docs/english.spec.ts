import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { readTree } from '../architecture/source-tree.js';
import { commentPhrases, commentsOf, found, phrases, proseOf } from './english.js';
import { pages, root } from './pages.js';

describe('English that every reader understands', () => {
  for (const page of pages()) {
    it(`${page} has no phrase that docs/contributing.md warns of`, () => {
      expect(found(proseOf(readFileSync(join(root, page), 'utf8')), phrases)).to.deep.equal([]);
    });
  }

  for (const { name, text } of readTree().values()) {
    it(`the comments of src/${name} have no such phrase`, () => {
      const all = commentsOf(text).flatMap((comment) => found(comment, [...phrases, ...commentPhrases]));
      expect(all).to.deep.equal([]);
    });
  }

  it('the check finds what it looks for', () => {
    expect(found('Who dies is parted from it at once.', phrases)).to.have.length(1);
    expect(found('Invalid ticket: it is none.', phrases)).to.have.length(1);
    expect(found('`undefined`: there is nothing.', commentPhrases)).to.have.length(1);
    expect(found('The worker retries. What happens then? It stops.', phrases)).to.deep.equal([]);
  });
});
