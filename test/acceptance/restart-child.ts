/** A host in a process of its own, which the test kills. It prints a line for each finished step, and continues after a restart. */
import { bank, bankDefinitions } from './restart-bank.js';
import { DurableHost } from '../../src/index.js';

const [storage, phase] = process.argv.slice(2) as [string, string];
const quiet = () => {};
const host = await DurableHost.start({
  storage,
  register: bankDefinitions,
  logger: { debug: quiet, info: quiet, warn: quiet, error: (fields, message) => console.error(message, fields) },
  evictAfterEachTurn: phase === 'evict',
});
process.stdout.write('ready\n');
for (const transfer of bank.transfers) {
  // The same id and input again is the same run: so this loop may be killed and begun again at will.
  const run = await host.client.startNew(bank.transfer, { instanceId: transfer.id, input: transfer });
  void run.result().then(
    (moved) => process.stdout.write(`${transfer.id} ${moved}\n`),
    () => undefined,
  );
}
await Promise.all(bank.transfers.map((each) => host.client.run(bank.transfer, each.id).result()));
process.stdout.write('done\n');
await host.stop();
