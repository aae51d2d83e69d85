/** A big export, and imports of it that are interrupted. */
import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { DurableHost, EntityId } from '../../src/index.js';
import { importInto, openExport, type ExportHead, type ExportPlace } from '../../src/host/transfer.js';
import { Folder, quietLogger } from './command-line.js';
import { register } from './code.js';

const many = 6_000;
// A transaction holds 2,000 rows. The 64 partitions are counted, and are written at the end.

export interface Export {
  readonly head: ExportHead;
  readonly places: readonly ExportPlace[];
}

/** An export with 6,000 entities more than its task hub had. */
export async function bigExport(folder: Folder): Promise<Export> {
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

export function fileOf({ head, places }: Export): Buffer {
  const lines = [JSON.stringify({ head }), ...places.map(({ table, row }) => JSON.stringify({ [table]: row }))];
  const hash = createHash('sha256');
  for (const line of lines) hash.update(`${line}\n`);
  const end = JSON.stringify({ end: { rows: places.length, sha256: hash.digest('hex') } });
  return Buffer.from([...lines, end, ''].join('\n'));
}

export async function rowsIn(given: unknown): Promise<string[]> {
  const source = await openExport(given, quietLogger);
  const found: string[] = [];
  for await (const { table, row } of source.rows()) found.push(JSON.stringify({ [table]: row }));
  await source.close();
  return found.toSorted();
}

export const expected = ({ places }: Export) =>
  places.map(({ table, row }) => JSON.stringify({ [table]: row })).toSorted();

export const signal = AbortSignal.abort();

/** The rows of an export up to a number, then this error. */
export async function* upTo({ places }: Export, count: number, error: Error): AsyncGenerator<ExportPlace, void> {
  yield* places.slice(0, count);
  throw error;
}

export async function* all({ places }: Export): AsyncGenerator<ExportPlace, void> {
  yield* places;
}

export const failureOf = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => expect.fail('it has not failed'),
    (error: Error) => error,
  );

/** An import into this storage that is interrupted three times, and then ends. */
export async function goesOn(big: Export, to: unknown): Promise<void> {
  const resumed: number[] = [];
  const onResumed = (rows: number) => resumed.push(rows);
  for (const count of [1_000, 3_000, 5_000]) {
    const rows = upTo(big, count, new Error('stop'));
    await failureOf(importInto(to, big.head, rows, quietLogger, { signal, onResumed }));
  }
  await importInto(to, big.head, all(big), quietLogger, { onResumed });
  expect(resumed).to.deep.equal([2_064, 4_064]);
  expect(await rowsIn(to)).to.deep.equal(expected(big));
}
