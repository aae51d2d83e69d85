/** A bank in a child process that works when it is asked to. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { PostgresStorage } from '../../src/index.js';
import type { BankOrder } from '../children/bank.js';
import { reportOf, startChild, type Report } from '../children/child.js';

/** An amount of work. */
export interface Amount {
  readonly signals: number;
  readonly payments: number;
}

export class BankProcess {
  private constructor(
    private readonly child: ChildProcess,
    /** Address of the dashboard. */
    readonly url: string,
  ) {}

  /** @param storage a schema on a server. Default: a SQLite file */
  static async start(storage?: PostgresStorage): Promise<BankProcess> {
    const child = startChild('bank', ...(storage === undefined ? [] : [JSON.stringify(storage)]));
    const { port } = await reportOf(child);
    return new BankProcess(child, `http://127.0.0.1:${port}`);
  }

  /** Does a fixed amount of work. Resolves with the CPU time of the process in µs. */
  async work(amount: Amount): Promise<number> {
    const { cpuUs = Number.NaN } = await this.order({ do: 'work', ...amount });
    return cpuUs;
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
