import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { bundled } from '../bundled.js';
import { eventually } from './world.js';

/** A host in another process: see standby-child.ts. */
export class OtherHost {
  readonly roles: string[] = [];
  private readonly exited: Promise<unknown>;
  private readonly errors: string[] = [];

  private constructor(private readonly process: ChildProcess) {
    createInterface({ input: this.process.stdout! }).on('line', (line) => this.roles.push(line));
    this.process.stderr?.on('data', (text: Buffer) => this.errors.push(text.toString()));
    this.exited = once(this.process, 'exit');
  }

  static async start(storage: string, name: string): Promise<OtherHost> {
    const script = await bundled('test/acceptance/standby-child');
    return new OtherHost(spawn(process.execPath, [script, storage, name], { stdio: ['ignore', 'pipe', 'pipe'] }));
  }

  async becomes(role: string): Promise<void> {
    await eventually(() => (this.roles.at(-1) === role ? true : undefined), `${role} ${this.errors.join('')}`);
  }

  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.exited;
  }
}
