/**
 * Harms real processes on a real database, over and over, and looks for what was lost or doubled: `npm run chaos -- --help`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Chaos } from './chaos.js';
import { clusterKindsOf } from './cluster/faults/index.js';
import { openCluster } from './cluster/server.js';
import type { FaultKind } from './fault-kind.js';
import { faultKinds } from './faults/index.js';
import { readOptions } from './options.js';
import { prove } from './power/prove.js';
import { runAgainWhereMountable } from './small-disk.js';
import type { Processes } from './processes.js';
import { openNodes } from './restate/cluster.js';
import { restateKinds } from './restate/faults/index.js';
import { Story } from './story.js';

const names = (kinds: readonly { readonly name: string }[]) => kinds.map(({ name }) => name);
const options = readOptions({
  sqlite: names(faultKinds),
  postgres: names(clusterKindsOf('postgres')),
  mysql: names(clusterKindsOf('mysql')),
  restate: names(restateKinds),
});
const { place } = options;
const exitCode = place === 'sqlite' ? runAgainWhereMountable() : undefined;
if (exitCode !== undefined) process.exit(exitCode);
const folder = await mkdtemp(join(tmpdir(), 'durable-entities-chaos-'));
if (options.prove) process.exit(await prove(options, folder));
if (place === 'restate') {
  const cluster = await openNodes(options.nodes, folder);
  await run(restateKinds, cluster.makeStory);
  await cluster.close();
} else if (place === 'sqlite') await run(faultKinds, async (path, seed) => new Story(path, seed));
else {
  const cluster = await openCluster(place);
  await run(clusterKindsOf(place), cluster.makeStory);
  await cluster.close();
}

async function run<Told extends Processes>(
  all: readonly FaultKind<Told>[],
  makeStory: (folder: string, seed: number) => Promise<Told>,
): Promise<void> {
  const kinds = all.filter(({ name, unavailable }) => {
    if (!options.only.includes(name)) return false;
    const reason = unavailable?.();
    if (reason !== undefined) console.log(`${name} is left out: ${reason}`);
    return reason === undefined;
  });
  if (kinds.length === 0) process.exit(1);
  const told = names(kinds).join(',');
  console.log(`chaos: ${options.cycles} cycles of ${told} on ${place}, seed ${options.seed}`);

  const startedAt = performance.now();
  const chaos = new Chaos(options, folder, kinds, makeStory);
  await chaos.run();

  const { tally } = chaos;
  console.log(tally.table());
  const seconds = (performance.now() - startedAt) / 1_000;
  console.log(`${seconds.toFixed(0)} s (${(seconds / 60).toFixed(1)} minutes)`);
  if (tally.problems.length === 0) {
    await rm(folder, { recursive: true });
    console.log('nothing lost, nothing doubled');
  } else {
    const storage = placeArguments();
    const { cycles, seed } = options;
    console.log(`repeat with: npm run chaos -- ${storage}--cycles ${cycles} --seed ${seed} --only ${told}`);
    console.log(`databases and histories are in ${folder}`);
  }
  process.exitCode = tally.problems.length === 0 ? 0 : 1;
}

function placeArguments(): string {
  if (place === 'restate') return `--engine restate --nodes ${options.nodes} `;
  return place === 'sqlite' ? '' : `--storage ${place} `;
}
