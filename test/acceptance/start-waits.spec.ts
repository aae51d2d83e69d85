/** Starts that meet a database which somebody else holds. */
import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineEntity, DurableClient, DurableHost, EntityId, type Logger } from '../../src/index.js';
import { loadSqlite, SqliteHandle } from '../../src/storage/typeorm/sqlite/sqlite-driver.js';
import { failure } from './world.js';

const box = defineEntity('Box', { effects: 'none' }, (context) => context.getState<number>() ?? 0);
const register = [box];

describe('acceptance: a start waits for what somebody else holds', () => {
  let folder: string;
  let storage: string;
  const closing: (() => Promise<unknown>)[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'durable-entities-waits-'));
    storage = join(folder, 'hub.db');
  });
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Holds a lock; the returned function gives it back. */
  async function hold(file: string, begin: 'BEGIN IMMEDIATE' | 'BEGIN EXCLUSIVE'): Promise<() => Promise<void>> {
    const sqlite = await loadSqlite();
    const handle = await SqliteHandle.open(sqlite, file, sqlite.OPEN_READWRITE | sqlite.OPEN_CREATE);
    await handle.all(begin);
    let held = true;
    const release = async () => {
      if (held) await handle.close();
      held = false;
    };
    closing.push(release);
    return release;
  }

  /** A logger, and a promise for the line that says that the start waits. */
  function listening(): { logger: Logger; waits: Promise<string>; lines: string[] } {
    const lines: string[] = [];
    let tell: (line: string) => void;
    const waits = new Promise<string>((resolve) => (tell = resolve));
    const note = (_: object, message: string) => {
      lines.push(message);
      if (message.startsWith('The start waits.')) tell(message);
    };
    return { logger: { debug() {}, info: note, warn: note, error: note }, waits, lines };
  }

  async function makeFile(): Promise<void> {
    const host = await DurableHost.start({ storage, register, logger: listening().logger });
    await host.stop();
  }

  it('P8: a starting host waits for the write lock, logs that once, and then starts', async () => {
    await makeFile();
    const release = await hold(storage, 'BEGIN IMMEDIATE');
    const { logger, waits, lines } = listening();
    const starting = DurableHost.start({ storage, register, logger });
    expect(await waits).to.match(/another connection holds its lock/);
    await release();
    const host = await starting;
    closing.push(() => host.stop());
    expect(await host.client.callEntity(new EntityId('Box', 'a'), 'get')).to.equal(0);
    expect(lines.filter((line) => line.startsWith('The start'))).to.deep.equal([await waits, 'The start continues.']);
  });

  it('P8: a connecting client waits for the write lock', async () => {
    await makeFile();
    const release = await hold(storage, 'BEGIN IMMEDIATE');
    const { logger, waits } = listening();
    const connecting = DurableClient.connect({ storage, register, logger });
    await waits;
    await release();
    const client = await connecting;
    await client.close();
  });

  it('P8: a host waits for the process that makes the tables', async () => {
    const release = await hold(`${storage}-owner`, 'BEGIN EXCLUSIVE');
    const { logger, waits } = listening();
    const starting = DurableHost.start({ storage, register, logger });
    expect(await waits).to.match(/tables .* must be created or migrated.*-owner/);
    await release();
    const host = await starting;
    expect(host.role).to.equal('active');
    await host.stop();
  });

  it('P8: three hosts that begin together on a new file all start', async () => {
    const { logger } = listening();
    const hosts = await Promise.all([1, 2, 3].map(() => DurableHost.start({ storage, register, logger })));
    closing.push(...hosts.map((host) => () => host.stop()));
    expect(hosts.map(({ role }) => role).toSorted()).to.deep.equal(['active', 'standby', 'standby']);
  });

  it('P8: a start that times out fails with the reason of its wait and a remedy', async () => {
    await makeFile();
    await hold(storage, 'BEGIN IMMEDIATE');
    const options = { storage, register, logger: listening().logger, startTimeout: '100ms' } as const;
    const attempts = [DurableHost.start(options), DurableClient.connect(options)];
    for (const failed of attempts.map((attempt) => failure(attempt))) {
      const error = (await failed) as Error & { code: string; hint: string };
      expect([error.code, error.hint]).to.deep.equal([
        'DE_STORAGE_BUSY',
        'A transaction of the application or another tool holds the write lock: end it. A start waits for it as long as `startTimeout` says.',
      ]);
    }
  });

  it('P8: the host refuses a startTimeout that is not a duration', async () => {
    const error = (await failure(DurableHost.start({ storage, register, startTimeout: 'soon' as never }))) as Error & {
      code: string;
    };
    expect(error.code).to.equal('DE_INVALID_ARGUMENT');
  });
});
