import { expect } from 'chai';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { completionScripts, type Shell } from '../../src/cli/completion-scripts.js';
import { Folder } from './command-line.js';

const main = resolve(import.meta.dirname, '../../src/cli/main.js');

function isInstalled(shell: Shell): boolean {
  return spawnSync(shell, ['-c', 'true']).status === 0;
}

/** Lets a shell complete a line: it loads the script, and prints what it would propose. */
const completing: { readonly [Name in Shell]: (script: string, words: readonly string[]) => string } = {
  bash: (script, words) => `source '${script}'
    COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
    _durable_entities durable-entities; printf '%s\\n' "\${COMPREPLY[@]}"`,
  zsh: (script, words) => `compdef() { : }; compadd() { shift; print -l -- \${(P)1} }; _files() { : }
    source '${script}'; words=(${words.map((word) => `'${word}'`).join(' ')}); CURRENT=${words.length}; _durable_entities`,
  fish: (script, words) => `source '${script}'; complete -C '${words.join(' ')}'`,
};

describe('completion of the command line', () => {
  let folder: Folder;
  before(async () => {
    folder = await Folder.make();
    chmodSync(main, 0o755);
    symlinkSync(main, folder.file('durable-entities'));
  });
  after(() => folder.remove());

  for (const shell of Object.keys(completionScripts) as Shell[]) {
    it(`the command writes the script for ${shell}, which names the place where it belongs`, async () => {
      const { code, stdout } = await folder.run(['completion', shell]);
      expect(code).to.equal(0);
      expect(stdout).to.equal(completionScripts[shell]).and.to.include(`completion ${shell} >`);
    });

    if (!isInstalled(shell)) continue;
    const lines: readonly [words: readonly string[], expected: string][] = [
      [['durable-entities', 'ent'], 'entities'],
      [['durable-entities', 'runs', 'hist'], 'history'],
      [['durable-entities', 'runs', 'list', '--sta'], '--status'],
    ];
    for (const [words, expected] of lines) {
      it(`${shell} completes "${words.join(' ')}" to ${expected}`, () => {
        const script = folder.file(`script.${shell}`);
        writeFileSync(script, completionScripts[shell]);
        const env = { ...process.env, PATH: `${folder.path}:${process.env['PATH']}` };
        const shown = execFileSync(shell, ['-c', completing[shell](script, words)], { env, encoding: 'utf8' });
        expect(shown.split('\n').map((line) => line.split('\t')[0])).to.include(expected);
      });
    }

    it(`${shell} runs nothing that stands in a word`, () => {
      const script = folder.file(`script.${shell}`);
      const trap = folder.file('trap');
      writeFileSync(script, completionScripts[shell]);
      const env = { ...process.env, PATH: `${folder.path}:${process.env['PATH']}` };
      const words = ['durable-entities', 'runs', `$(touch ${trap})`, ''];
      spawnSync(shell, ['-c', completing[shell](script, words)], { env });
      expect(spawnSync('test', ['-e', trap]).status).to.equal(1);
    });
  }

  it('proposals are names of commands and flags, one a line', async () => {
    const { stdout } = await folder.run(['__complete', '--', 'dead-letters', '']);
    expect(stdout).to.equal('list\nretry\ndiscard\n');
  });
});
