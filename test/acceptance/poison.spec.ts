import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { bundled } from '../bundled.js';
import { copyEmptyHub } from '../storage/empty-hub.js';

/** Starts the program again and again, as a supervisor does, until it ends by itself. */
async function supervise(plan: string): Promise<{ deaths: number; lines: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'durable-entities-poison-'));
  try {
    await copyEmptyHub(join(folder, 'a.db'));
    const child = await bundled('test/acceptance/poison-child');
    for (let deaths = 0; deaths < 12; deaths++) {
      const { stdout, signal, stderr, status } = spawnSync(process.execPath, [child, join(folder, 'a.db'), plan], {
        encoding: 'utf8',
        timeout: 240_000,
      });
      const lines = stdout.trim().split('\n');
      if (lines.at(-1) === 'done') return { deaths, lines };
      if (signal !== 'SIGKILL') throw new Error(`It ended by ${signal ?? status}: ${stderr}\n${stdout}`);
    }
    throw new Error('It is started and dies for ever.');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('a message that ends its process', () => {
  it('a poison message is set aside after a few deaths, and messages behind it and beside it are processed', async () => {
    const { deaths, lines } = await supervise('none');
    expect(deaths).to.be.within(4, 6);
    expect(lines).to.deep.equal([
      'after 1',
      'neighbours 11',
      'letter @bomb@x explode after 3',
      'discarded true false',
      'done',
    ]);
  });

  it('a poison message that loops for ever is set aside too: the watchdog ends the process', async () => {
    const { lines } = await supervise('loop');
    expect(lines.slice(0, 3)).to.deep.equal(['after 1', 'neighbours 11', 'letter @bomb@x spin after 3']);
  });

  it('a poison message that was set aside answers a caller that repeats the call under its request id', async () => {
    const { lines } = await supervise('call');
    expect(lines.slice(0, 3)).to.deep.equal(['error DE_DEAD_LETTER', 'after 1', 'neighbours 11']);
  });

  it('a poison message that was only ever in memory, at the end of a chain, is found too', async () => {
    const { lines } = await supervise('chain');
    expect(lines).to.include('letter @bomb@x explode after 3');
    expect(lines).to.include('neighbours 11');
  });

  it('a poison activity fails, and its orchestration can catch that', async () => {
    expect((await supervise('activity')).lines[0]).to.equal('value "abandoned"');
  });

  it('an orchestration whose code ends the process is suspended with the reason', async () => {
    const { lines } = await supervise('orchestration');
    expect(lines.slice(0, 3)).to.deep.equal(['suspended true', 'after 1', 'neighbours 11']);
  });
});
