/** Inspectors of hosts and clients, as programs get them. */
import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DurableClient, DurableHost, Entity, EntityId, Operation, defineOrchestration } from '../../src/index.js';

/** A Standard Schema that can tell its JSON Schema, as zod has it. */
const amount = {
  '~standard': {
    version: 1 as const,
    vendor: 'test',
    validate: (value: unknown) => ({ value: value as number }),
    jsonSchema: { input: ({ target }: { target: string }) => ({ $schema: target, type: 'number' }) },
  },
};

@Entity({ effects: 'none', expireAfter: '1 day' })
class Account {
  cents = 0;

  @Operation({ input: amount })
  async deposit(cents: number): Promise<number> {
    this.cents += cents;
    return this.cents;
  }

  @Operation({ readOnly: true })
  async balance(): Promise<number> {
    return this.cents;
  }

  @Operation({ oneWay: true })
  empty(): void {
    this.cents = 0;
  }
}

const waits = defineOrchestration('Waits', (context) => context.waitForExternalEvent('go'));
const logger = { debug() {}, info() {}, warn() {}, error() {} };

describe('host.inspector and client.inspector', () => {
  it('the types of a host name declared operations, with the JSON Schema of their inputs', async () => {
    const host = await DurableHost.start({ storage: ':memory:', register: [Account, waits], logger });
    const { entities, orchestrations } = await host.inspector.types();
    expect(entities[0]).to.deep.include({
      name: 'account',
      registered: true,
      effects: 'none',
      expireAfterMs: 86_400_000,
    });
    expect(entities[0]?.operations).to.deep.equal([
      { name: 'deposit', kind: 'call', readOnly: false, input: { $schema: 'draft-2020-12', type: 'number' } },
      { name: 'balance', kind: 'call', readOnly: true, input: undefined },
      { name: 'empty', kind: 'signal', readOnly: false, input: undefined },
      { name: 'delete', kind: 'call', readOnly: false, input: undefined },
    ]);
    expect(orchestrations.map(({ name, versions }) => [name, versions])).to.deep.equal([['Waits', [1]]]);
    expect(host.inspector).to.equal(host.client.inspector);
    await host.stop();
  });

  it('a client without a host inspects the file of a host, and of one that has stopped', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'inspector-'));
    const storage = join(folder, 'hub.db');
    const host = await DurableHost.start({ storage, register: [Account, waits], logger });
    await host.client.callEntity(new EntityId('Account', 'ann'), 'deposit', 5);
    await host.client.startNew(waits, { instanceId: 'w' });
    const client = await DurableClient.connect({ storage, logger });
    const { items } = await client.inspector.entities({ name: 'Account' });
    expect(items.map(({ id, state }) => [id, state?.text])).to.deep.equal([['@account@ann', '{"cents":5}']]);
    expect((await client.inspector.overview()).role).to.equal('client');
    expect(await client.inspector.statistics()).to.equal(undefined);
    await host.stop();
    const { links } = await client.inspector.explain('w');
    expect(links.map(({ reason }) => reason.code)).to.deep.equal(['noActiveWorker', 'waitsForEvent']);
    await client.close();
    await rm(folder, { recursive: true });
  });

  it('an inspector of a host that has stopped rejects, and a feed of it ends', async () => {
    const host = await DurableHost.start({ storage: ':memory:', register: [Account], logger });
    const { inspector } = host;
    await inspector.overview();
    const stop = inspector.feed(() => {});
    await host.stop();
    const code = await inspector.entities().then(
      () => 'none',
      (error: { code?: string }) => error.code,
    );
    expect(code).to.equal('DE_STORAGE');
    stop();
  });
});
