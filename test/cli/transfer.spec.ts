import { expect } from 'chai';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { DurableHost, EntityId } from '../../src/index.js';
import { bundled } from '../bundled.js';
import { Folder, quietLogger } from './command-line.js';
import { fill, hostile } from './filled-hub.js';
import { register } from './code.js';

/** The rows of an export. The mark of its head belongs to the task hub, and so does the hash. */
function rowsOf(file: string): string[] {
  return readFileSync(file, 'utf8').split('\n').slice(1, -2);
}

describe('export and import', () => {
  let folder: Folder;
  beforeEach(async () => {
    folder = await Folder.make();
  });
  afterEach(() => folder.remove());

  it('an imported task hub is equal to the exported one, and its host goes on with it', async () => {
    await fill(folder.file('from.db'));
    expect(await folder.run(['export', 'all.jsonl', '--storage', 'from.db'])).to.include({ code: 0 });
    expect(await folder.run(['import', 'all.jsonl', '--storage', 'to.db'])).to.include({ code: 0 });
    expect(await folder.run(['export', 'again.jsonl', '--storage', 'to.db'])).to.include({ code: 0 });
    const rows = rowsOf(folder.file('all.jsonl'));
    expect(rows).to.have.length.above(100);
    expect(rowsOf(folder.file('again.jsonl'))).to.deep.equal(rows);
    for (const table of ['instance', 'tag', 'named_signal', 'history', 'inbox', 'receipt', 'partition'])
      expect(
        rows.some((row) => row.startsWith(`{"${table}":`)),
        table,
      ).to.equal(true);
    const host = await DurableHost.start({ storage: folder.file('to.db'), register, logger: quietLogger });
    try {
      expect(await host.client.callEntity(new EntityId('counter', '7'), 'get')).to.equal(7);
      expect((await host.client.readEntityState(new EntityId('note', 'hostile'))).entityState).to.deep.equal(hostile);
      await host.client.run('Waits', 'waits').raiseEvent('go', 42);
      expect(await host.client.run('Waits', 'waits').result()).to.equal(42);
      expect(await host.client.cancelSignal(new EntityId('note', 'later'), 'n')).to.equal(true);
      // The request id is known: the repeat of the signal has no second effect.
      const ticket = await host.client.signalEntity(new EntityId('note', 'hostile'), 'set', hostile, {
        requestId: 'once',
      });
      expect(ticket).to.be.a('string');
    } finally {
      await host.stop();
    }
  });

  it('an export that was killed at any byte goes on where it ended, to the same file', async () => {
    await fill(folder.file('from.db'), 5);
    await folder.run(['export', 'whole.jsonl', '--storage', 'from.db']);
    const whole = readFileSync(folder.file('whole.jsonl'));
    const head = whole.indexOf(10);
    const end = whole.lastIndexOf(10, whole.length - 2);
    const middle = Math.floor(whole.length / 2);
    const boundary = whole.indexOf(10, middle) + 1;
    for (const cut of [0, 10, head, head + 1, head + 5, middle, boundary, end, whole.length - 3, whole.length]) {
      const name = `cut-${cut}.jsonl`;
      writeFileSync(folder.file(`${name}.partial`), whole.subarray(0, cut));
      const { code, stderr } = await folder.run(['export', name, '--storage', 'from.db']);
      expect(code, stderr).to.equal(0);
      expect(readFileSync(folder.file(name)).equals(whole), name).to.equal(true);
    }
  });

  it('an export begins again if the task hub has changed since it was interrupted', async () => {
    await fill(folder.file('from.db'), 3);
    await folder.run(['export', 'old.jsonl', '--storage', 'from.db']);
    await fill(folder.file('from.db'), 4);
    const old = readFileSync(folder.file('old.jsonl'));
    writeFileSync(folder.file('new.jsonl.partial'), old.subarray(0, old.length / 2));
    expect(await folder.run(['export', 'new.jsonl', '--storage', 'from.db'])).to.include({ code: 0 });
    await folder.run(['export', 'fresh.jsonl', '--storage', 'from.db']);
    expect(readFileSync(folder.file('new.jsonl'), 'utf8')).to.equal(readFileSync(folder.file('fresh.jsonl'), 'utf8'));
  });

  it('an import that is killed before its first transaction leaves the task hub empty, and the next one is complete', async () => {
    await fill(folder.file('from.db'));
    await folder.run(['export', 'all.jsonl', '--storage', 'from.db']);
    const whole = readFileSync(folder.file('all.jsonl'));
    execFileSync('mkfifo', [folder.file('pipe')]);
    const child = spawn(process.execPath, [await bundled('src/cli/main'), 'import', 'pipe', '--storage', 'to.db'], {
      cwd: folder.path,
      stdio: 'ignore',
    });
    const pipe = createWriteStream(folder.file('pipe'));
    pipe.on('error', () => {});
    // More than a pipe holds: the process has read rows.
    const half = whole.subarray(0, whole.length - 1_000);
    await new Promise<void>((done) => pipe.write(half, () => done()));
    child.kill('SIGKILL');
    await once(child, 'exit');
    pipe.destroy();
    expect(await folder.run(['import', 'all.jsonl', '--storage', 'to.db'])).to.include({ code: 0 });
    await folder.run(['export', 'again.jsonl', '--storage', 'to.db']);
    expect(rowsOf(folder.file('again.jsonl'))).to.deep.equal(rowsOf(folder.file('all.jsonl')));
  });

  it('a damaged file is refused, and the task hub stays empty', async () => {
    await fill(folder.file('from.db'), 3);
    await folder.run(['export', 'all.jsonl', '--storage', 'from.db']);
    const lines = readFileSync(folder.file('all.jsonl'), 'utf8').split('\n');
    const changed = lines.with(
      10,
      (lines[10] as string).replace(/\d(?=\D*$)/, (digit) => String((Number(digit) + 1) % 10)),
    );
    const damaged: Record<string, string> = {
      cut: lines.slice(0, -2).join('\n'),
      changed: changed.join('\n'),
      missing: lines.toSpliced(12, 1).join('\n'),
      text: 'hello\n',
      empty: '',
      newer: [
        JSON.stringify({ head: { ...(JSON.parse(lines[0] as string) as { head: object }).head, schema: 99 } }),
        ...lines.slice(1),
      ].join('\n'),
      table: lines.with(5, '{"sqlite_schema":{"sql":"x"}}').join('\n'),
    };
    for (const [name, content] of Object.entries(damaged)) {
      writeFileSync(folder.file(name), content);
      const { code, stderr } = await folder.run(['import', name, '--storage', 'to.db']);
      expect(code, name).to.be.within(1, 2);
      expect(stderr, name).to.include('error: ');
    }
    expect(await folder.run(['import', 'all.jsonl', '--storage', 'to.db'])).to.include({ code: 0 });
  });

  it('an import into a task hub with rows is refused, and changes nothing', async () => {
    await fill(folder.file('from.db'), 3);
    await fill(folder.file('to.db'), 2);
    await folder.run(['export', 'all.jsonl', '--storage', 'from.db']);
    await folder.run(['export', 'before.jsonl', '--storage', 'to.db']);
    const done = await folder.run(['import', 'all.jsonl', '--storage', 'to.db']);
    expect(done).to.include({ code: 4, stdout: '' });
    expect(done.stderr).to.include('not empty');
    await folder.run(['export', 'after.jsonl', '--storage', 'to.db']);
    expect(readFileSync(folder.file('after.jsonl'), 'utf8')).to.equal(
      readFileSync(folder.file('before.jsonl'), 'utf8'),
    );
  });

  it('export and import are refused while a host runs, and an existing file is not overwritten', async () => {
    const host = await DurableHost.start({ storage: folder.file('from.db'), register, logger: quietLogger });
    try {
      expect(await folder.run(['export', 'x.jsonl', '--storage', 'from.db'])).to.include({ code: 4 });
    } finally {
      await host.stop();
    }
    await folder.run(['export', 'x.jsonl', '--storage', 'from.db']);
    copyFileSync(folder.file('x.jsonl'), folder.file('y.jsonl'));
    expect(await folder.run(['export', 'x.jsonl', '--storage', 'from.db'])).to.include({ code: 4 });
    expect(readFileSync(folder.file('x.jsonl')).equals(readFileSync(folder.file('y.jsonl')))).to.equal(true);
  });
});
