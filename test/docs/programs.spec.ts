/** The programs from which the documentation takes its code. */
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { runner } from '../program-runner.js';
import { pages, root, textOf } from './pages.js';

const folder = join(root, 'samples/docs');
const programs = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'main.ts')));

describe('programs of the documentation', () => {
  for (const program of programs) {
    it(`${program} prints what its expected.txt says`, async () => {
      const cwd = await mkdtemp(join(tmpdir(), 'durable-entities-docs-'));
      try {
        const file = join(root, 'dist/samples/docs', program, 'main.js');
        const { stdout, stderr, exitCode } = await runner.run({ file, cwd });
        expect(stderr).to.equal('');
        expect(stdout).to.equal(await readFile(join(folder, program, 'expected.txt'), 'utf8'));
        expect(exitCode).to.equal(0);
      } finally {
        await rm(cwd, { recursive: true, force: true });
      }
    });
  }

  it('each program is shown by a page, and each of its regions', async () => {
    const shown = pages().map(textOf).join('\n');
    const unused: string[] = [];
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue;
      const path = `samples/docs/${file.replaceAll('\\', '/')}`;
      const text = await readFile(join(root, path), 'utf8');
      const regions = Array.from(text.matchAll(/^\/\/ #region (\S+)/gm), ([, region]) => `${path}#${region}`);
      const whole = shown.includes(`<!-- file: ${path} -->`);
      unused.push(...regions.filter((region) => !whole && !shown.includes(`<!-- file: ${region} -->`)));
    }
    expect(unused).to.deep.equal([]);
  });
});
