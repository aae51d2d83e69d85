/** A node of a Restate cluster: one process of the server, which is killed, stopped and started again. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { pause } from '../pause.js';
import { StuckError } from '../stuck-error.js';

const startsWithinMs = 60_000;

/*
 * $1: file of the log, then the command. Prints the id of the process. The end of the input ends the server: so it ends with the process that
 * started it, whatever ends that.
 */
const holder = `
log="$1"; shift
"$@" >> "$log" 2>&1 < /dev/null & server=$!
echo $server; read -r _
kill -KILL $server 2> /dev/null; wait $server 2> /dev/null`;

export interface NodeOptions {
  readonly name: string;
  readonly ingress: string;
  readonly admin: string;
  /** The command of the server. */
  readonly command: readonly string[];
  readonly logPath: string;
}

export class RestateNode {
  private holder: ChildProcess | undefined;
  private pid = 0;

  constructor(readonly options: NodeOptions) {}

  get isRunning(): boolean {
    return this.holder !== undefined;
  }

  /** Resolves when the process is there. It may take a while until it answers. */
  async start(): Promise<void> {
    const { logPath, command } = this.options;
    const child = spawn('sh', ['-c', holder, 'sh', logPath, ...command], {
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.holder = child;
    const [told] = (await once(child.stdout, 'data')) as [Buffer];
    this.pid = Number(told.toString());
  }

  /** Resolves when the process is gone. */
  async kill(): Promise<void> {
    const { holder: child } = this;
    if (child === undefined) return;
    this.holder = undefined;
    process.kill(this.pid, 'SIGKILL');
    const ended = once(child, 'exit');
    child.stdin?.end();
    await ended;
  }

  /** Lets the process stand still, or go on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    if (this.holder !== undefined) process.kill(this.pid, signal);
  }

  /** @throws StuckError */
  async untilHealthy(): Promise<void> {
    for (const endMs = performance.now() + startsWithinMs; !(await this.isHealthy()); await pause(50)) {
      if (performance.now() > endMs) throw new StuckError(`node ${this.options.name} is not healthy`);
    }
  }

  private async isHealthy(): Promise<boolean> {
    try {
      return (await fetch(`${this.options.ingress}/restate/health`, { signal: AbortSignal.timeout(1_000) })).ok;
    } catch {
      return false;
    }
  }

  /** The rows of a query. @throws if this node does not answer */
  async query<Row>(sql: string): Promise<Row[]> {
    const answer = await fetch(`${this.options.admin}/query`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ query: sql }),
      signal: AbortSignal.timeout(5_000),
    });
    if (!answer.ok) throw new Error(await answer.text());
    return ((await answer.json()) as { rows: Row[] }).rows;
  }
}
