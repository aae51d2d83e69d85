import { connectRestate } from 'durable-entities/restate';
import { Account, IAccount } from '../bank/account.js';
import { transferMoney } from '../bank/transfer-money.js';
import { startBank } from './host.js';

const [ingress = 'http://127.0.0.1:8080', admin = 'http://127.0.0.1:9070', port = '9080'] = process.argv.slice(2);

const host = await startBank(ingress, admin, Number(port));
// #region client
await using client = await connectRestate({ ingress: [ingress], register: [Account, transferMoney], hub: 'bank' });
for (const key of ['alice', 'bob']) {
  await client.callEntity(IAccount, key, (account) => account.open({ balance: 100, isFrozen: false }));
}
const transfer = { id: 't1', from: 'alice', to: 'bob', amount: 30 };
const run = await client.startNew(transferMoney, { input: transfer, instanceId: transfer.id });
console.log(await run.result());
const { balance } = await client.callEntity(IAccount, 'bob', (account) => account.terms());
console.log(`bob has ${balance}`);
// #endregion
await host.stop();
