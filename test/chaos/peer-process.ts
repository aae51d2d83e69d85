/** A process of the chaos, as the runner holds it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { StuckError } from './stuck-error.js';
import type { PeerCommand, PeerFailure, PeerMessage, PeerOptions, Phase } from './peer-protocol.js';

const program = fileURLToPath(new URL('./peer.js', import.meta.url));

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const alive = new Set<Peer>();
process.on('exit', () => alive.forEach((peer) => peer.kill()));

export class Peer {
  phase: Phase = 'start-up';
  /** The time at which each phase was first reported, in ms since the start. */
  readonly reachedAtMs = new Map<Phase, number>([['start-up', 0]]);
  readonly surprises: string[] = [];
  readonly harmed = new Set<string>();
  readonly planted: number[] = [];
  /** Acknowledged acts that were sent again. */
  repeated = 0;
  touched = 0;
  role: 'active' | 'standby' | 'stopped' | 'failed' = 'standby';
  probed: string | undefined;
  failed: PeerFailure | undefined;
  stderr = '';
  acked = 0;
  /** When the newest of what was acknowledged was first sent: ms since 1970. */
  lastAckedSentAtMs = 0;
  exit: Exit | undefined;
  /** Resolves when the process is gone and everything it said has been heard. */
  readonly ended: Promise<Exit>;

  private readonly child: ChildProcess;
  private readonly startedAt = performance.now();
  private readonly watchers = new Set<() => void>();

  /** @param wrapper a command in front of node's */
  constructor(options: PeerOptions, wrapper: readonly string[] = []) {
    const [command, ...args] = [...wrapper, process.execPath, program, JSON.stringify(options)];
    // A group of its own: a wrapper and what it wraps are killed together.
    this.child = spawn(command, args, { detached: true, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    alive.add(this);
    this.child.on('message', (message) => this.hear(message as PeerMessage));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code, signal) => {
        alive.delete(this);
        this.exit = { code, signal };
        this.tellWatchers();
        resolve(this.exit);
      });
    });
  }

  /** Resolves when the condition holds. Each message of the process checks it. @throws StuckError if it is late, or the process has ended before */
  async until(what: string, condition: () => boolean, withinMs = 30_000): Promise<void> {
    await this.settled(what, () => condition() || this.exit !== undefined, withinMs);
    if (!condition()) throw new StuckError(`the process ended (${this.describeEnd()}) before: ${what}`);
  }

  /** Resolves when the process is gone. @throws StuckError */
  async untilEnded(what: string, withinMs = 30_000): Promise<Exit> {
    await this.settled(what, () => this.exit !== undefined, withinMs);
    return this.exit as Exit;
  }

  private async settled(what: string, condition: () => boolean, withinMs: number): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.watchers.delete(watcher);
        reject(new StuckError(`not within ${withinMs} ms: ${what} (phase ${this.phase}, ${this.acked} acknowledged)`));
      }, withinMs);
      const watcher = (): void => {
        if (!condition()) return;
        this.watchers.delete(watcher);
        clearTimeout(timer);
        resolve();
      };
      this.watchers.add(watcher);
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  describeEnd(): string {
    const { code, signal } = this.exit ?? {};
    const failed = this.failed === undefined ? '' : `, ${this.failed.failed}: ${this.failed.message}`;
    return `${signal ?? code}${failed}${this.stderr === '' ? '' : `, stderr: ${this.stderr.slice(0, 500)}`}`;
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    const { pid } = this.child;
    if (this.exit !== undefined || pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  command(command: PeerCommand): void {
    // A process that is gone or going hears nothing.
    if (this.child.connected) this.child.send(command, () => {});
  }

  /** Says that it shall stop, and waits until it has. @throws StuckError when it ends otherwise */
  async stop(): Promise<void> {
    this.command({ do: 'stop' });
    const { code } = await this.untilEnded('the host stops');
    if (code !== 0 || this.stderr !== '') throw new StuckError(`it did not stop well: ${this.describeEnd()}`);
  }

  private hear(message: PeerMessage): void {
    if ('acked' in message) {
      this.acked += message.acked;
      this.lastAckedSentAtMs = Math.max(this.lastAckedSentAtMs, message.lastSentAtMs);
    } else if ('phase' in message) {
      this.phase = message.phase;
      this.reachedAtMs.set(message.phase, performance.now() - this.startedAt);
    } else if ('surprise' in message) this.surprises.push(message.surprise);
    else if ('harmed' in message) this.harmed.add(message.harmed);
    else if ('planted' in message) this.planted.push(message.planted);
    else if ('repeated' in message) this.repeated += message.repeated;
    else if ('touched' in message) this.touched = message.touched;
    else if ('role' in message) this.role = message.role;
    else if ('probed' in message) this.probed = message.probed;
    else this.failed = message;
    this.tellWatchers();
  }

  private tellWatchers(): void {
    // A watcher that is content removes itself.
    this.watchers.forEach((watcher) => watcher());
  }
}
