/** Process in which `ProgramRunner` runs programs. The end of a program is when its process would end by itself: nothing is open any more. */
import { pathToFileURL } from 'node:url';
import type { ProgramOrder, ProgramOutput } from './program-runner.js';

type Printed = Record<'stdout' | 'stderr', string>;

let running: { readonly printed: Printed; readonly putBack: () => void } | undefined;

let orders = 0;

process.on('message', ({ file, cwd, args = [] }: ProgramOrder) => {
  const printed: Printed = { stdout: '', stderr: '' };
  const restores = (['stdout', 'stderr'] as const).map((name) => collect(name, printed));
  running = { printed, putBack: () => restores.forEach((restore) => restore()) };
  process.chdir(cwd);
  process.exitCode = undefined;
  process.argv.splice(1, process.argv.length, file, ...args);
  // From here on only the program keeps this process alive.
  process.channel?.unref();
  // The query makes a program that ran before run again. The modules that it imports are loaded once.
  import(`${pathToFileURL(file).href}?${++orders}`).catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
});

// A program that never ends does not outlive the tests.
process.on('disconnect', () => {
  if (running !== undefined) process.exit(1);
});

process.on('beforeExit', () => {
  if (running === undefined) return;
  const { printed, putBack } = running;
  running = undefined;
  putBack();
  process.channel?.ref();
  process.send?.({ exitCode: Number(process.exitCode ?? 0), ...printed } satisfies ProgramOutput);
  process.exitCode = undefined;
});

/** Keeps what is written to this stream. Returns the function that ends that. */
function collect(name: 'stdout' | 'stderr', printed: Printed): () => void {
  const stream = process[name];
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    printed[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    const done = rest.at(-1);
    if (typeof done === 'function') process.nextTick(done);
    return true;
  };
  // The function of the class comes to light again.
  return () => void Reflect.deleteProperty(stream, 'write');
}
