import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { DataSource } from 'typeorm';
import { defineEntity, DurableHost, EntityId } from '../../src/index.js';
import { transaction } from '../../src/nestjs/index.js';

const counter = defineEntity('counter', (context) => context.setState(context.getState(() => 0) + 1));
const silent = { debug() {}, info() {}, warn() {}, error() {} };

describe('transaction of the NestJS entry', () => {
  let folder: string;
  let dataSource: DataSource;
  let host: DurableHost;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'durable-entities-'));
    const file = join(folder, 'shop.db');
    host = await DurableHost.start({ storage: file, register: [counter], logger: silent });
    dataSource = await new DataSource({
      type: 'sqlite',
      database: file,
      enableWAL: true,
      busyTimeout: 5_000,
    }).initialize();
    await dataSource.query('CREATE TABLE sale (id INTEGER PRIMARY KEY)');
  });
  afterEach(async () => {
    await dataSource.destroy();
    await host.stop();
    await rm(folder, { recursive: true });
  });

  it('commits rows and messages together, also of many transactions at the same time, and neither if the work fails', async () => {
    const { client } = host;
    const sell = (n: number) =>
      transaction(client, dataSource, async (manager, sender) => {
        await manager.query('INSERT INTO sale (id) VALUES (?)', [n]);
        await sender.signalEntity(new EntityId('counter', String(n)), 'add');
        if (n % 3 === 0) throw new RangeError(`no ${n}`);
        return n;
      });
    const results = await Promise.allSettled(Array.from({ length: 12 }, (_, n) => sell(n)));
    const done = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(done).to.deep.equal([1, 2, 4, 5, 7, 8, 10, 11]);
    const rows = await dataSource.query<{ id: number }[]>('SELECT id FROM sale ORDER BY id');
    expect(rows.map(({ id }) => id)).to.deep.equal(done);
    for (let n = 0; n < 12; n++) {
      // The call runs behind the signal, if there is one.
      await client.callEntity(new EntityId('counter', String(n)), 'add');
      const { entityState } = await client.readEntityState(new EntityId('counter', String(n)));
      expect(entityState, String(n)).to.equal(done.includes(n) ? 2 : 1);
    }
  });
});
