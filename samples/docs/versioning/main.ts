import { DurableHost, type DurableClient } from 'durable-entities';

// #region before
import { defineActivity, defineOrchestration } from 'durable-entities';

const charge = defineActivity('Charge', async (_context, order: string): Promise<string> => `charged ${order}`);

const orderOfMarch = defineOrchestration('Order', async (context, order: string): Promise<string> => {
  const charged = await context.callActivity(charge, order);
  await context.waitForExternalEvent('delivered');
  return charged;
});
// #endregion

// #region patched
const check = defineActivity('Check', async (_context, order: string): Promise<string> => `checked ${order}`);

const orderOfApril = defineOrchestration('Order', async (context, order: string): Promise<string> => {
  const checked = context.patched('fraud check') ? `${await context.callActivity(check, order)}, ` : '';
  const charged = await context.callActivity(charge, order);
  await context.waitForExternalEvent('delivered');
  return checked + charged;
});
// #endregion

// #region versions
const firstReport = defineOrchestration('Report', async (context, month: string): Promise<string> => {
  await context.waitForExternalEvent('closed');
  return `a list for ${month}`;
});

/** A different program with the same name. New runs use it. */
const report = defineOrchestration('Report', { version: 2 }, async (context, month: string): Promise<string> => {
  const days = await context.waitForExternalEvent<number>('closed');
  return `a chart of ${days} days for ${month}`;
});

const register = [charge, check, orderOfApril, firstReport, report];
// #endregion

const logger = { debug() {}, info() {}, warn() {}, error: console.error };
const storage = 'versioning.db';

async function begin(client: DurableClient, number: number): Promise<void> {
  await client.startNew(orderOfMarch, { instanceId: `order-${number}`, input: `order ${number}` });
  await client.startNew(firstReport, { instanceId: `report-${number}`, input: `month ${number}` });
}

const march = await DurableHost.start({ storage, register: [charge, orderOfMarch, firstReport], logger });
await begin(march.client, 1);
await march.stop();

const april = await DurableHost.start({ storage, register, logger });
const { client } = april;
await begin(client, 2);
for (const number of [1, 2]) {
  const [order, monthly] = [client.run(orderOfMarch, `order-${number}`), client.run(firstReport, `report-${number}`)];
  await order.raiseEvent('delivered');
  await monthly.raiseEvent('closed', 30);
  console.log(await order.result(), '|', await monthly.result(), '| version', (await monthly.status())?.version);
}
await april.stop();
