/** Starts of the files that the package has, bundled and joined: the command's help, and a host with a server. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, copyFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { bundle, bundledFiles } from '../../packaging/bundle.js';
import { packageEntries } from '../../packaging/entries.js';
import { joinModules } from '../../packaging/join.js';
import { slim } from '../../packaging/slim.js';
import { reportOf, startChild, type Report } from '../children/child.js';
import { percentile } from '../figure.js';
import { inTemporaryFolder } from '../temporary.js';
import { shown, type Measured } from './budget.js';

const root = resolve(import.meta.dirname, '../../..');

export function measureStarts(rounds: number): Promise<Measured[]> {
  return inTemporaryFolder(async (folder) => {
    await pack(folder);
    // The package is one of ES modules, and Node loads the loader for them first.
    const empty = join(folder, 'empty.mjs');
    writeFileSync(empty, '');
    const help: number[] = [];
    const bare: number[] = [];
    const starts = { hostMs: [] as number[], importMs: [] as number[], serveMs: [] as number[] };
    const bareServeMs: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      bare.push(await timeOf([empty]));
      help.push(await timeOf([join(folder, 'dist/src/cli/main.js'), '--help']));
      const told = await startOnce(folder);
      const { serveMs: bareMs } = await startOnce(folder, 'bare');
      // The first start makes the tables.
      if (round === 0) continue;
      bareServeMs.push(bareMs as number);
      for (const name of ['hostMs', 'importMs', 'serveMs'] as const) starts[name].push(told[name] as number);
    }
    const p50 = (times: number[]) => percentile(times, 0.5);
    const beyond = help.map((ms, round) => ms - (bare[round] as number));
    const node = `Node with an empty module ${shown(p50([...bare]), 'ms')}`;
    return [
      { what: 'durable-entities --help, p50', unit: 'ms', value: p50(help), budget: 150, note: node },
      {
        what: 'durable-entities --help, p50 of what it takes longer than an empty module',
        unit: 'ms',
        value: p50(beyond),
      },
      {
        what: 'a host that also serves, p50 of what its start takes longer',
        unit: 'ms',
        value: p50(starts.serveMs),
        budget: 5,
        note: `the host itself ${shown(p50(starts.hostMs), 'ms')}; an empty server of Node instead ${shown(p50(bareServeMs), 'ms')}`,
      },
      { what: 'import of durable-entities/http after durable-entities, p50', unit: 'ms', value: p50(starts.importMs) },
    ];
  });
}

async function startOnce(folder: string, ...kind: readonly string[]): Promise<Report> {
  const child = startChild('serving-host', folder, join(folder, 'start.db'), ...kind);
  const told = await reportOf(child);
  if (child.exitCode === null) await once(child, 'exit');
  return told;
}

/** The compiled files as the package has them. */
async function pack(folder: string): Promise<void> {
  const source = join(folder, 'dist/src');
  cpSync(join(root, 'dist/src'), source, { recursive: true });
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const name of bundledFiles) await bundle(join(root, 'src', `${name}.ts`), join(source, `${name}.js`));
  await joinModules(source, { modules: packageEntries(root).modules, bundles: bundledFiles });
  slim(source, bundledFiles);
}

async function timeOf(words: readonly string[]): Promise<number> {
  const begunMs = performance.now();
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number];
  if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}.`);
  return performance.now() - begunMs;
}
