import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';

const root = resolve(import.meta.dirname, '../../..');
const pages = ['README.md'];

/** Fills each code block behind `<!-- file: PATH -->` with that file, as a user of the package would write it. */
function filled(page: string): string {
  return page.replaceAll(
    /(<!-- file: (\S+) -->\n+```ts\n)[\s\S]*?(```)/g,
    (_whole, head: string, file: string, end: string) => head + shown(file) + end,
  );
}

function shown(file: string): string {
  return readFileSync(join(root, file), 'utf8').replaceAll(/'(\.\.\/)+src\/index\.js'/g, "'durable-entities'");
}

describe('code blocks of the documentation', () => {
  for (const page of pages) {
    it(`${page} shows the files that it names (after a change: UPDATE_DOCS=1 npm test)`, () => {
      const path = join(root, page);
      if (process.env['UPDATE_DOCS'] === '1') writeFileSync(path, filled(readFileSync(path, 'utf8')));
      const text = readFileSync(path, 'utf8');
      expect(text).to.equal(filled(text));
      expect(text, 'at least one file is shown').to.match(/<!-- file: \S+ -->/);
    });
  }
});
