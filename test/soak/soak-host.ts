/** The host of the soak, as the runner holds it: started again when it ends. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { forked } from '../chaos/forked.js';
import type { HostCommand, HostMessage, HostSettings, Measured } from './protocol.js';

const answersWithinMs = 60_000;

export class SoakHost {
  private child: ChildProcess | undefined;

  constructor(private readonly settings: HostSettings) {}

  /** Resolves when it serves. @throws Error if it ends before */
  async start(): Promise<void> {
    this.child = forked('./host.js', import.meta.url, [JSON.stringify(this.settings)], ['--expose-gc']);
    await this.hear((message) => 'ready' in message);
  }

  /** Resolves when the process has ended. */
  async ended(): Promise<void> {
    const child = this.running();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }

  async measure(): Promise<Measured> {
    this.command({ do: 'measure' });
    const message = await this.hear((heard) => 'measured' in heard);
    return (message as { measured: Measured }).measured;
  }

  /** @throws Error if it ends otherwise than it should */
  async stop(): Promise<void> {
    this.command({ do: 'stop' });
    const child = this.running();
    await this.ended();
    if (child.exitCode !== 0) throw new Error(`the host ended with ${child.signalCode ?? child.exitCode}`);
  }

  private command(command: HostCommand): void {
    this.running().send(command);
  }

  private running(): ChildProcess {
    if (this.child === undefined) throw new Error('the host was not started');
    return this.child;
  }

  private hear(isWanted: (message: HostMessage) => boolean): Promise<HostMessage> {
    const child = this.running();
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void) => {
        clearTimeout(timer);
        child.off('message', onMessage).off('exit', onExit);
        finish();
      };
      const onMessage = (message: HostMessage) => isWanted(message) && settle(() => resolve(message));
      const onExit = () => settle(() => reject(new Error(`the host ended with ${child.signalCode ?? child.exitCode}`)));
      const timer = setTimeout(() => settle(() => reject(new Error('the host does not answer'))), answersWithinMs);
      child.on('message', onMessage).once('exit', onExit);
    });
  }
}
