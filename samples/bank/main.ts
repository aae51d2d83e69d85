import { DurableHost } from 'durable-entities';
import { Account, IAccount } from './account.js';
import { readBooks } from './books.js';
import { concurrently } from './concurrently.js';
import { readAccounts, readTransfers } from './ledger-files.js';
import { readOptions } from './options.js';
import { showDashboard, untilInterrupted } from './dashboard.js';
import { showProgress } from './progress.js';
import { printTotals } from './totals.js';
import { transferMoney, type Outcome } from './transfer-money.js';

const options = readOptions();
const accounts = await readAccounts(options.accounts);
const transfers = await readTransfers(options.transfers);

await using host = await DurableHost.start({ storage: options.storage, register: [Account, transferMoney] });
const { client } = host;

// Programs that read the lines of --print need no dashboard.
const server = options.print && !options.keep ? undefined : await showDashboard(host);

console.log(`Opening ${accounts.length} accounts`);
await concurrently(options.inFlight, accounts, async ({ id, balance, isFrozen }) => {
  // With a request id the call takes effect once, however often the bank is killed and restarted.
  const requestId = `open-${id}`;
  await client.callEntity(IAccount, id, (account) => account.open({ balance, isFrozen }), { requestId });
});

console.log(`Performing ${transfers.length} transfers, ${options.inFlight} at a time`);
const outcomes = new Map<string, Outcome>();
const progress = showProgress(transfers.length, options.print);
const startedAt = performance.now();
await concurrently(options.inFlight, transfers, async (transfer) => {
  // The same id and input refer to the same run, so no transfer happens twice.
  const run = await client.startNew(transferMoney, { instanceId: transfer.id, input: transfer });
  const outcome = await run.result();
  outcomes.set(transfer.id, outcome);
  progress.step(`${transfer.id} ${outcome}`);
});
const elapsedMs = performance.now() - startedAt;
progress.stop();

console.log('Adding up the books');
const books = await readBooks(client, accounts, transfers, outcomes);
printTotals(books, accounts.length, elapsedMs);
if (options.keep) await untilInterrupted();
await server?.close();
process.exitCode = books.moneyBefore === books.moneyAfter ? 0 : 1;
