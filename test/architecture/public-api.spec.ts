import { expect } from 'chai';
import * as main from '../../src/index.js';
import * as errors from '../../src/errors/index.js';
import { firstSentence, packageEntries, publicDeclarations } from '../docs/declarations.js';
import { textOf } from '../docs/pages.js';

/** A program's imports stay readable; what few programs write is in `durable-entities/functions` and `/errors`. */
const namesMax = 70;

describe('public names', () => {
  for (const entry of packageEntries().keys()) {
    const heading = `## \`durable-entities${entry === 'main' ? '' : `/${entry}`}\``;

    it(`docs/public-api.md lists what the entry ${entry} exports (after a change: npm run docs)`, () => {
      const page = textOf('docs/public-api.md');
      expect(page).to.include(`${heading}\n`);
      const section = page.slice(page.indexOf(`${heading}\n`)).split('\n## ')[0] as string;
      const listed = Array.from(section.matchAll(/^\| `(\w+)` \| (\w+) \|/gm), ([, name, kind]) => `${kind} ${name}`);
      expect(listed).to.deep.equal(publicDeclarations(entry).map(({ name, kind }) => `${kind} ${name}`));
    });

    it(`every name of the entry ${entry} says in a sentence what it is`, () => {
      const silent = publicDeclarations(entry).filter(({ doc }) => firstSentence(doc) === '');
      expect(silent.map(({ name }) => name)).to.deep.equal([]);
    });
  }

  it(`the main entry has at most ${namesMax} names`, () => {
    expect(publicDeclarations('main').map(({ name }) => name)).to.have.length.at.most(namesMax);
  });

  it('an error class of the main entry is the one of the entry for errors', () => {
    for (const [name, value] of Object.entries(main)) {
      if (name.endsWith('Error')) expect(errors).to.have.property(name, value);
    }
  });
});
