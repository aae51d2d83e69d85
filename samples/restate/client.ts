// #region client
import { connectRestate } from 'durable-entities/restate';
import { Account, IAccount } from '../bank/account.js';
import { transferMoney } from '../bank/transfer-money.js';

/** A client, as a process without a host can have it. A second run finds the accounts and the transfer of the first one. */
export async function moveMoney(ingress: readonly string[]): Promise<void> {
  await using client = await connectRestate({ ingress, register: [Account, transferMoney], hub: 'bank' });
  for (const key of ['alice', 'bob']) {
    await client.callEntity(IAccount, key, (account) => account.open({ balance: 100, isFrozen: false }));
  }
  const transfer = { id: 't1', from: 'alice', to: 'bob', amount: 30 };
  const run = await client.startNew(transferMoney, { input: transfer, instanceId: transfer.id });
  console.log(await run.result());
  const { balance } = await client.callEntity(IAccount, 'bob', (account) => account.terms());
  console.log(`bob has ${balance}`);
}
// #endregion
