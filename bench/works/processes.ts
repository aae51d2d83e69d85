import { once } from 'node:events';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { DurableHost } from '../../src/index.js';
import { kill, reportOf, startChild, startChildOf, type Report } from '../children/child.js';
import { percentile, type Figure } from '../figure.js';
import { packedCopy } from '../packed-copy.js';
import { Counter, everything } from '../programs.js';
import { inTemporaryFolder } from '../temporary.js';
import type { OwnWork } from '../work.js';
import { key } from './counters.js';

/** A figure with few known values. */
function figure(known: Pick<Figure, 'work'> & Partial<Figure>): Figure {
  const nothing = Number.NaN;
  return {
    inFlight: 1,
    perSecond: nothing,
    p50Ms: nothing,
    p99Ms: nothing,
    ceilingPerSecond: nothing,
    commits: nothing,
    rowsPerMessage: nothing,
    bytesPerMessage: nothing,
    loopUse: nothing,
    cpuUsPerMessage: nothing,
    ...known,
  };
}

const programsOfBuild = join(import.meta.dirname, '../children');

/** Time from the start of the process to its report, in ms, and the report. */
async function timeOf(folder: string, program: string, file: string): Promise<{ ms: number; report: Report }> {
  const begunMs = performance.now();
  const child = startChildOf(folder, program, file);
  const report = await reportOf(child);
  const ms = performance.now() - begunMs;
  if (child.exitCode === null) await once(child, 'exit');
  return { ms, report };
}

function start(name: string, says: string, fileOf: (round: number) => string): OwnWork {
  return {
    name,
    says,
    measure: (seconds) =>
      inTemporaryFolder(async (folder) => {
        const rounds = Math.max(3, Math.min(15, Math.round(seconds * 5)));
        const ours: number[] = [];
        const raw: number[] = [];
        let rssMiB = 0;
        const programs = await packedCopy(join(folder, 'package'));
        if (fileOf(0) === fileOf(1)) await timeOf(programs, 'first-commit', join(folder, fileOf(0)));
        for (let round = 0; round < rounds; round++) {
          const { ms, report } = await timeOf(programs, 'first-commit', join(folder, fileOf(round)));
          ours.push(ms);
          rssMiB = report['rssMiB'] as number;
          raw.push((await timeOf(programsOfBuild, 'first-raw-commit', join(folder, `raw-${fileOf(round)}`))).ms);
        }
        const p50Ms = percentile(ours, 0.5);
        return [
          figure({
            work: name,
            perSecond: 1_000 / p50Ms,
            p50Ms,
            p99Ms: percentile(ours, 0.99),
            ceilingPerSecond: 1_000 / percentile(raw, 0.5),
            more: { rssMiB },
          }),
        ];
      }),
  };
}

const memory: OwnWork = {
  name: 'w6-memory',
  says: 'resident memory of a process that has used 100,000 entities once (of which 20,000 stay in memory)',
  measure: (seconds) =>
    inTemporaryFolder(async (folder) => {
      const entities = seconds < 1 ? 10_000 : 100_000;
      const child = startChild('many-entities', join(folder, 'many.db'), String(entities));
      const { rssMiB, rssMiBMax } = (await reportOf(child)) as { rssMiB: number; rssMiBMax: number };
      if (child.exitCode === null) await once(child, 'exit');
      return [figure({ work: 'w6-memory', inFlight: 1_000, more: { entities, rssMiB, rssMiBMax } })];
    }),
};

const heap: OwnWork = {
  name: 'w6-heap',
  says: 'bytes of heap of an entity in memory that is idle: a key of six letters and a state of one number',
  measure: () =>
    inTemporaryFolder(async (folder) => {
      const entities = 15_000;
      const child = startChild('idle-entities', join(folder, 'idle.db'), String(entities));
      const { heapBytesPerEntity } = (await reportOf(child)) as { heapBytesPerEntity: number };
      if (child.exitCode === null) await once(child, 'exit');
      return [figure({ work: 'w6-heap', inFlight: 0, more: { entities, heapBytesPerEntity } })];
    }),
};

const idle: OwnWork = {
  name: 'w6-idle',
  says: 'an idle host, twelve seconds after its start: commits, other statements, share of a core',
  measure: (seconds) =>
    inTemporaryFolder(async (folder) => {
      const ms = Math.min(30_000, seconds * 5_000);
      const child = startChild('idle', join(folder, 'idle.db'), String(ms));
      const told = await reportOf(child);
      if (child.exitCode === null) await once(child, 'exit');
      const { calls, commits, cpuUs, elapsedMs, loopUse } = told as Record<string, number> & { loopUse: number };
      const elapsedS = (elapsedMs as number) / 1_000;
      return [
        figure({
          work: 'w6-idle',
          inFlight: 0,
          commits,
          loopUse,
          more: {
            seconds: elapsedS,
            statementsPerSecond: ((calls as number) - (commits as number)) / elapsedS,
            coreShare: (cpuUs as number) / 1e6 / elapsedS,
          },
        }),
      ];
    }),
};

const killed: OwnWork = {
  name: 'w7',
  says: 'kill -9 in the middle of w1, and a restart: every acknowledged message is there, once (latency: start to all counters read)',
  measure: (seconds) =>
    inTemporaryFolder(async (folder) => {
      const file = join(folder, 'killed.db');
      const child = startChild('signals', file);
      await reportOf(child);
      let last = { acknowledged: 0 };
      child.on('message', (said) => (last = said as typeof last));
      const begunMs = performance.now();
      await setTimeout(seconds * 500);
      await kill(child);
      const ranMs = performance.now() - begunMs;

      const againMs = performance.now();
      const host = await DurableHost.start({ storage: file, register: everything });
      let sum = 0;
      for (let i = 0; i < 100; i++)
        sum += await host.client.callEntity(Counter, key(i), (counter) => counter.increase(0));
      const p50Ms = performance.now() - againMs;
      await host.stop();
      const { acknowledged } = last;
      if (sum < acknowledged) throw new Error(`${acknowledged} were acknowledged, ${sum} are there.`);
      return [
        figure({
          work: 'w7',
          inFlight: 64,
          perSecond: (acknowledged / ranMs) * 1_000,
          p50Ms,
          p99Ms: p50Ms,
          more: { acknowledged, stored: sum },
        }),
      ];
    }),
};

export const processes: readonly OwnWork[] = [
  start(
    'w6-start',
    'start of a process to its first commit, on a database that is there, with the files of the published package (ceiling: the driver alone)',
    () => 'a.db',
  ),
  start('w6-start-new', 'the same on a new database: its tables are made', (round) => `new-${round}.db`),
  memory,
  heap,
  idle,
  killed,
];
