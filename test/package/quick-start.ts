/** Follows docs/getting-started.md as a newcomer does: its files and its commands, in their order, in an empty folder. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expectEqual, install, root, type Consumer } from './consumer.js';

const page = 'docs/getting-started.md';

/** A step of the page: a block of code. */
interface Block {
  readonly language: string;
  readonly text: string;
  /** Name of the file that the block is, or is a part of. Empty for commands. */
  readonly file: string;
}

/**
 * Prints how long it took. Two things differ from a newcomer: the package comes from a file instead of the registry, and sqlite3 is not
 * compiled, because the native part that was built for this checkout is copied.
 * @throws Error if a command fails, or if a program prints something else than the page says
 */
export function followQuickStart(consumer: Consumer): void {
  const folder = mkdtempSync(join(tmpdir(), 'durable-entities-quick-start-'));
  try {
    const startedMs = performance.now();
    follow(consumer, folder);
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
    console.log(`  the quick start took ${seconds} s, without the compilation of sqlite3`);
    compileWithOlderTypeScript(consumer, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function follow({ project, tarball, run }: Consumer, folder: string): void {
  const commands: string[] = [];
  let printed = '';
  for (const { language, text, file } of blocksOf(readFileSync(join(root, page), 'utf8'))) {
    if (language === 'sh') {
      for (const line of text.trim().split('\n')) {
        commands.push(line);
        const { command, args } = asTried(line, join(project, tarball));
        printed = run(command, args, folder);
        if (line.startsWith('npm install durable-entities')) copySqlite(folder);
      }
    } else if (language === 'text') {
      expectEqual('what the program of the quick start prints', printed, text);
    } else {
      writeFileSync(join(folder, file), text, { flag: 'a' });
    }
  }
  expectEqual('commands of the quick start', commands.slice(-4), ['npx tsc', 'node main.js', 'npx tsc', 'node --test']);
  if (!/^(?:#|ℹ) pass 1$/m.test(printed)) throw new Error(`the first test did not pass:\n${printed}`);
  console.log('  the first test of the quick start passes');
}

/** The commands of the page take the newest TypeScript. Its files and tsconfig.json also compile with the one before. */
function compileWithOlderTypeScript(consumer: Consumer, folder: string): void {
  install(consumer, ['typescript-5.9@npm:typescript@5.9']);
  // Globals of Node.js that a newcomer also uses, and whose types the older compiler includes by default.
  const besides = 'setTimeout(() => console.log(process.pid, AbortSignal.timeout(1).aborted), 1);\nexport {};\n';
  writeFileSync(join(folder, 'besides.ts'), besides);
  for (const compiler of ['typescript', 'typescript-5.9']) {
    const path = join(consumer.project, 'node_modules', compiler, 'bin/tsc');
    const version = consumer.run('node', [path, '--version']).trim();
    consumer.run('node', [path, '--noEmit', '-p', '.'], folder);
    console.log(`  the quick start compiles with TypeScript ${version}`);
  }
}

/** The blocks that a newcomer follows. Each block with code says its file, and the others say what they are. */
function blocksOf(text: string): Block[] {
  const found = text.matchAll(/(?:<!-- file: (\S+?)(?:#\S+)? -->\n\n)?```(\w+)\n([\s\S]*?)```/g);
  return Array.from(found, ([, marked, language, code]) => {
    const file = language === 'json' ? 'tsconfig.json' : basename(marked ?? '');
    if (file === '' && language !== 'sh') throw new Error(`${page}: a block says no file:\n${code}`);
    return { language: language as string, text: code as string, file };
  });
}

/** The words of a command, with the packed library in the place of its name. */
function asTried(line: string, tarball: string): { readonly command: string; readonly args: readonly string[] } {
  const [command, ...words] = line.split(' ') as [string, ...string[]];
  const args = words.map((word) => (word === 'durable-entities' ? tarball : word));
  return { command, args: line.startsWith('npm install') ? [...args, '--prefer-offline', '--ignore-scripts'] : args };
}

function copySqlite(folder: string): void {
  cpSync(join(root, 'node_modules/sqlite3/build'), join(folder, 'node_modules/sqlite3/build'), { recursive: true });
}
