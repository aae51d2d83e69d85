/** The sample on Restate, as its README tells to run it. */
import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../servers/own-server.js';
import { hasRestate, startRestate } from '../servers/restate.js';

const program = join(import.meta.dirname, '../../samples/restate/main.js');

function run(...args: readonly string[]): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return promisify(execFile)(process.execPath, ['--require', 'reflect-metadata', program, ...args]);
}

async function outputOf(...args: readonly string[]): Promise<string> {
  return (await run(...args)).stdout;
}

if (hasRestate()) {
  describe('the sample on Restate', () => {
    it('starts a node of its own, and moves money', async () => {
      expect(await outputOf()).to.equal('done\nbob has 130\n');
    });

    it('moves money once on a server, and a second run finds that it was moved', async () => {
      const server = await startRestate();
      const args = ['--ingress', server.ingress, '--admin', server.admin, '--port', String(await freePort())];
      for (const run of ['first', 'second']) expect(await outputOf(...args), run).to.equal('done\nbob has 130\n');
      await server.stop();
    });

    it('loses one of three nodes under load, and the books are right', async () => {
      const { stdout, stderr } = await run('--nodes', '3', '--seconds', '4');
      expect(stdout).to.match(
        /^\d+ transfers\. SIGKILL of node 3: the other two go on\.\n[1-9]\d* transfers without node 3\.\nThe books are right\.\n$/,
      );
      expect(stderr, 'connections that were lost are no warnings').to.equal('');
    });

    it('refuses arguments that do not belong together', async () => {
      const error = await outputOf('--ingress', 'http://127.0.0.1:1').then(
        () => undefined,
        (thrown: { code?: unknown; stdout?: string }) => thrown,
      );
      expect(error?.code).to.equal(2);
      expect(error?.stdout).to.include('belong together');
    });
  });
}
