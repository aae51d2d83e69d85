import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { bundled } from '../bundled.js';

describe('acceptance: a start', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'durable-entities-start-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** The files of packages that a process loads which starts a host and commits. */
  async function loaded(): Promise<string[]> {
    const child = fork(fileURLToPath(new URL('./start-child.js', import.meta.url)), [join(folder, 'hub.db')]);
    let files: string[] = [];
    child.on('message', (said) => (files = said as string[]));
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).to.equal(0);
    return files;
  }

  let made: Promise<string[]> | undefined;
  /** The same of a process that creates the tables: one for all tests. */
  const first = () => (made ??= loaded());

  it('the start loads no TypeORM, neither to create the tables nor on existing ones', async () => {
    for (const files of [await first(), await loaded()]) {
      expect(files.filter((file) => file.startsWith('typeorm/'))).to.deep.equal([]);
      expect(files).to.include('sqlite3/lib/sqlite3.js');
    }
  });

  it('the start loads only the annotation files of class-transformer if no class uses it', async () => {
    const files = await first();
    expect(files).to.include('class-transformer/cjs/storage.js');
    expect(files).not.to.include('class-transformer/cjs/index.js');
  });

  it('the start loads no inversify if no class has something to inject', async () => {
    expect((await first()).filter((file) => /^@?inversify/.test(file))).to.deep.equal([]);
  });

  /** The message and the exit of a process that terminates a worker thread with a host in it. */
  async function inWorkerThread(storage: string): Promise<{ said: object | undefined; exit: unknown[] }> {
    const child = fork(await bundled('test/acceptance/worker-thread-child'), [storage]);
    let said: object | undefined;
    child.on('message', (message) => (said = message as object));
    return { exit: await once(child, 'exit'), said };
  }

  it('T15: a host on a file is refused in a worker thread, whose end would abort the whole process', async () => {
    const { said, exit } = await inWorkerThread(join(folder, 'thread.db'));
    expect(said).to.deep.equal({
      code: 'DE_STORAGE',
      message:
        'A SQLite file cannot be used in a worker thread: sqlite3 aborts the whole process when the thread is terminated.',
      hint: 'Start the host, or connect the client, in the main thread or in a process of its own (node:child_process).',
    });
    expect(exit).to.deep.equal([0, null]);
  });

  it('T15: a host in memory may be in a worker thread, and its end is the end of that thread alone', async () => {
    const { said, exit } = await inWorkerThread(':memory:');
    expect(said).to.deep.equal({ calls: 20 });
    expect(exit).to.deep.equal([0, null]);
  });
});
