import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { defineEntity, DurableHost, EntityId, HostStoppedError } from '../../src/index.js';
import { OtherHost } from './other-host.js';
import { refusal } from './world.js';

const logId = new EntityId('Log', 'a');
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

describe('acceptance: a standby on the same file', () => {
  let folder: string;
  let storage: string;
  const others: OtherHost[] = [];
  const hosts: DurableHost[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'durable-entities-standby-'));
    storage = join(folder, 'hub.db');
  });
  afterEach(async () => {
    for (const host of hosts.splice(0)) await host.stop();
    for (const other of others.splice(0)) await other.kill();
    await rm(folder, { recursive: true, force: true });
  });

  async function other(name: string): Promise<OtherHost> {
    const started = await OtherHost.start(storage, name);
    others.push(started);
    return started;
  }

  const log = defineEntity('Log', { effects: 'none' }, (context) => {
    const lines = context.getState<string[]>(() => []);
    if (context.operationName === 'get') return lines;
    lines.push(`here:${context.getInput<string>()}`);
    return lines.length;
  });

  async function here(): Promise<DurableHost> {
    const host = await DurableHost.start({ storage, register: [log], leaseDuration: '2s', logger: quiet });
    hosts.push(host);
    return host;
  }

  it('a standby takes over at once when the active process is killed', async () => {
    const active = await other('a');
    await active.becomes('active');
    const standby = await DurableHost.start({ storage, register: [log], leaseDuration: '1 hour', logger: quiet });
    hosts.push(standby);
    expect(standby.role).to.equal('standby');
    active.signal('SIGKILL');
    // The standby becomes active long before the lease of one hour ends.
    await standby.active();
    expect(standby.role).to.equal('active');
    expect(await standby.client.callEntity(logId, 'write', '1')).to.equal(1);
  });

  it('a standby takes over when the active host stops', async () => {
    const active = await other('a');
    await active.becomes('active');
    const standby = await here();
    active.signal('SIGTERM');
    await standby.active();
    expect(await standby.client.callEntity(logId, 'write', '1')).to.equal(1);
  });

  it('a standby takes over from a process that was suspended for longer than its lease; that process changes nothing, and becomes the standby', async () => {
    const frozen = await other('a');
    await frozen.becomes('active');
    const standby = await here();
    frozen.signal('SIGSTOP');
    await standby.active();
    await standby.client.signalEntity(logId, 'write', '1');
    frozen.signal('SIGCONT');
    await frozen.becomes('standby');
    expect(await standby.client.callEntity(logId, 'get')).to.deep.equal(['here:1']);
    await standby.stop();
    await frozen.becomes('active');
    const third = await here();
    expect(third.role).to.equal('standby');
  });

  it('a standby stops as any host does', async () => {
    await here();
    const standby = await here();
    const waiting = refusal(standby.active(), HostStoppedError, 'DE_HOST_STOPPED');
    await standby.stop();
    await standby.stop();
    await waiting;
  });
});
