/**
 * A host with a short retention, and clients that come, work, and die: nothing may grow. `npm run soak -- --help`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { DurableClient } from '../../src/index.js';
import { ChaosStorage } from '../chaos/storage.js';
import { id } from '../engine/programs.js';
import { Clients } from './clients.js';
import { readOptions, type SoakOptions } from './options.js';
import { report, tellSample } from './report.js';
import { growthOf, valuesOf, type Sample } from './sample.js';
import { SoakHost } from './soak-host.js';
import { workload } from './workload.js';

const lettersWanted = 3;
const startsMax = 20;

const options = readOptions();
const folder = await mkdtemp(join(tmpdir(), 'durable-entities-soak-'));
const storage = new ChaosStorage(folder);
const settings = { storage: storage.option, keptMs: options.keptMs };
console.log(
  `soak: ${options.runsMs / 60_000} minutes, ${options.clients} clients, retention ${options.keptMs / 1_000} s, seed ${options.seed}`,
);
const host = new SoakHost(settings);
await makeDeadLetters();
const clients = new Clients(settings, options.seed);
const samples = await soak(options);
await host.stop();
const isWell = report({ growth: growthOf(samples), clients });
if (isWell) await rm(folder, { recursive: true });
else console.log(`the seed is ${options.seed}, the database is in ${folder}`);
process.exit(isWell ? 0 : 1);

/** Messages that end their process, until they are set aside. The host is started again each time. */
async function makeDeadLetters(): Promise<void> {
  await host.start();
  const client = await DurableClient.connect({ storage: storage.option, register: workload(options.keptMs) });
  try {
    // Each may take a host that comes later: this one ends at the first of them.
    const sent = Array.from({ length: lettersWanted }, (_, letter) =>
      client.signalEntity(id('Bomb', `b${letter}`), 'exit', undefined, { requestId: `bomb-${letter}` }),
    );
    for (let starts = 1; (await lettersSoFar()) < lettersWanted;) {
      const isOver = await Promise.race([host.ended().then(() => true), setTimeout(200, false)]);
      if (isOver && ++starts > startsMax) throw new Error('the messages that end their process are never set aside');
      if (isOver) await host.start().catch(() => {});
    }
    await Promise.all(sent);
  } finally {
    await client.close();
  }
  console.log(`${lettersWanted} messages were set aside`);
}

async function lettersSoFar(): Promise<number> {
  return (await storage.value('SELECT count(*) FROM de_dead_letter')) as number;
}

async function soak({ runsMs, everyMs, clients: count }: SoakOptions): Promise<readonly Sample[]> {
  const startedAt = performance.now();
  const passedMs = () => performance.now() - startedAt;
  const successions = Array.from({ length: count }, () => clients.succession(() => passedMs() < runsMs));
  const samples: Sample[] = [];
  for (let next = 1; next * everyMs <= runsMs && !clients.areWrong; next++) {
    await setTimeout(Math.max(0, next * everyMs - passedMs()));
    const values = await valuesOf(storage, await host.measure());
    const sample = { atMs: passedMs(), acked: clients.acked, values };
    tellSample(sample, samples.length === 0);
    samples.push(sample);
  }
  await Promise.all(successions);
  return samples;
}
