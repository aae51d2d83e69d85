/** Runs the cases of the compatibility table in a project into which the packed library is installed. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { install, type Consumer } from '../consumer.js';
import { folderOf, nodes, type ToolchainCase } from './case.js';
import { compilerCases } from './compilers.js';
import { printed } from './programs.js';
import { runnerCases } from './runners.js';
import type { CaseResult } from './page.js';

export const toolchainCases: readonly ToolchainCase[] = [...compilerCases, ...runnerCases];

/** The time that one command of a case may take. A program that waits for ever ends as a failure. */
const commandMs = 120_000;

/** @throws Error with all cases whose outcome is another than the table promises */
export function runToolchains(consumer: Consumer, cases: readonly ToolchainCase[]): CaseResult[] {
  const packages = cases.flatMap(({ packages, node }) => [...packages, ...(node === undefined ? [] : [nodes[node]])]);
  install(consumer, [...new Set(packages)]);
  const modules = join(consumer.project, 'node_modules');
  // Its install script, which puts the program for this machine in its place. It is the only one that a case needs.
  if (packages.some((name) => folderOf(name) === 'bun')) consumer.run('node', [join(modules, 'bun/install.js')]);
  const results: CaseResult[] = [];
  const failures: string[] = [];
  for (const [index, each] of cases.entries()) {
    const startedMs = performance.now();
    const { result, failure } = runCase(each, modules, join(consumer.project, `case-${index}`));
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
    console.log(`  ${seconds} s  ${result.tool} ${result.version}, ${each.program}: ${result.outcome}`);
    results.push(result);
    if (failure !== undefined) failures.push(failure);
  }
  if (failures.length > 0) throw new Error(`${failures.length} cases had another outcome:\n\n${failures.join('\n\n')}`);
  return results;
}

function runCase(
  each: ToolchainCase,
  modules: string,
  folder: string,
): { readonly result: CaseResult; readonly failure?: string } {
  mkdirSync(folder);
  for (const [name, text] of Object.entries(each.files)) writeFileSync(join(folder, name), text);
  const node = each.node === undefined ? process.execPath : join(modules, `node-${each.node}`, 'bin/node');
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env['PATH']}`, NO_COLOR: '1', CI: 'true' };
  const nodeVersion = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim().slice(1);
  const [tool] = each.packages;
  const version = each.tool === 'Node' || tool === undefined ? nodeVersion : versionOf(join(modules, folderOf(tool)));
  const { status, output } = runCommands(each, modules, node, { cwd: folder, env });
  const outcome = outcomeOf(each, status, output);
  const result = { tool: each.tool, version, node: nodeVersion, program: each.program, outcome: outcome ?? 'other' };
  if (outcome !== undefined) return { result };
  const wanted = each.outcome === 'works' ? each.outcome : `refuses with ${each.outcome}`;
  return {
    result,
    failure: `${each.tool} ${version}, Node ${nodeVersion}, ${each.program}: expected: ${wanted}; status ${status}\n${output}`,
  };
}

function versionOf(folder: string): string {
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
}

/** Runs the commands to the first that fails. */
function runCommands(
  { commands, env: extra }: ToolchainCase,
  modules: string,
  node: string,
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): { readonly status: number | null; readonly output: string } {
  let outcome: { readonly status: number | null; readonly output: string } = { status: null, output: 'no command' };
  for (const words of commands) {
    const [command, ...args] = words.map((word, index) => {
      if (index === 0 && word === 'node') return node;
      const inModules = join(modules, word);
      return /^[@\w.-]+\//.test(word) && existsSync(inModules) ? inModules : word;
    });
    const { status, stdout, stderr, error } = spawnSync(command as string, args, {
      ...options,
      env: { ...options.env, ...extra },
      encoding: 'utf8',
      timeout: commandMs,
    });
    outcome = { status, output: [stdout, stderr, error?.message].filter(Boolean).join('\n') };
    if (status !== 0) return outcome;
  }
  return outcome;
}

/** The result of the case as the table has it, or `undefined` if something else happened. */
function outcomeOf(
  { outcome, files, commands }: ToolchainCase,
  status: number | null,
  output: string,
): string | undefined {
  if (outcome !== 'works') {
    const [words] = outcome.exec(output) ?? [];
    return status === 0 || words === undefined ? undefined : `refuses: \`${words.trim()}\``;
  }
  // A test runner prints the name of the test, a compiler that only checks prints nothing, and every other program prints its line.
  const isTest = Object.keys(files).some((name) => name.includes('.test.'));
  const isCheck = commands.length === 1 && commands[0]?.includes('-p');
  const worked = isTest ? /the program prints its line/.test(output) : isCheck || output.includes(printed);
  return status === 0 && worked ? 'works' : undefined;
}
