import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { WorkerReport } from './worker.js';

export type WorkerState = 'starts' | 'works' | 'was killed' | 'stopped';

const program = fileURLToPath(new URL('./worker.js', import.meta.url));

/** A place for one worker process at a time. */
export class WorkerSlot {
  state: WorkerState = 'stopped';
  partitions = 0;
  /** Messages per second, since the report before. */
  rate = 0;
  private child: ChildProcess | undefined;

  constructor(
    readonly name: string,
    private readonly storage: string,
  ) {}

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Resolves when the worker owns partitions. */
  async start(): Promise<void> {
    this.state = 'starts';
    const child = (this.child = fork(program, [this.storage]));
    let last = { consumed: 0, atMs: performance.now() };
    const owns = new Promise<void>((resolve, reject) => {
      child.on('message', ({ partitions, consumed }: WorkerReport) => {
        if (this.child !== child || this.state === 'was killed') return;
        const nowMs = performance.now();
        this.rate = ((consumed - last.consumed) * 1_000) / Math.max(1, nowMs - last.atMs);
        last = { consumed, atMs: nowMs };
        this.partitions = partitions;
        if (partitions === 0) return;
        this.state = 'works';
        resolve();
      });
      child.once('exit', (code) => reject(new Error(`${this.name} ended with ${code}`)));
    });
    await owns;
  }

  /** As `kill -9` does. */
  async kill(): Promise<void> {
    await this.end('was killed', (child) => child.kill('SIGKILL'));
  }

  async stop(): Promise<void> {
    await this.end('stopped', (child) => child.send('stop'));
  }

  private async end(state: WorkerState, how: (child: ChildProcess) => void): Promise<void> {
    const { child } = this;
    if (child === undefined) return;
    const ended = once(child, 'exit');
    how(child);
    await ended;
    [this.state, this.partitions, this.rate, this.child] = [state, 0, 0, undefined];
  }
}
