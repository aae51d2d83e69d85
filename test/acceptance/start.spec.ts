import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

describe('acceptance: a start', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'durable-entities-start-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** The files of packages that a process loads which starts a host and commits. */
  async function loaded(): Promise<string[]> {
    const child = fork(fileURLToPath(new URL('./start-child.js', import.meta.url)), [join(folder, 'hub.db')]);
    let files: string[] = [];
    child.on('message', (said) => (files = said as string[]));
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).to.equal(0);
    return files;
  }

  it('loads TypeORM to make the tables, and not where they are: it would take longer than all the rest', async () => {
    const isTypeOrm = (file: string) => file.startsWith('typeorm/');
    expect((await loaded()).filter(isTypeOrm)).not.to.deep.equal([]);
    const files = await loaded();
    expect(files.filter(isTypeOrm)).to.deep.equal([]);
    expect(files).to.include('sqlite3/lib/sqlite3.js');
  });

  it('loads of class-transformer what knows the annotations, where no class uses it', async () => {
    const files = await loaded();
    expect(files).to.include('class-transformer/cjs/storage.js');
    expect(files).not.to.include('class-transformer/cjs/index.js');
  });
});
