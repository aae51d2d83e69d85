import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect } from 'chai';
import { errorRows } from './error-table.js';
import { pages, root } from './pages.js';

const elsewhere = ['CHANGELOG.md', ...markdownIn('docs/adr'), ...markdownIn('samples')];

function markdownIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join(folder, file));
}

/** The anchors that GitHub gives to the headings of a page, and those that the page sets itself. */
function anchors(path: string): Set<string> {
  const text = readFileSync(path, 'utf8').replaceAll(/```[\s\S]*?```/g, '');
  const headings = Array.from(text.matchAll(/^#+ (.+)$/gm), ([, heading]) =>
    (heading as string)
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\- _]/gu, '')
      .replaceAll(' ', '-'),
  );
  return new Set([...headings, ...Array.from(text.matchAll(/<a id="([^"]+)"><\/a>/g), ([, id]) => id as string)]);
}

function brokenLinks(page: string): string[] {
  const from = join(root, page);
  const text = readFileSync(from, 'utf8')
    .replaceAll(/```[\s\S]*?```/g, '')
    .replaceAll(/`[^`\n]*`/g, '');
  return Array.from(text.matchAll(/\]\(([^)\s]+)\)/g), ([, link]) => link as string).filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path, anchor] = link.split('#') as [string, string | undefined];
    const target = path === '' ? from : join(dirname(from), path);
    if (!existsSync(target) || relative(root, target).startsWith('..')) return true;
    return anchor !== undefined && !anchors(target).has(anchor);
  });
}

describe('links of the documentation', () => {
  for (const page of [...pages(), ...elsewhere]) {
    it(`${page}: every relative link leads somewhere`, () => {
      expect(brokenLinks(page)).to.deep.equal([]);
    });
  }

  it('every code of an error is an anchor of errors.md', () => {
    const set = anchors(join(root, 'docs/guides/errors.md'));
    const codes = errorRows().map(({ code }) => code);
    expect(codes).to.have.length.greaterThan(40);
    expect(codes.filter((code) => !set.has(code))).to.deep.equal([]);
  });

  it('every page of docs/ can be reached from its index', () => {
    const index = readFileSync(join(root, 'docs/README.md'), 'utf8');
    const linked = new Set(Array.from(index.matchAll(/\]\(([^)#\s]+)/g), ([, link]) => link));
    const wanted = pages().flatMap((page) => (page.startsWith('docs/') ? [page.slice('docs/'.length)] : []));
    expect(wanted.filter((page) => page !== 'README.md' && !linked.has(page))).to.deep.equal([]);
  });
});
