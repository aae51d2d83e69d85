import { DurableHost } from '../../../src/index.js';

// #region both
import { defineActivity, defineOrchestration } from '../../../src/index.js';

const charge = defineActivity('Charge', async (_context, order: string): Promise<string> => `charged ${order}`);
const reserve = defineActivity('Reserve', async (_context, order: string): Promise<string> => `reserved ${order}`);

/** Orders that were begun before March. Leave it as it is until they have ended. */
const order = defineOrchestration('Order', async (context, id: string): Promise<string> => {
  return context.callActivity(charge, id);
});

/** All orders since. */
const order2 = defineOrchestration('Order2', async (context, id: string): Promise<string> => {
  await context.callActivity(reserve, id);
  return context.callActivity(charge, id);
});

const register = [charge, reserve, order, order2];
// #endregion

await using host = await DurableHost.start({ storage: ':memory:', register });
for (const definition of [order, order2]) {
  console.log(definition.name, '->', await (await host.client.startNew(definition, { input: 'order-1' })).result());
}
