/** Bank in a child process that works when it is asked to. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { BankOrder } from '../children/bank.js';
import { reportOf, startChild, type Report } from '../children/child.js';

export type BankMode = 'plain' | 'statistics' | 'untraced' | 'tracing-1' | 'tracing-100';

export class BankProcess {
  private constructor(
    private readonly child: ChildProcess,
    /** Address of the dashboard. */
    readonly url: string,
  ) {}

  static async start(mode: BankMode): Promise<BankProcess> {
    const child = startChild('bank', mode);
    const { port } = await reportOf(child);
    return new BankProcess(child, `http://127.0.0.1:${port}`);
  }

  /** Does a fixed amount of work. Resolves with the CPU time of the process in µs, and its heap afterwards. */
  async work(signals: number, payments: number): Promise<{ readonly cpuUs: number; readonly heapBytes: number }> {
    const { cpuUs = Number.NaN, heapBytes = Number.NaN } = await this.order({ do: 'work', signals, payments });
    return { cpuUs, heapBytes };
  }

  async load(on: boolean): Promise<void> {
    await this.order({ do: 'load', on });
  }

  async end(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.send({ do: 'end' } satisfies BankOrder);
    await ended;
  }

  private async order(order: BankOrder): Promise<Report> {
    const report = reportOf(this.child);
    this.child.send(order);
    return report;
  }
}
