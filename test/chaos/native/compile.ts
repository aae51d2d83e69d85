/** Libraries in C that stand between a process and its C library (LD_PRELOAD): compiled when they are needed. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const sources = fileURLToPath(new URL('../../../../test/chaos/native/', import.meta.url));

/** The reason why this machine cannot preload a library, or `undefined` if it can. */
export function noPreload(): string | undefined {
  if (process.platform !== 'linux') return 'a library can be preloaded on Linux only';
  return spawnSync('cc', ['--version']).status === 0 ? undefined : 'there is no C compiler (cc)';
}

/**
 * The command that starts a process with the library.
 * @param folder where the compiled library is put
 * @param variables what the library reads from the environment
 */
export function preload(
  name: 'recorder' | 'clock',
  folder: string,
  variables: Readonly<Record<string, string>>,
): readonly string[] {
  const library = join(folder, `${name}.so`);
  const args = ['-shared', '-fPIC', '-O2', '-o', library, join(sources, `${name}.c`), '-ldl', '-lpthread'];
  const { status, stderr } = spawnSync('cc', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`cc ${args.join(' ')}: ${stderr}`);
  const settings = Object.entries({ ...variables, LD_PRELOAD: library, UV_USE_IO_URING: '0' });
  return ['env', ...settings.map(([variable, value]) => `${variable}=${value}`)];
}
