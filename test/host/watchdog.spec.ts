import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { bundledPackage } from '../bundled.js';

const child = (name: string): string => fileURLToPath(new URL(`./${name}`, import.meta.url));

/** A program given on the command line, as an ES module: the flag is inherited by worker threads. */
async function evaluated(flags: readonly string[], code: string): Promise<SpawnSyncReturns<string>> {
  const index = await bundledPackage();
  const program = `import { DurableHost, defineEntity } from ${JSON.stringify(index)};\n${code}`;
  return spawnSync(process.execPath, [...flags, '--input-type=module', '-e', program], { encoding: 'utf8' });
}

/** Makes a process the first one of its namespace, as in a container. */
const asFirst = ['--map-root-user', '--pid', '--fork', '--mount-proc'];
const canUnshare = spawnSync('unshare', [...asFirst, 'true']).status === 0;
if (!canUnshare) console.log('No namespace of processes can be made here: the watchdog is not tested in a container.');

describe('the watchdog', () => {
  it('ends a process whose loop stands still, and none in which hosts come and go quickly', () => {
    const { stdout, stderr, signal } = spawnSync(process.execPath, [child('watchdog-child.js')], { encoding: 'utf8' });
    expect(stdout).to.equal('went on\n');
    expect(stderr).to.match(/the event loop stood still for \d+ ms/);
    expect(signal).to.equal('SIGKILL');
  });

  if (canUnshare)
    it('ends the first process of a container too, which ignores SIGKILL from inside', () => {
      const program = [process.execPath, child('watchdog-child.js')];
      const { stdout, stderr, status } = spawnSync('unshare', [...asFirst, ...program], { encoding: 'utf8' });
      expect(stdout).to.equal('went on\n');
      expect(stderr).to.match(/the event loop stood still for \d+ ms/);
      expect(status).not.to.equal(0);
    });

  it('M14: a host that is started by node --input-type=module -e serves its clients, and is watched', async () => {
    const { stdout, stderr, signal } = await evaluated(
      [],
      `const host = await DurableHost.start({ storage: ':memory:', strict: 'off', stallLimit: '1s', register: [defineEntity('A', () => 1)] });
       console.log('role', host.role);
       // No work for the machine, and a standstill all the same.
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);`,
    );
    expect(stdout).to.equal('role active\n');
    expect(stderr).to.match(/the event loop stood still for \d+ ms/);
    expect(signal).to.equal('SIGKILL');
  });

  it('M14: a watchdog whose thread cannot start is a warning, and the host works', async () => {
    const { stdout, stderr, status } = await evaluated(
      [
        process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission',
        '--allow-fs-read=*',
        '--no-warnings',
      ],
      `const host = await DurableHost.start({ storage: ':memory:', strict: 'off', register: [defineEntity('A', () => 1)] });
       console.log('role', host.role);
       await host.stop();`,
    );
    expect(stderr).to.contain('durable-entities warn: The watchdog thread cannot start');
    expect(stdout).to.equal('role active\n');
    expect(status).to.equal(0);
  });
});
