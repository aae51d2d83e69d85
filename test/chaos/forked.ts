import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Starts a program of the tests, which ends with this process at the latest. */
export function forked(
  program: string,
  base: string,
  args: readonly string[] = [],
  flags: readonly string[] = [],
): ChildProcess {
  const child = fork(fileURLToPath(new URL(program, base)), args, { execArgv: [...flags] });
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  child.once('close', () => process.off('exit', end));
  return child;
}
