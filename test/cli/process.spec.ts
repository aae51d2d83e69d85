import { expect } from 'chai';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { DurableHost, EntityId } from '../../src/index.js';
import { bundled } from '../bundled.js';
import { Folder, quietLogger } from './command-line.js';
import { register } from './code.js';

/** The command as it is built. */
const built = resolve(import.meta.dirname, '../../src/cli/main.js');

/** The address of a module with this code. */
const moduleOf = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

describe('the command in a process of its own', () => {
  let folder: Folder;
  /** The command and the module for `--register`, as bundles that share the code of this package: they start sooner. */
  let main: string;
  let code: string;
  const children: ChildProcess[] = [];
  before(async () => {
    [main, code] = await Promise.all([bundled('src/cli/main'), bundled('test/cli/code')]);
    folder = await Folder.make();
  });
  after(async () => {
    for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await folder.remove();
  });

  function begin(words: readonly string[], env: Readonly<Record<string, string>> = {}, program = main): ChildProcess {
    const child = spawn(process.execPath, [program, ...words], {
      cwd: folder.path,
      env: { PATH: process.env['PATH'] ?? '', ...env },
    });
    children.push(child);
    return child;
  }

  async function run(words: readonly string[], env?: Readonly<Record<string, string>>, program = main): Promise<Ended> {
    const child = begin(words, env, program);
    let [stdout, stderr] = ['', ''];
    child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    await once(child, 'close');
    return { code: child.exitCode, stdout, stderr };
  }

  it('--help loads the parser, and no command', async () => {
    // The hook writes the address of each module that is loaded.
    const hook = `export async function load(url, context, next) { process._rawDebug(url); return next(url, context); }`;
    const toRegister = `import { register } from 'node:module'; register(${JSON.stringify(moduleOf(hook))});`;
    const { stderr, stdout } = await run(['--help'], { NODE_OPTIONS: `--import ${moduleOf(toRegister)}` }, built);
    expect(stdout).to.include('dead-letters');
    const loaded = stderr.split('\n').filter((line) => line.startsWith('file:'));
    expect(loaded.filter((url) => url.includes('/vendor/stricli.js'))).to.have.length(1);
    expect(loaded.filter((url) => /\/(commands|connection|host\/(?!node-clock))/.test(url))).to.deep.equal([]);
  });

  it('--help and wrong usage end with their exit codes', async () => {
    expect(await run(['--help'])).to.include({ code: 0, stderr: '' });
    expect(await run(['nothing'])).to.include({ code: 2, stdout: '' });
  });

  it('serve runs the code of a module, another process calls it by its address, and both signals end it in order', async () => {
    const host = await DurableHost.start({ storage: folder.file('hub.db'), register, logger: quietLogger });
    await host.client.callEntity(new EntityId('counter', 'a'), 'add', 1);
    await host.stop();
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const words = ['serve', '--storage', 'hub.db', '--register', code, '--port', '0'];
      const server = begin([...words, '--allow-writes']);
      const lines = createInterface({ input: server.stdout as NodeJS.ReadableStream });
      const [line] = (await once(lines, 'line')) as [string];
      expect(line).to.match(/^http:\/\/127\.0\.0\.1:\d+\/#k=[\w-]{20,}$/);
      const env = { DURABLE_URL: new URL(line).origin };
      expect(await run(['entities', 'call', '@counter@a', 'add', '1'], env)).to.include({ code: 0 });
      const sum = await run(['runs', 'start', 'Sum', '3'], env);
      expect(sum.code, sum.stderr).to.equal(0);
      expect(await run(['runs', 'wait', sum.stdout.trim()], env)).to.include({ code: 0 });
      server.kill(signal);
      await once(server, 'close');
      expect(server.exitCode).to.equal(0);
    }
    const again = await DurableHost.start({ storage: folder.file('hub.db'), register, logger: quietLogger });
    expect(await again.client.callEntity(new EntityId('counter', 'a'), 'get')).to.equal(15);
    await again.stop();
  });

  it('serve refuses another address than loopback without a token', async () => {
    const done = await run(['serve', '--storage', 'hub.db', '--host', '0.0.0.0', '--port', '0']);
    expect(done).to.include({ code: 2, stdout: '' });
    expect(done.stderr).to.include('DE_INVALID_ARGUMENT');
  });

  it('an operation runs in the process of the command with --register, and a module without code is refused', async () => {
    const words = ['entities', 'call', '@counter@a', 'get', '--storage', 'hub.db', '--register'];
    expect(await run([...words, code])).to.include({ code: 0, stdout: '15\n' });
    expect(await run([...words, 'node:fs'])).to.include({ code: 2 });
    expect(await run([...words, './missing.js'])).to.include({ code: 1 });
  });

  it('a watch ends with exit code 130 when it is interrupted, and with 0 when its reader has gone', async () => {
    const interrupted = begin(['entities', 'watch', '@counter@a', '--storage', 'hub.db']);
    await once(interrupted.stdout as NodeJS.ReadableStream, 'data');
    interrupted.kill('SIGINT');
    await once(interrupted, 'close');
    expect(interrupted.exitCode).to.equal(130);
    const unread = begin(['entities', 'list', '--storage', 'hub.db', '--all']);
    unread.stdout?.destroy();
    await once(unread, 'close');
    expect(unread.exitCode).to.equal(0);
  });
});
