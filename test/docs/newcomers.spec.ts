/** Texts that a newcomer copies from the pages: install lines, settings, and what is said beside them. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { packedFiles, packedPage, packedPages } from '../../packaging/pages.js';
import { pages, root, textOf } from './pages.js';

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly peerDependencies: Record<string, string>;
  /** The optional ones. */
  readonly peerDependenciesMeta: Record<string, unknown>;
  readonly author?: string;
};

/** `typeorm@0.3`, `inversify@8`: the newest of the first caret range, as an install line names it. */
function versioned(name: string): string {
  const [, major, minor] = /^\^(\d+)\.(\d+)\./.exec(manifest.peerDependencies[name] as string) as RegExpExecArray;
  return `${name}@${major === '0' ? `${major}.${minor}` : major}`;
}

const installLines = pages().flatMap((page) =>
  Array.from(textOf(page).matchAll(/npm (?:install|i) [^\n`]*\bdurable-entities\b[^\n`]*/g), ([line]) => ({
    page,
    line,
  })),
);

describe('what a newcomer copies', () => {
  it('M1: the pages have install lines', () => {
    expect(installLines.map(({ page }) => page)).to.include.members(['README.md', 'docs/getting-started.md']);
  });

  for (const { page, line } of installLines) {
    it(`M1: ${page}: an install line names each peer in a version that works`, () => {
      const needed = Object.keys(manifest.peerDependencies).filter((name) => !(name in manifest.peerDependenciesMeta));
      expect(line.split(' ')).to.include.members(needed.map(versioned));
    });
  }

  it('M2: the tsconfig.json of getting-started asks for the types of Node', () => {
    const [, text] = /```json\n([\s\S]*?)```/.exec(textOf('docs/getting-started.md')) as RegExpExecArray;
    const { compilerOptions } = JSON.parse(text as string) as { compilerOptions: Record<string, unknown> };
    expect(compilerOptions).to.deep.include({
      types: ['node'],
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
    });
  });

  it('M13: no page says that entities or runs cannot be listed, and no page has one heading twice', () => {
    for (const page of pages()) {
      const prose = textOf(page)
        .replaceAll(/<!-- generated: [\s\S]*?<!-- \/generated -->/g, '')
        .replaceAll(/```[\s\S]*?```/g, '');
      expect(prose, page).not.to.match(/cannot be listed|quer(?:y|ies) over all (?:runs|entities)/i);
      const headings = Array.from(prose.matchAll(/^#+ (.*)$/gm), ([, heading]) => heading);
      expect(headings, page).to.deep.equal([...new Set(headings)]);
    }
  });

  for (const page of packedPages) {
    it(`M17: ${page} of the package has no link to a page that only the repository has`, () => {
      const targets = linksOf(page, packedPage(page, textOf(page)));
      expect(targets.filter((target) => !packedFiles.has(target))).to.deep.equal([]);
    });
  }

  it('M17: README.md of the package keeps the words of the links that it loses, and leaves out what contributors need', () => {
    const packed = packedPage('README.md', textOf('README.md'));
    expect(linksOf('README.md', textOf('README.md'))).to.have.length.greaterThan(20);
    expect(packed).to.include('**Entities** are classes').and.include('[changelog](CHANGELOG.md)');
    expect(packed).not.to.match(/npm ci|samples\/bank|<!-- \/?repository -->/);
  });

  it('M17: a part for the repository without its end is refused', () => {
    const broken = () => packedPage('README.md', '<!-- repository -->\n\ntext\n');
    expect(broken).to.throw('README.md: a mark of a part for the repository stands alone');
  });

  it('M17: the package names its author', () => {
    expect(manifest.author).to.be.a('string');
  });

  it('M18: the files of the samples are ignored by git', () => {
    const written = ['bank.db', 'bank.db-wal', 'bank.db-shm', 'bank.db-owner', 'bank.db-owner-journal', 'bank.db-wake'];
    const rules = readFileSync(join(root, '.gitignore'), 'utf8').split('\n');
    for (const file of written) expect(rules, file).to.include(`*${file.slice('bank'.length)}`);
  });
});

/** The relative links in a text of this page, as paths in the repository. */
function linksOf(page: string, text: string): string[] {
  const links = Array.from(text.matchAll(/\]\(([^)#\s]+)/g), ([, link]) => link as string);
  return [...new Set(links.filter((link) => !/^[a-z]+:/.test(link)).map((link) => join(dirname(page), link)))];
}
