/** Promises that version 0.1 did not keep. Each title bears the number of the case it comes from. */
import { expect } from 'chai';
import type { DurableClient } from '../../src/client.js';
import type { Receipt, ReceiptKey } from '../../src/engines/sql/ports/store.js';
import type { FaultStore } from './fault-store.js';
import { counter, id, list } from './programs.js';
import { deferred, World } from './world.js';

const l = id('List', 'l');
const small = { receiptsCached: 4 };

const append = (client: DurableClient, value: string) => client.signalEntity(l, 'append', value, { requestId: value });

/** Answers the first look-up of this request id when the promise resolves, with what the table holds now or by then. */
function holdLookUp(store: FaultStore, requestId: string, until: Promise<void>, reads: 'now' | 'then'): void {
  const load = store.loadReceipts.bind(store);
  let held = false;
  store.loadReceipts = async (keys: readonly ReceiptKey[]): Promise<readonly Receipt[]> => {
    if (held || !keys.some((key) => key.requestId === requestId)) return load(keys);
    held = true;
    if (reads === 'then') {
      await until;
      return load(keys);
    }
    const found = await load(keys);
    await until;
    return found;
  };
}

describe('promises: request ids of a busy hub', () => {
  it('P1: a repeat takes no second effect when its receipt leaves the cache while another one is looked up', async () => {
    const world = new World([list], { options: small });
    const host = await world.start();
    const connected = await world.connect();
    await world.until(append(connected.client, 'old'));
    const gate = deferred();
    holdLookUp(host.store, 'new', gate.promise, 'then');
    const sent = [append(connected.client, 'new'), append(connected.client, 'old')];
    await world.quiet();
    for (let n = 0; n < 10; n++) await world.until(append(host.client, `other ${n}`));
    gate.resolve();
    await world.until(Promise.all(sent));
    await world.pass(2_000);
    const values = world.state('List', 'l') as string[];
    expect(values.filter((value) => value === 'old')).to.deep.equal(['old']);
    expect(values.filter((value) => value === 'new')).to.deep.equal(['new']);
  });

  it('P1: a look-up that began before a message was admitted does not make its repeat new', async () => {
    const world = new World([list], { options: small });
    const host = await world.start();
    const connected = await world.connect();
    const gate = deferred();
    holdLookUp(host.store, 'same', gate.promise, 'now');
    const sent = append(connected.client, 'same');
    await world.quiet();
    await world.until(append(host.client, 'same'));
    for (let n = 0; n < 10; n++) await world.until(append(host.client, `other ${n}`));
    gate.resolve();
    await world.until(sent);
    await world.pass(2_000);
    expect((world.state('List', 'l') as string[]).filter((value) => value === 'same')).to.deep.equal(['same']);
  });

  it('P1: every request id takes effect once, however many there are and however few are kept in memory', async () => {
    const world = new World([list, counter], { options: { receiptsCached: 1 } });
    const host = await world.start();
    const connected = await world.connect();
    const ids = Array.from({ length: 40 }, (_, n) => `r${n}`);
    const send = async (client: DurableClient) => {
      for (const requestId of ids) await append(client, requestId);
    };
    const atOnce = (client: DurableClient) => Promise.all(ids.map((requestId) => append(client, requestId)));
    const { client } = connected;
    await world.until(Promise.all([send(host.client), atOnce(client), atOnce(host.client), send(client)]));
    await world.pass(2_000);
    expect([...(world.state('List', 'l') as string[])].toSorted()).to.deep.equal([...ids].toSorted());
  });

  it('P1: the cache of receipts stays within its size', async () => {
    const world = new World([list], { options: small });
    const host = await world.start();
    for (let n = 0; n < 50; n++) await world.until(append(host.client, `r${n}`));
    const { store } = host;
    const before = store.accesses.filter((access) => access === 'loadReceipts').length;
    await world.until(append(host.client, 'r0'));
    // It was forgotten, so the table was asked.
    expect(store.accesses.filter((access) => access === 'loadReceipts').length).to.equal(before + 1);
  });
});
