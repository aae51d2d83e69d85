/** One worker: a host in a process of its own. It tells its parent what it does, and stops when its parent says so. */
import { DurableHost } from 'durable-entities';
import { Account } from '../bank/account.js';
import { transferMoney } from '../bank/transfer-money.js';

/** A message of a worker process to its parent. */
export interface WorkerReport {
  /** The partitions that it owns. */
  readonly partitions: number;
  /** Turns of entities and orchestrations since the start of the process. */
  readonly consumed: number;
}

const reportEveryMs = 250;
let consumed = 0;

const host = await DurableHost.start({
  // The only line that several workers change.
  storage: process.argv[2] as string,
  register: [Account, transferMoney],
  leaseDuration: '3s',
  stallLimit: '30s',
  logger: { debug() {}, info() {}, warn() {}, error: console.error },
  observer: {
    committed: (commit) => {
      consumed += commit.consumed;
    },
  },
});
const reports = setInterval(report, reportEveryMs);
process.on('message', () => void stop());
// Without its parent there is nobody to work for.
process.on('disconnect', () => process.exit(1));

function report(): void {
  const { worker } = host.status();
  process.send?.({ partitions: worker?.partitions.length ?? 0, consumed } satisfies WorkerReport);
}

async function stop(): Promise<void> {
  clearInterval(reports);
  await host.stop();
  process.exit(0);
}
