import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

export interface BankOptions {
  /** The SQLite file, or the URL of a database on a server. */
  readonly storage: string;
  readonly accounts: string;
  readonly transfers: string;
  readonly inFlight: number;
  readonly print: boolean;
  /** Whether the program goes on after its end, for the dashboard. */
  readonly keep: boolean;
}

const usage = `Usage: npm start -- [options]
  --database PATH    the SQLite file with the books (default ./bank.db; delete it to begin anew)
  --storage URL      a database on a server in place of the file: postgres://user:password@host/database or mysql://…
  --accounts PATH    default samples/bank/accounts.csv
  --transfers PATH   default samples/bank/transfers.csv
  --in-flight N      transfers that are under way at the same time (default 1000)
  --print            a line for each transfer, as soon as its outcome is durable, in place of the progress bar
  --keep             goes on after the end with the dashboard, until Ctrl+C
  --help`;

/** Ends the process if the arguments are invalid. */
export function readOptions(): BankOptions {
  try {
    const { values } = parseArgs({
      options: {
        database: { type: 'string', default: 'bank.db' },
        storage: { type: 'string' },
        accounts: { type: 'string', default: beside('accounts.csv') },
        transfers: { type: 'string', default: beside('transfers.csv') },
        'in-flight': { type: 'string', default: '1000' },
        print: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return leave(usage, 0);
    const inFlight = Number(values['in-flight']);
    if (!Number.isInteger(inFlight) || inFlight < 1) throw new Error('--in-flight is no whole number of at least 1');
    return { ...values, storage: values.storage ?? values.database, inFlight };
  } catch (error) {
    return leave(`${(error as Error).message}\n\n${usage}`, 2);
  }
}

/** The folder of the data, samples/bank. The compiled program is in dist/samples/bank. */
function beside(file: string): string {
  return fileURLToPath(new URL(`../../../samples/bank/${file}`, import.meta.url));
}

function leave(message: string, exitCode: number): never {
  console.log(message);
  process.exit(exitCode);
}
