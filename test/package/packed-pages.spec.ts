import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { packedPage, packedPages, putPackedPages, restorePages } from '../../packaging/pages.js';

describe('the pages of the package', () => {
  const text = 'See [the guide](docs/guides/sizing.md) and [the errors](docs/guides/errors.md).\n';
  const packed = 'See the guide and [the errors](docs/guides/errors.md).\n';
  let root: string;
  let aside: string;
  const page = () => readFileSync(join(root, 'README.md'), 'utf8');

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'durable-entities-pages-'));
    aside = join(root, 'aside');
    for (const path of packedPages) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), path === 'README.md' ? text : '');
    }
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('link only to files that are in the package', () => {
    expect(packedPage('README.md', text)).to.equal(packed);
  });

  it('are in the place of those of the repository while the package is packed', () => {
    putPackedPages(root, aside);
    expect(page()).to.equal(packed);
    restorePages(root, aside);
    expect(page()).to.equal(text);
  });

  it('are put back by the next run after one that was killed', () => {
    putPackedPages(root, aside);
    putPackedPages(root, aside);
    restorePages(root, aside);
    expect(page()).to.equal(text);
  });

  it('are never written over the text of a page that was edited after a run that was killed', () => {
    putPackedPages(root, aside);
    writeFileSync(join(root, 'README.md'), 'edited');
    expect(() => putPackedPages(root, aside)).to.throw(/README\.md: merge the text of /);
    expect(page()).to.equal('edited');
    expect(readFileSync(join(aside, 'README.md'), 'utf8')).to.equal(text);
  });
});
