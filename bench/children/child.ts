import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A report of a measuring process. */
export type Report = Readonly<Record<string, number>>;

/** Starts one of the programs of this folder in a separate process, as in production. */
export function startChild(program: string, ...given: readonly string[]): ChildProcess {
  return startChildOf(import.meta.dirname, program, ...given);
}

/** The same with the programs of another folder. */
export function startChildOf(folder: string, program: string, ...given: readonly string[]): ChildProcess {
  const env = { NODE_ENV: 'production', ...process.env };
  return fork(join(folder, `${program}.js`), given, {
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

/** Resolves with the next report of the process. @throws if the process ends before */
export async function reportOf(child: ChildProcess): Promise<Report> {
  const settled = new AbortController();
  const { signal } = settled;
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`A measuring process ended with ${code} before it said anything.`);
  });
  try {
    const [report] = (await Promise.race([once(child, 'message', { signal }), ended])) as [Report];
    return report;
  } finally {
    ended.catch(() => {});
    settled.abort();
  }
}

/** Ends the process if it has not ended by itself. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** Sends a report. For the measuring process. */
export function report(said: Report): void {
  process.send?.(said);
}
