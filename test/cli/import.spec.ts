import { expect } from 'chai';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, writeFileSync } from 'node:fs';
import { DurableHost, EntityId, type StorageError } from '../../src/index.js';
import { importInto } from '../../src/host/transfer.js';
import {
  all,
  bigExport,
  expected,
  failureOf,
  fileOf,
  goesOn,
  rowsIn,
  signal,
  upTo,
  type Export,
} from './big-export.js';
import { bundled } from '../bundled.js';
import { Folder, quietLogger } from './command-line.js';
import { register } from './code.js';
describe('an import that is interrupted', () => {
  let folder: Folder;
  let big: Export;
  beforeEach(async () => {
    folder = await Folder.make();
    big = await bigExport(folder);
  });
  afterEach(() => folder.remove());

  it('goes on after a kill, and doubles nothing; until then no host starts, and another export is refused', async () => {
    const whole = fileOf(big);
    writeFileSync(folder.file('all.jsonl'), whole);
    execFileSync('mkfifo', [folder.file('pipe')]);
    const child = spawn(process.execPath, [await bundled('src/cli/main'), 'import', 'pipe', '--storage', 'to.db'], {
      cwd: folder.path,
      stdio: 'ignore',
    });
    const pipe = createWriteStream(folder.file('pipe'));
    pipe.on('error', () => {});
    // The process reads on only when it has written, so it has written thousands of rows.
    const part = whole.subarray(0, Math.floor(whole.length * 0.8));
    await new Promise<void>((done) => pipe.write(part, () => done()));
    child.kill('SIGKILL');
    await once(child, 'exit');
    pipe.destroy();

    const refused = await failureOf(
      DurableHost.start({ storage: folder.file('to.db'), register, logger: quietLogger }),
    );
    expect((refused as StorageError).code).to.match(/^DE_STORAGE/);
    expect(refused.message).to.match(/^An import into this task hub has not ended: [2468]\d\d\d rows are there\.$/);
    writeFileSync(folder.file('other.jsonl'), fileOf({ ...big, head: { ...big.head, mark: 'another' } }));
    const other = await folder.run(['import', 'other.jsonl', '--storage', 'to.db']);
    expect(other.code).to.equal(4);
    expect(other.stderr).to.include('An import of another export');

    const done = await folder.run(['import', 'all.jsonl', '--storage', 'to.db']);
    expect(done.code, done.stderr).to.equal(0);
    expect(done.stderr).to.match(/goes on after [2468],064 rows/);
    expect(await rowsIn(folder.file('to.db'))).to.deep.equal(expected(big));
    const host = await DurableHost.start({ storage: folder.file('to.db'), register, logger: quietLogger });
    expect(await host.client.callEntity(new EntityId('counter', '1'), 'get')).to.equal(5);
    await host.stop();
  });

  it('a file that differs in rows that are written is refused, and the right one goes on', async () => {
    const to = folder.file('to.db');
    await failureOf(importInto(to, big.head, upTo(big, 5_000, new Error('stop')), quietLogger, { signal }));
    const places = big.places.with(2_500, { table: 'instance', row: { ...big.places[2_500]!.row, state: '{}' } });
    const refused = await failureOf(importInto(to, big.head, all({ ...big, places }), quietLogger));
    expect(refused.message).to.equal('The import that was interrupted had another export.');
    const resumed: number[] = [];
    await importInto(to, big.head, all(big), quietLogger, { onResumed: (rows) => resumed.push(rows) });
    expect(resumed).to.deep.equal([4_064]);
    expect(await rowsIn(to)).to.deep.equal(expected(big));
  });

  it('an error of the export undoes what is written, also what an import before has written', async () => {
    const to = folder.file('to.db');
    await failureOf(importInto(to, big.head, upTo(big, 5_000, new Error('stop')), quietLogger, { signal }));
    const error = await failureOf(importInto(to, big.head, upTo(big, 5_500, new Error('damaged')), quietLogger));
    expect(error.message).to.equal('damaged');
    const host = await DurableHost.start({ storage: to, register, logger: quietLogger });
    expect(await host.client.callEntity(new EntityId('counter', '1'), 'get')).to.equal(0);
    await host.stop();
  });

  it('goes on after several interruptions on SQLite', () => goesOn(big, folder.file('to.db')));
});
