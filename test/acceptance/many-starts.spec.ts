/** Files that were started and connected to more often than version 0.1 could count. */
import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineEntity, DurableHost, EntityId } from '../../src/index.js';
import { sqliteStore } from '../../src/storage/typeorm/index.js';
import { withTypeOrm } from '../storage/typeorm-over.js';
import { eventually } from './world.js';

const logger = { debug() {}, info() {}, warn() {}, error() {} };
const log = defineEntity('Log', async (context) => {
  const lines = context.getState<number[]>(() => []);
  if (context.operationName === 'write') lines.push(context.getInput<number>());
  return lines;
});
const a = new EntityId('Log', 'a');

describe('acceptance: a file that was opened 2^21 times', () => {
  let folder: string;
  let storage: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'durable-entities-starts-'));
    storage = join(folder, 'hub.db');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** A file of version 0.1: `last` rows of workers, and a message under each of these row ids. */
  async function oldFile(last: number, ids: readonly number[]): Promise<void> {
    const store = sqliteStore(storage);
    const { partitionCount } = await store.open();
    await store.close();
    expect(partitionCount).to.equal(64);
    await withTypeOrm(storage, async (dataSource) => {
      for (let count = 0; count < 2; count++) await dataSource.undoLastMigration();
      await dataSource.query(`INSERT INTO sqlite_sequence (name, seq) VALUES ('de_worker', ${last})`);
      await dataSource.query(`UPDATE de_task_hub SET names = '["entity:log"]'`);
      for (const [value, id] of ids.entries())
        await dataSource.query(
          `INSERT INTO de_inbox (id, partition, target, arrival, due, body) VALUES (${id}, 3, '@log@a', NULL, NULL, ?)`,
          [JSON.stringify({ kind: 'operation', operation: 'write', input: JSON.stringify(value) })],
        );
    });
  }

  for (const [what, last, ids] of [
    ['its last row is number 2^21 - 1', 2 ** 21 - 1, [(2 ** 21 - 1) * 2 ** 32 + 1, (2 ** 21 - 1) * 2 ** 32 + 2]],
    ['its last row is one more', 2 ** 21, [2 ** 53 - 1, 5 * 2 ** 32 + 1]],
    ['it was opened far more often', 2 ** 40, [2 ** 20 * 2 ** 32 + 7, 2 ** 32 + 1]],
  ] as const)
    it(`P3: a hub continues where ${what}, with the messages that waited in it`, async () => {
      await oldFile(last, ids);
      for (let start = 0; start < 2; start++) {
        const host = await DurableHost.start({ storage, register: [log], logger });
        const sent = Array.from({ length: 20 }, (_, n) => host.client.signalEntity(a, 'write', 100 * start + n));
        const tickets = await Promise.all(sent);
        for (const ticket of tickets) await host.client.processed(ticket);
        expect(host.role).to.equal('active');
        await host.stop();
      }
      const host = await DurableHost.start({ storage, register: [log], logger });
      const lines = await eventually(async () => {
        const all = await host.client.callEntity<number[]>(a, 'read');
        return all.length >= 42 ? all : undefined;
      }, 'every line');
      const expected = [0, 1, ...[0, 100].flatMap((base) => Array.from({ length: 20 }, (_, n) => base + n))];
      expect(lines).to.have.members(expected);
      expect(lines).to.have.lengthOf(42);
      await host.stop();
    });
});
