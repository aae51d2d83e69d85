import { defineEntity, defineOrchestration, DurableHost, EntityId } from 'durable-entities';

const account = defineEntity('Account', { effects: 'none' }, (context) => context.getState(() => 0));

const approve = defineOrchestration('Approve', async (context) => {
  using section = await context.lock(new EntityId('account', 'ann'));
  await context.waitForExternalEvent('approved');
  void section;
});

const host = await DurableHost.start({ storage: ':memory:', register: [account, approve] });
const { client } = host;

// #region explain
await client.startNew(approve, { instanceId: 'order-17' });
await client.startNew(approve, { instanceId: 'order-18' });

const { links } = await client.inspector.explain('order-18');
for (const { depth, subject, because, remedy } of links) {
  console.log(`${'  '.repeat(depth)}${subject}: ${because}`);
  if (remedy !== undefined) console.log(`${'  '.repeat(depth + 1)}→ ${remedy}`);
}
// #endregion

// #region locks
const { items } = await client.inspector.locks();
for (const { entity, hold, waiters } of items)
  console.log(entity, 'is locked by', hold.instance, 'and awaited by', waiters.map(({ instance }) => instance).join());
// #endregion

// #region history
await client.run(approve, 'order-17').raiseEvent('approved');
await client.run(approve, 'order-17').result();
for (const { kind, name, task } of (await client.run(approve, 'order-17').history()) ?? [])
  console.log(kind, name ?? '', task ?? '');
// #endregion

await host.stop();
