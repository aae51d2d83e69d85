import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

describe('the watchdog', () => {
  it('ends a process whose loop stands still, and none in which hosts come and go quickly', () => {
    const child = fileURLToPath(new URL('./watchdog-child.js', import.meta.url));
    const { stdout, stderr, signal } = spawnSync(process.execPath, [child], { encoding: 'utf8' });
    expect(stdout).to.equal('went on\n');
    expect(stderr).to.match(/the event loop stood still for \d+ ms/);
    expect(signal).to.equal('SIGKILL');
  });
});
