import { expect } from 'chai';
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { DurableHost, EntityId, type StorageError } from '../../src/index.js';
import { importInto, openExport, type ExportHead, type ExportPlace } from '../../src/host/transfer.js';
import { hasMysql, newDatabase } from '../servers/mysql.js';
import { hasPostgres, newSchema } from '../servers/postgres.js';
import { Folder, quietLogger } from './command-line.js';
import { register } from './code.js';

const main = resolve(import.meta.dirname, '../../src/cli/main.js');
const many = 12_000;
// A transaction holds 2,000 rows. The 64 partitions are counted, and are written at the end.

interface Export {
  readonly head: ExportHead;
  readonly places: readonly ExportPlace[];
}

/** An export with 12,000 entities more than its task hub had. */
async function bigExport(folder: Folder): Promise<Export> {
  const storage = folder.file('from.db');
  const host = await DurableHost.start({ storage, register, logger: quietLogger });
  await host.client.callEntity(new EntityId('counter', '1'), 'add', 5);
  await host.client.signalEntity(new EntityId('note', 'a'), 'set', 1, { requestId: 'once' });
  await host.stop();
  const source = await openExport(storage, quietLogger);
  const places: ExportPlace[] = [];
  for await (const place of source.rows()) {
    places.push(place);
    if (place.row['id'] !== '@counter@1') continue;
    for (let index = 0; index < many; index++) {
      const key = `z${String(index).padStart(5, '0')}`;
      places.push({ table: 'instance', row: { ...place.row, id: `@counter@${key}`, key } });
    }
  }
  const { head } = source;
  await source.close();
  const rows = { ...head.rows, instance: (head.rows['instance'] as number) + many };
  return { head: { ...head, rows }, places };
}

function fileOf({ head, places }: Export): Buffer {
  const lines = [JSON.stringify({ head }), ...places.map(({ table, row }) => JSON.stringify({ [table]: row }))];
  const hash = createHash('sha256');
  for (const line of lines) hash.update(`${line}\n`);
  const end = JSON.stringify({ end: { rows: places.length, sha256: hash.digest('hex') } });
  return Buffer.from([...lines, end, ''].join('\n'));
}

async function rowsIn(given: unknown): Promise<string[]> {
  const source = await openExport(given, quietLogger);
  const found: string[] = [];
  for await (const { table, row } of source.rows()) found.push(JSON.stringify({ [table]: row }));
  await source.close();
  return found.toSorted();
}

const expected = ({ places }: Export) => places.map(({ table, row }) => JSON.stringify({ [table]: row })).toSorted();

const signal = AbortSignal.abort();

/** The rows of an export up to a number, then this error. */
async function* upTo({ places }: Export, count: number, error: Error): AsyncGenerator<ExportPlace, void> {
  yield* places.slice(0, count);
  throw error;
}

async function* all({ places }: Export): AsyncGenerator<ExportPlace, void> {
  yield* places;
}

const failureOf = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => expect.fail('it has not failed'),
    (error: Error) => error,
  );

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
    const child = spawn(process.execPath, [main, 'import', 'pipe', '--storage', 'to.db'], {
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
    const error = await failureOf(importInto(to, big.head, upTo(big, 9_000, new Error('damaged')), quietLogger));
    expect(error.message).to.equal('damaged');
    const host = await DurableHost.start({ storage: to, register, logger: quietLogger });
    expect(await host.client.callEntity(new EntityId('counter', '1'), 'get')).to.equal(0);
    await host.stop();
  });

  async function goesOn(to: unknown): Promise<void> {
    const resumed: number[] = [];
    const onResumed = (rows: number) => resumed.push(rows);
    for (const count of [1_000, 3_000, 9_000]) {
      const rows = upTo(big, count, new Error('stop'));
      await failureOf(importInto(to, big.head, rows, quietLogger, { signal, onResumed }));
    }
    await importInto(to, big.head, all(big), quietLogger, { onResumed });
    expect(resumed).to.deep.equal([2_064, 8_064]);
    expect(await rowsIn(to)).to.deep.equal(expected(big));
  }

  it('goes on after several interruptions on SQLite', () => goesOn(folder.file('to.db')));

  if (hasPostgres())
    it('goes on after several interruptions on PostgreSQL', async () => {
      const { url, schema, drop } = await newSchema();
      try {
        await goesOn({ type: 'postgres', url, schema });
      } finally {
        await drop();
      }
    });

  if (hasMysql())
    it('goes on after several interruptions on MySQL', async () => {
      const { url, drop } = await newDatabase();
      try {
        await goesOn(url);
      } finally {
        await drop();
      }
    });
});
