import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../servers/own-server.js';
import { hasRestate, startRestate } from '../servers/restate.js';

if (hasRestate()) {
  describe('the sample on Restate', () => {
    it('moves money once, and a second run finds that it was moved', async () => {
      const server = await startRestate();
      const program = join(import.meta.dirname, '../../samples/restate/main.js');
      const args = ['--require', 'reflect-metadata', program, server.ingress, server.admin, String(await freePort())];
      for (const run of ['first', 'second']) {
        const { stdout } = await promisify(execFile)(process.execPath, args);
        expect(stdout, run).to.equal('done\nbob has 130\n');
      }
      await server.stop();
    });
  });
}
