/** Looks at images in a process of its own, which an image may bring down. */
import type { ChildProcess } from 'node:child_process';
import { forked } from '../forked.js';
import type { ImageTask } from './image-check.js';

const withinMs = 60_000;

export class Examiner {
  private child: ChildProcess | undefined;

  /** Resolves with what is wrong with the image. One at a time. */
  examine(task: ImageTask): Promise<readonly string[]> {
    const child = (this.child ??= forked('./examiner.js', import.meta.url));
    return new Promise((resolve) => {
      const settle = (problems: readonly string[]) => {
        clearTimeout(timer);
        child.removeAllListeners('message').removeAllListeners('exit');
        resolve(problems);
      };
      const giveUp = (why: string) => {
        this.child = undefined;
        child.kill('SIGKILL');
        settle([why]);
      };
      const timer = setTimeout(
        () => giveUp(`the process that looked at it was not done within ${withinMs} ms`),
        withinMs,
      );
      child.once('message', (problems) => settle(problems as readonly string[]));
      child.once('exit', (code, signal) => giveUp(`the process that looked at it ended: ${signal ?? code}`));
      child.send(task);
    });
  }

  close(): void {
    this.child?.kill('SIGKILL');
    this.child = undefined;
  }
}
