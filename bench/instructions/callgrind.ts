/** Callgrind, which counts the instructions of a program: exact, and independent of the load of the machine. */
import { execFile, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Counts of the measured part of a script. */
export interface Counts {
  readonly instructions: number;
  /** Instructions of each function itself, without those that it calls. Empty if the driver has no symbols. */
  readonly functions: ReadonlyMap<string, number>;
  /** Bytes that the commits wrote to the log of the database. */
  readonly bytes: number;
  readonly writes: number;
  readonly syncs: number;
  /** The version of SQLite. */
  readonly sqlite: string;
}

/** The native part of the package sqlite3. */
export function driverFile(): string {
  const folder = dirname(createRequire(import.meta.url).resolve('sqlite3/package.json'));
  return join(folder, 'build', 'Release', 'node_sqlite3.node');
}

/** What is missing on this machine, as a sentence. `undefined` if nothing is. */
export function missingTools(): string | undefined {
  const has = (program: string) => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
  if (process.platform !== 'linux') return 'Instructions are counted on Linux only.';
  if (!has('valgrind'))
    return 'Instructions are counted by valgrind (apt-get install valgrind), which is not installed.';
  if (!has('cc')) return 'The program that replays the statements needs a C compiler (cc), which is not installed.';
  return undefined;
}

/** Compiles the program that replays scripts. Returns its path. */
export async function compileReplay(folder: string): Promise<string> {
  const source = resolve(import.meta.dirname, '../../../bench/instructions/replay.c');
  const program = join(folder, 'replay');
  await execute('cc', ['-O2', '-rdynamic', '-o', program, source, '-ldl']);
  return program;
}

/** Runs a script on a new database in the folder. */
export async function count(program: string, script: Buffer, folder: string): Promise<Counts> {
  const [scriptFile, database, counts] = ['script', 'replayed.db', 'counts'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(scriptFile, script);
  const { stdout } = await execute(
    'valgrind',
    [
      '--tool=callgrind',
      '--instr-atstart=no',
      `--callgrind-out-file=${counts}`,
      program,
      driverFile(),
      scriptFile,
      database,
    ],
    { maxBuffer: 1024 * 1024 },
  );
  const told = JSON.parse(stdout) as Pick<Counts, 'bytes' | 'writes' | 'syncs' | 'sqlite'>;
  return { ...told, ...countsIn(readFileSync(counts, 'utf8')) };
}

/** Reads the file of callgrind: `fn=` lines name a function, and the cost line after a `calls=` line is that of the called function. */
function countsIn(file: string): Pick<Counts, 'instructions' | 'functions'> {
  const names = new Map<string, string>();
  const functions = new Map<string, number>();
  let current = '';
  let isCall = false;
  let instructions = 0;
  for (const line of file.split('\n')) {
    const named = /^fn=\((\d+)\)(?: (.*))?$/.exec(line);
    const called = /^cfn=\((\d+)\) (.*)$/.exec(line);
    if (named !== null) {
      const [, id = '', name] = named;
      if (name !== undefined) names.set(id, name);
      current = names.get(id) ?? id;
    } else if (called !== null) names.set(called[1] as string, called[2] as string);
    else if (line.startsWith('calls=')) isCall = true;
    else if (/^[+\-*\d]/.test(line)) {
      const cost = Number(line.split(' ')[1]);
      if (!isCall) {
        functions.set(current, (functions.get(current) ?? 0) + cost);
        instructions += cost;
      }
      isCall = false;
    }
  }
  return { instructions, functions };
}
