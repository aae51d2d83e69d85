/**
 * `npm run bench [-- WORK ...] [--seconds S] [--json FILE] [--storage postgres|mysql] [--statistics]`: measures this machine with
 * embedded SQLite (WAL, synchronous=FULL), or with a PostgreSQL, MySQL or MariaDB server that it starts. Works in processes of their own
 * always use SQLite. With `--statistics` the host counts for an inspector.
 * `--storage postgres --workers N` runs the works w1 to w4 with N worker processes, and measures remote calls, hand-over and takeover.
 * Acknowledged messages are synced. The ceiling of a figure is the cost of the same rows through the same statement without the engine.
 * `npm run bench -- --compare BEFORE.json AFTER.json` compares two such files.
 * `npm run bench -- operate [--rounds N]` measures the dashboard, the API, the command line and telemetry: see `operate/main.ts`.
 */
import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { comparison } from './compare.js';
import { databaseKinds, withSchema } from './databases.js';
import type { Figure } from './figure.js';
import { headLine, lineOf } from './lines.js';
import { measureLoad } from './measure.js';
import { Cluster } from './cluster/cluster.js';
import type { LoadWork, Work } from './work.js';
import { works, worksNamed } from './works/index.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '2' },
    json: { type: 'string' },
    storage: { type: 'string', default: 'sqlite' },
    workers: { type: 'string' },
    statistics: { type: 'boolean', default: false },
    compare: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '7' },
    only: { type: 'string', multiple: true },
  },
});
const names = { sqlite: 'SQLite WAL synchronous=FULL', postgres: 'PostgreSQL fsync=on', mysql: 'MySQL or MariaDB' };
const clusterWorks = ['w1', 'w2', 'w3', 'w4'];
const seconds = Number(values.seconds);
const kind = databaseKinds.find((each) => each === values.storage) ?? 'sqlite';
const isOperate = positionals[0] === 'operate';
const { chosen, unknown } = worksNamed(values.compare || isOperate ? [] : positionals);
if (isOperate) await operate();
else if (values.compare) {
  const [before, after] = positionals;
  if (before === undefined || after === undefined) stop('--compare takes two files written with --json.');
  console.log(comparison(before, after));
} else if (values.storage !== kind) {
  stop(`--storage takes ${databaseKinds.join(', ')}.`);
} else if (!(seconds > 0) || unknown.length > 0) {
  stop(`Works: ${works.map(({ name }) => name).join(', ')}. --seconds takes a number above 0.`);
} else if (values.workers !== undefined) {
  const workers = Number(values.workers);
  const loads = worksNamed(positionals.length === 0 ? clusterWorks : positionals).chosen.filter(
    (work) => 'unit' in work,
  );
  if (kind !== 'postgres' || ![1, 2, 4].includes(workers)) stop('--workers takes 1, 2 or 4, with --storage postgres.');
  await runCluster(workers, loads);
} else await run(chosen);

/** Loads the browser's driver and the other parts only here. */
async function operate(): Promise<void> {
  const { measureOperation, parts } = await import('./operate/main.js');
  const rounds = Number(values.rounds);
  const only = parts.filter((part) => values.only?.includes(part) ?? true);
  if (!(rounds >= 1) || positionals.length > 1 || only.length < (values.only?.length ?? 1))
    stop(`operate takes --rounds from 1 and --only ${parts.join(', ')}.`);
  await measureOperation({ rounds: Math.floor(rounds), only, json: values.json });
}

/** Several worker processes share the works. */
async function runCluster(workers: number, loads: readonly LoadWork[]): Promise<void> {
  const what = `${workers} worker ${workers === 1 ? 'process' : 'processes'}`;
  console.log(`Node ${process.version}, ${cpus().length} cores, ${names.postgres}, ${what}, ${seconds} s each\n`);
  console.log(headLine);
  const figures = await withSchema(async (database) => {
    const cluster = await Cluster.start(database, workers);
    const measured: Figure[] = [];
    for (const work of loads)
      for (const inFlight of work.inFlight) {
        const figure = await cluster.measure(work, inFlight, seconds);
        measured.push(figure);
        console.log(lineOf(figure));
      }
    if (workers > 1)
      for (const [name, ms] of Object.entries(await cluster.measureTimes())) console.log(`${name}: ${ms.toFixed(1)}`);
    await cluster.stop();
    return measured;
  });
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`);
}

async function run(chosen: readonly Work[]): Promise<void> {
  console.log(`Node ${process.version}, ${cpus().length} cores, ${names[kind]}, ${seconds} s each\n`);
  console.log(headLine);
  const figures: Figure[] = [];
  const show = (figure: Figure) => {
    figures.push(figure);
    console.log(lineOf(figure));
  };
  for (const work of chosen) {
    if ('measure' in work) for (const figure of await work.measure(seconds)) show(figure);
    else
      for (const inFlight of work.inFlight)
        show(await measureLoad(work, inFlight, seconds, { kind, statistics: values.statistics }));
    console.log(`  ${work.says}`);
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`);
}

function stop(message: string): never {
  console.error(message);
  process.exit(2);
}
