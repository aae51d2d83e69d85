/**
 * `public-work FOLDER WORK IN_FLIGHT UNITS CHUNKS`: a work through the public API of the build in FOLDER, which may be of another version.
 * Reports the CPU time of a unit, for each chunk of units.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createRequire } from 'node:module';
import { inTemporaryFolder } from '../temporary.js';
import { report } from './child.js';

const [folder, name, ...numbers] = process.argv.slice(2) as [string, string, ...string[]];
const [inFlight, units, chunks] = numbers.map(Number) as [number, number, number];

const of = (file: string) => import(pathToFileURL(join(folder, file)).href);
await import(pathToFileURL(createRequire(join(folder, 'package.json')).resolve('reflect-metadata')).href);
const { DurableHost } = (await of('dist/src/index.js')) as typeof import('../../src/index.js');
const programs = (await of('dist/bench/programs.js')) as typeof import('../programs.js');
const { Counter, everything, saga, tiny, transfer } = programs;

await inTemporaryFolder(async (temporary) => {
  const host = await DurableHost.start({ storage: join(temporary, 'hub.db'), register: everything });
  const { client } = host;
  const key = (i: number) => `account${i % 100}`;
  const works: Readonly<Record<string, (i: number) => Promise<unknown>>> = {
    w1: (i) => client.signalEntity(Counter, key(i), (counter) => counter.add(1)),
    w2: (i) => client.callEntity(Counter, key(i), (counter) => counter.increase(1)),
    'w2-request-id': (i) =>
      client.callEntity(Counter, key(i), (counter) => counter.increase(1), {
        requestId: `request-${String(i).padStart(9, '0')}`,
      }),
    w3: async (i) => (await client.startNew(tiny, { input: { a: key(i), b: key(i + 1) } })).result(),
    w4: async (i) => {
      const input = { from: key(i * 7_919), to: key(i * 7_919 + 1 + ((i * 104_729) % 12)), amount: 1 };
      return (await client.startNew(transfer, { input })).result();
    },
    saga: async (i) => (await client.startNew(saga, { input: i })).result(),
  };
  const unit = works[name];
  if (unit === undefined) throw new Error(`There is no work ${name}. The works are ${Object.keys(works).join(', ')}.`);
  let next = 0;
  const run = async (count: number) => {
    const end = next + count;
    await Promise.all(
      Array.from({ length: inFlight }, async () => {
        while (next < end) await unit(next++);
      }),
    );
  };
  await run(units);
  const told: Record<string, number> = {};
  for (let chunk = 0; chunk < chunks; chunk++) {
    const before = process.cpuUsage();
    await run(units);
    const { user, system } = process.cpuUsage(before);
    told[chunk] = (user + system) / units;
  }
  report(told);
  await host.stop();
});
process.disconnect();
