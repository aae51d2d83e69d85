/** The bank (samples/bank) in a child process, followed by what it prints. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { bundled } from './bundled.js';

export interface BankArguments {
  readonly database: string;
  readonly transfers: string;
  readonly inFlight: number;
  /** Whether the bank goes on after its end. Default: no */
  readonly keep?: boolean;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const accounts = fileURLToPath(new URL('../../samples/bank/accounts.csv', import.meta.url));

export class BankProcess {
  /** Outcomes by transfer id, as the bank told them. */
  readonly acknowledged = new Map<string, string>();
  /** The digest that it ends with. */
  books: string | undefined;
  /** Address of the dashboard, of a bank that is kept. */
  dashboard: string | undefined;
  /** Whether the bank has done its work and goes on. */
  isKept = false;
  /** The text that the process wrote to stderr. Empty if all is well. */
  complaints = '';
  /** Resolves when the process has ended and all its output has been read. */
  readonly ended: Promise<Exit>;

  private readonly watchers = new Set<() => void>();

  private constructor(private readonly child: ChildProcessByStdio<null, Readable, Readable>) {
    createInterface(this.child.stdout).on('line', (line) => this.hear(line));
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => (this.complaints += text));
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code, signal) => {
        this.tellWatchers();
        resolve({ code, signal });
      });
    });
  }

  static async start({ database, transfers, inFlight, keep = false }: BankArguments): Promise<BankProcess> {
    const options = ['--database', database, '--accounts', accounts, '--transfers', transfers];
    options.push('--in-flight', String(inFlight), '--print', ...(keep ? ['--keep'] : []));
    const program = await bundled('samples/bank/main');
    return new BankProcess(spawn(process.execPath, [program, ...options], { stdio: ['ignore', 'pipe', 'pipe'] }));
  }

  /** Resolves when the condition holds after something was heard, or the process has ended. */
  async until(condition: () => boolean): Promise<void> {
    if (condition()) return;
    const held = new Promise<void>((resolve) => {
      const watcher = (): void => {
        if (!condition()) return;
        this.watchers.delete(watcher);
        resolve();
      };
      this.watchers.add(watcher);
    });
    await Promise.race([held, this.ended]);
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.child.kill(signal);
  }

  private hear(line: string): void {
    const transfer = /^(T\d+) (.+)$/.exec(line);
    if (transfer !== null) this.acknowledged.set(transfer[1]!, transfer[2]!);
    if (line.startsWith('books: ')) this.books = line.slice('books: '.length);
    if (line.startsWith('Dashboard: ')) this.dashboard = line.slice('Dashboard: '.length);
    if (line.startsWith('Ctrl+C ')) this.isKept = true;
    this.tellWatchers();
  }

  private tellWatchers(): void {
    // A watcher that is content removes itself.
    this.watchers.forEach((watcher) => watcher());
  }
}
