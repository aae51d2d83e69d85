/**
 * Runner of programs that print and end: samples and programs of the documentation. It runs one after another in one child process, because
 * loading the package takes longer than most of them.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** An order to the child process. */
export interface ProgramOrder {
  /** Path of the built program. */
  readonly file: string;
  readonly cwd: string;
  readonly args?: readonly string[];
}

/** The result of a program that has ended by itself. */
export interface ProgramOutput {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const childProgram = fileURLToPath(new URL('./program-runner-child.js', import.meta.url));

class ProgramRunner {
  private child: ChildProcess | undefined;

  /** Resolves when the program has ended. @throws Error if the program ended the process */
  async run(order: ProgramOrder): Promise<ProgramOutput> {
    const child = (this.child ??= fork(childProgram, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }));
    return new Promise((resolve, reject) => {
      const died = (code: number | null, signal: NodeJS.Signals | null): void => {
        this.child = undefined;
        reject(new Error(`${order.file} ended the process: ${signal ?? code}`));
      };
      child.once('exit', died);
      child.once('message', (output: ProgramOutput) => {
        child.off('exit', died);
        resolve(output);
      });
      child.send(order);
    });
  }

  async stop(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child === undefined) return;
    const ended = once(child, 'exit');
    child.disconnect();
    await ended;
  }
}

/** The runner of all specs. Its process ends after the last one. */
export const runner = new ProgramRunner();

after(() => runner.stop());
