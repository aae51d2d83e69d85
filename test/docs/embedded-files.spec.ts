import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { unmarkedCode, withFiles } from './embedded.js';
import { firstDifference, pages, root, textOf } from './pages.js';

describe('code blocks of the documentation', () => {
  for (const page of pages()) {
    it(`${page} shows the files that it names, and no other code (after a change: npm run docs)`, () => {
      if (process.env['UPDATE_DOCS'] === '1') writeFileSync(join(root, page), withFiles(textOf(page)));
      const text = textOf(page);
      const filled = withFiles(text);
      if (text !== filled) expect.fail(`out of date, first at: ${firstDifference(text, filled)}`);
      expect(unmarkedCode(text), 'code without <!-- file: PATH#region --> before it').to.deep.equal([]);
    });
  }
});
