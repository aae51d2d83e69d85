import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { buildDashboard } from '../../packaging/dashboard.js';

const folder = resolve(import.meta.dirname, '../../dashboard');

function zippedBytes(files: readonly string[]): number {
  return files.reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, file))).length, 0);
}

describe('files of the dashboard', () => {
  before(async () => {
    await buildDashboard();
  });

  it('a first visit loads at most 60 kB of scripts and styles, zipped, and all files are at most 130 kB', () => {
    const page = readFileSync(join(folder, 'index.html'), 'utf8');
    const first = [...page.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(([, file]) => file as string);
    expect(first).to.have.length.above(1);
    expect(zippedBytes(first)).to.be.at.most(60_000);
    const all = readdirSync(join(folder, 'assets')).map((file) => `assets/${file}`);
    expect(zippedBytes(all)).to.be.at.most(130_000);
  });

  it('the page has no inline script or style, and no address of elsewhere', () => {
    const page = readFileSync(join(folder, 'index.html'), 'utf8');
    expect(page).not.to.match(/<style|style=|<script(?![^>]*\bsrc=)|\bon\w+=/i);
    for (const file of ['index.html', ...readdirSync(join(folder, 'assets')).map((name) => `assets/${name}`)]) {
      const addresses = readFileSync(join(folder, file), 'utf8').match(/https?:\/\/[^\s"'`)]+/g) ?? [];
      expect(
        addresses.filter((address) => !address.startsWith('http://www.w3.org/')),
        file,
      ).to.deep.equal([]);
    }
  });

  it('the licences of the packages in the files stand beside them', () => {
    const notices = readFileSync(join(folder, 'notices.md'), 'utf8');
    for (const name of ['preact', '@preact/signals', '@dagrejs/dagre']) expect(notices).to.contain(name);
  });
});
