/** The surroundings of the command: streams, environment, clock, and what the terminal can do. */
import { styleText } from 'node:util';
import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../../ports/clock.js';

/** A stream that text is written to. */
export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** The part of a process that the command line uses. Tests give another one. */
export interface Surroundings {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly clock: Clock;
  /** Aborted by SIGINT and SIGTERM, and when nobody reads the output any more. */
  readonly signal: AbortSignal;
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Newer versions of Node look at the streams of the process themselves, unless a setting forbids it. */
const coloured = styleText as (style: Style, text: string, options?: object) => string;

/** Writes to the terminal, with colours where they help. */
export class Terminal {
  readonly isTerminal: boolean;
  private readonly colours: boolean;

  constructor(readonly around: Surroundings) {
    const { stdout, env } = around;
    this.isTerminal = stdout.isTTY === true;
    this.colours = this.isTerminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  }

  get hasColours(): boolean {
    return this.colours;
  }

  /** Columns of the terminal. `undefined` without one: nothing is cut there. */
  get columns(): number | undefined {
    return this.isTerminal ? (this.around.stdout.columns ?? 80) : undefined;
  }

  /** Whether a question can be asked, and its answer read. */
  get canAsk(): boolean {
    return this.around.stdin.isTTY === true && this.around.stderr.isTTY === true;
  }

  style(style: Style, text: string): string {
    return this.colours ? coloured(style, text, { validateStream: false }) : text;
  }

  /** Data. Waits if the reader is slow, so that a long list does not grow in memory. */
  async write(text: string): Promise<void> {
    const { stdout, signal } = this.around;
    signal.throwIfAborted();
    if (stdout.write(text)) return;
    await new Promise<void>((resolve, reject) => {
      const stop = () => {
        stdout.off('drain', done);
        reject(signal.reason as Error);
      };
      const done = () => {
        signal.removeEventListener('abort', stop);
        resolve();
      };
      stdout.once('drain', done);
      signal.addEventListener('abort', stop, { once: true });
    });
  }

  /** All that is not data: progress, notes, questions, errors. */
  note(text: string): void {
    this.around.stderr.write(text);
  }
}
