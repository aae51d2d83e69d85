import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { buildDashboard } from '../../packaging/dashboard.js';
import { chromiumPath, WatchedPage } from './browser.js';
import { sharedBrowser } from './shared-browser.js';

const program = join(import.meta.dirname, 'bank-process.js');

/** A port that is free now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function start(file: string, port: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, [program, file, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
  // The program writes one line.
  await once(child.stdout, 'data');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function deposit(port: number, cents: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/entities/account/kept/call`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-durable-entities': '1' },
    body: JSON.stringify({ operation: 'deposit', input: cents }),
  });
  expect(response.status).to.equal(200);
}

if (chromiumPath !== undefined) {
  describe('a host that is killed', () => {
    const folder = mkdtempSync(join(tmpdir(), 'dashboard-'));
    let child: ChildProcess;

    after(async () => {
      await kill(child);
      rmSync(folder, { recursive: true, force: true });
    });

    it('leaves the page with what it read last, and the page goes on by itself when a new process answers', async () => {
      await buildDashboard();
      const port = await freePort();
      const file = join(folder, 'bank.db');
      child = await start(file, port);
      await deposit(port, 70);
      const watched = await WatchedPage.open(await sharedBrowser(), `http://127.0.0.1:${port}`);
      await watched.show(`entities?entity=${encodeURIComponent('@account@kept')}`);
      const cents = watched.page.locator('.drawer .leaf', { hasText: 'cents' });
      await cents.filter({ hasText: '70' }).waitFor();
      await kill(child);
      await watched.page.getByText('The server has not answered').waitFor();
      await cents.filter({ hasText: '70' }).waitFor();
      child = await start(file, port);
      await watched.page.locator('[data-state=live]').waitFor();
      await deposit(port, 5);
      await cents.filter({ hasText: '75' }).waitFor();
      // The browser writes a line for each connection that is refused. The page writes none.
      expect(watched.complaints.splice(0).filter((line) => !/net::ERR_/.test(line))).to.deep.equal([]);
      await watched.close();
    });
  });
}
