import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { DurableHost, type RunHandle } from 'durable-entities';
import * as activities from './activities.js';
import type { Order, Outcome } from './order.js';
import { placeOrder } from './place-order.js';

const { reserveItem, releaseItem, takePayment, refundPayment, shipItem } = activities;
const folder = await mkdtemp(join(tmpdir(), 'order-saga-'));
{
  await using host = await DurableHost.start({
    storage: join(folder, 'orders.db'),
    register: [placeOrder, reserveItem, releaseItem, takePayment, refundPayment, shipItem],
  });

  /** The manager, who approves a waiting order. */
  async function approve(run: RunHandle<Outcome>): Promise<void> {
    while ((await run.status())?.customStatus !== 'waiting for approval') await setTimeout(5);
    await run.raiseEvent('approved', 'Ann');
  }

  async function place(instanceId: string, input: Order, manager?: typeof approve): Promise<void> {
    console.log(instanceId, input);
    const run = await host.client.startNew(placeOrder, { instanceId, input });
    await manager?.(run);
    console.log(await run.result());
  }

  await place('good', { item: 'a kettle', cents: 3500, card: 'valid' }, approve);
  await place('refused', { item: 'a lamp', cents: 4900, card: 'expired' });
  await place('forgotten', { item: 'a piano', cents: 990000, card: 'valid' });
}
await rm(folder, { recursive: true });
