/** The samples with Express and Fastify, as processes with real sockets. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { bundled } from './bundled.js';

/** A process of a sample. */
class BankServer {
  output = '';
  errors = '';

  private constructor(
    readonly child: ChildProcess,
    readonly exit: Promise<unknown[]>,
  ) {
    child.stdout?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
  }

  static async open(sample: 'express' | 'fastify-app', file: string): Promise<BankServer> {
    const program = await bundled(`samples/${sample}/main`);
    const env = { ...process.env, NODE_ENV: 'production' };
    const child = spawn(process.execPath, [program, file, '0'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const server = new BankServer(child, once(child, 'exit'));
    const ended = server.exit.then(() => Promise.reject(new Error(`The bank ended: ${server.errors}`)));
    ended.catch(() => {});
    while (!server.output.includes('open at')) await Promise.race([once(child.stdout, 'data'), ended]);
    return server;
  }

  async ask(method: string, path: string, body?: object, key?: string) {
    const base = /open at (\S+)/.exec(this.output)?.[1] as string;
    const headers: Record<string, string> = {};
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (key !== undefined) headers['idempotency-key'] = key;
    const answer = await fetch(base + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json') === true;
    return { status: answer.status, json: (isJson ? JSON.parse(text) : {}) as Record<string, unknown>, text };
  }

  async end(signal: NodeJS.Signals): Promise<unknown[]> {
    this.child.kill(signal);
    return this.exit;
  }
}

for (const sample of ['express', 'fastify-app'] as const) {
  describe(`the sample ${sample}`, () => {
    let folder: string;
    let running: BankServer | undefined;
    /** The running bank, or a new process on the same file. Each test has accounts of its own. */
    const open = async () => (running ??= await BankServer.open(sample, join(folder, 'bank.db')));
    const end = async (bank: BankServer, signal: NodeJS.Signals) => {
      running = undefined;
      return bank.end(signal);
    };
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'durable-entities-web-'));
    });
    after(async () => {
      if (running?.child.exitCode === null) await end(running, 'SIGKILL');
      await rm(folder, { recursive: true, force: true });
    });

    it('deposits once for each key, transfers, and maps errors to statuses', async () => {
      const bank = await open();
      expect((await bank.ask('GET', '/accounts/ann')).status).to.equal(404);
      for (let repeat = 0; repeat < 2; repeat++) {
        const { status, json } = await bank.ask('POST', '/accounts/ann/deposits', { cents: 100 }, 'gift');
        expect([status, json]).to.deep.equal([200, { cents: 100 }]);
      }
      const order = { from: 'ann', to: 'bob', cents: 30 };
      for (let repeat = 0; repeat < 2; repeat++) {
        const { status, json } = await bank.ask('POST', '/transfers', order, 'first');
        expect([status, json]).to.deep.equal([202, { id: 'first' }]);
      }
      expect((await bank.ask('GET', '/transfers/first')).json).to.deep.equal({ text: 'ann -> bob: 30' });
      expect((await bank.ask('GET', '/accounts/ann')).json).to.deep.equal({ cents: 70 });
      expect((await bank.ask('GET', '/accounts/bob')).json).to.deep.equal({ cents: 30 });

      const refused = await bank.ask('POST', '/accounts/ann/deposits', { cents: -1_000 });
      expect([refused.status, refused.json['code']]).to.deep.equal([422, 'DE_OPERATION_FAILED']);
      const reused = await bank.ask('POST', '/accounts/ann/deposits', { cents: 1 }, 'gift');
      expect([reused.status, reused.json['code']]).to.deep.equal([409, 'DE_REQUEST_ID_REUSED']);
      const other = await bank.ask('POST', '/transfers', { ...order, cents: 1 }, 'first');
      expect([other.status, other.json['code']]).to.deep.equal([409, 'DE_INSTANCE_EXISTS']);
      expect((await bank.ask('GET', '/transfers/unknown')).status).to.equal(404);
      expect(refused.json).to.have.property('hint').that.is.a('string');
    });

    it('answers health and readiness, and lists its accounts in the mounted API', async () => {
      const bank = await open();
      expect((await bank.ask('GET', '/healthz')).json).to.deep.equal({ up: true });
      expect((await bank.ask('GET', '/readyz')).json).to.deep.equal({ ready: true });
      await bank.ask('POST', '/accounts/cid/deposits', { cents: 1 });
      const listed = await bank.ask('GET', '/durable/api/v1/entities');
      expect(listed.status).to.equal(200);
      expect(listed.text).to.match(/account.*cid/i);
      expect((await bank.ask('GET', '/durable/readyz')).json).to.deep.equal({ ready: true });
    });

    it('stops on SIGTERM with exit code 0, and goes on after a kill with all that it acknowledged', async () => {
      const first = await open();
      await first.ask('POST', '/accounts/dan/deposits', { cents: 5 }, 'a');
      expect(await end(first, 'SIGTERM')).to.deep.equal([0, null]);
      expect(first.output).to.contain('The bank is closed.');
      expect(first.errors).to.equal('');
      const second = await open();
      await second.ask('POST', '/accounts/dan/deposits', { cents: 5 }, 'b');
      expect(await end(second, 'SIGKILL')).to.deep.equal([null, 'SIGKILL']);
      const third = await open();
      expect((await third.ask('POST', '/accounts/dan/deposits', { cents: 5 }, 'b')).json).to.deep.equal({ cents: 10 });
    });
  });
}
