/**
 * `npm run bench:node -- 22 24 [--works w3,w4] [--seconds S] [--rounds N]`: the CPU time of a message on this version of Node and on others,
 * which come from npm as for `npm run test:node`. The versions run by turns, and the least of the rounds counts, because other programs only
 * add to it. SQLite is the same on all of them.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isNodeVersion, withNode } from '../test/other-node.js';
import type { Figure } from './figure.js';
import { number } from './lines.js';
import { inTemporaryFolder } from './temporary.js';

const { values, positionals: versions } = parseArgs({
  allowPositionals: true,
  options: {
    works: { type: 'string', default: 'w1,w2,w3,w4,saga' },
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
  },
});
const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
if (versions.length === 0 || !versions.every(isNodeVersion) || !(seconds > 0) || !(rounds >= 1)) {
  console.error('Give versions of Node, for example 22 24. --seconds takes a number above 0, --rounds one from 1.');
  process.exit(2);
}
await inTemporaryFolder(async (folder) => compare(folder));

function compare(folder: string): void {
  const file = join(folder, 'figures.json');
  const given = [join(import.meta.dirname, 'main.js'), ...values.works.split(','), '--seconds', String(seconds)];
  const measured = new Map<string, Figure[]>();
  const own = process.version.slice(1);
  const runs: [version: string, run: (given: readonly string[]) => boolean][] = [
    [own, (args) => spawnSync(process.execPath, args, { stdio: 'inherit' }).status === 0],
  ];
  const measure = (): void => {
    for (let round = 0; round < rounds; round++)
      for (const [version, run] of runs) {
        if (!run([...given, '--json', file])) throw new Error(`The benchmark failed on Node ${version}.`);
        const figures = JSON.parse(readFileSync(file, 'utf8')) as Figure[];
        measured.set(version, [...(measured.get(version) ?? []), ...figures]);
      }
  };
  const installed = (rest: readonly string[]): void => {
    const [version, ...more] = rest;
    if (version === undefined) return measure();
    withNode(version, (node) => {
      if (node === undefined) throw new Error(`Node ${version} could not be installed.`);
      runs.push([version, (args) => node.run(args)]);
      installed(more);
    });
  };
  installed(versions);
  print([...measured].map(([version, figures]) => [version, leastCpu(figures)] as const));
}

/** The least CPU time of a message by work and number in flight. */
function leastCpu(figures: readonly Figure[]): Map<string, number> {
  const least = new Map<string, number>();
  for (const { work, inFlight, cpuUsPerMessage } of figures) {
    const name = `${work}, ${number(inFlight)} in flight`;
    least.set(name, Math.min(least.get(name) ?? Number.POSITIVE_INFINITY, cpuUsPerMessage));
  }
  return least;
}

function print(columns: readonly (readonly [version: string, least: ReadonlyMap<string, number>])[]): void {
  const heads = columns.map(([version]) => `Node ${version}`.padStart(14));
  console.log(`\n${'CPU us/msg, least'.padEnd(28)}${heads.join('')}`);
  for (const name of columns[0]?.[1].keys() ?? []) {
    const cells = columns.map(([, least]) => number(least.get(name) ?? Number.NaN, 1).padStart(14));
    console.log(name.padEnd(28) + cells.join(''));
  }
}
