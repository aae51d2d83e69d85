/**
 * `npm run bench:peers [-- PEER ...] [--works w1,w3] [--rounds N] [--storage postgres] [--json FILE] [--on-restate FILE]`: installs the
 * peers into a temporary folder and runs their scripts and ours alternately. With `--storage postgres` ours use the server of the peer that
 * needs one, in the same rounds. Prints the figures and the ratios, as median (least to most) over the rounds. The script of Restate also runs
 * our code on its server, after each of its works: a second table compares that with its handlers, and `--on-restate` stores the figures.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { inTemporaryFolder } from '../temporary.js';
import { comparisons, comparisonTable, type Comparison, type Round } from './comparison.js';
import { peers, type Peer } from './contestants.js';
import { startPostgres, type Postgres } from './postgres.js';
import { run, type Ended } from './processes.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    works: { type: 'string', default: 'w6,w2,w1,w3,w4,w5' },
    minutes: { type: 'string', default: '10' },
    storage: { type: 'string', default: 'sqlite' },
    json: { type: 'string' },
    'on-restate': { type: 'string' },
  },
});
const [rounds, minutes] = [Number(values.rounds), Number(values.minutes)];
const unknown = positionals.filter((name) => !peers.some((peer) => peer.name === name));
if (!(rounds >= 1) || !(minutes > 0) || unknown.length > 0) {
  console.error(
    `Peers: ${peers.map(({ name }) => name).join(', ')}. --rounds and --minutes (for one script) take numbers.`,
  );
  process.exit(2);
}
if (!['sqlite', 'postgres'].includes(values.storage)) {
  console.error('--storage takes sqlite or postgres.');
  process.exit(2);
}

/** The folder of the scripts, which is the folder of the source of this file. */
const scripts = resolve(import.meta.dirname, '../../../bench/peers');
const environment = { RUNS: '1', ONLY: values.works, QUIET_S: '3' };

await inTemporaryFolder(async (folder) => {
  cpSync(join(scripts, 'lib'), join(folder, 'lib'), { recursive: true });
  const done: Round[] = [];
  const onTheirs: Round[] = [];
  for (const peer of peers) {
    if (positionals.length > 0 && !positionals.includes(peer.name)) continue;
    console.log(`\n${peer.says}`);
    try {
      const { beside, onServer } = await besideUs(peer, folder);
      done.push(...beside);
      onTheirs.push(...onServer);
    } catch (error) {
      console.log(`  left out: ${error instanceof Error ? (error.message.split('\n')[0] as string) : String(error)}`);
    }
  }
  const rows = comparisons(done);
  console.log(`\n${comparisonTable(rows)}`);
  store(values.json, rows);
  if (onTheirs.length === 0) return;
  const same = comparisons(onTheirs);
  console.log(`\nOur code on the Restate server, beside handlers written for it:\n${comparisonTable(same)}`);
  store(values['on-restate'], same);
});

function store(file: string | undefined, rows: readonly Comparison[]): void {
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(rows, null, 2)}\n`);
}

interface Rounds {
  /** Ours on our storage. */
  readonly beside: readonly Round[];
  /** Ours on the server of the peer. */
  readonly onServer: readonly Round[];
}

/** @throws if the peer cannot be installed or started */
async function besideUs(peer: Peer, folder: string): Promise<Rounds> {
  const home = join(folder, peer.name);
  cpSync(join(scripts, peer.name), home, { recursive: true });
  install(home);
  const node = nodeFor(peer, folder);
  const postgres = peer.needsPostgres === true ? await startPostgres() : undefined;
  try {
    const beside: Round[] = [];
    const onServer: Round[] = [];
    for (let round = 1; round <= rounds; round++) {
      const ours = await run(process.execPath, [join(import.meta.dirname, 'ours.js')], {
        cwd: folder,
        env: ourEnvironment(peer, postgres),
        minutes,
      });
      say(`round ${round}, we`, ours);
      const theirs = await run(node, ['bench.mjs'], {
        cwd: home,
        env: environmentFor(peer, postgres),
        // A script that runs our code too does its work twice.
        minutes: peer.runsOurs === true ? 2 * minutes : minutes,
      });
      say(`round ${round}, ${peer.name}`, theirs);
      const lines = theirs.lines.filter(({ on }) => on === undefined);
      beside.push({ peer: peer.name, ours: ours.lines, theirs: lines });
      const onTheirs = theirs.lines.filter(({ on }) => on !== undefined);
      if (onTheirs.length > 0) onServer.push({ peer: peer.name, ours: onTheirs, theirs: lines });
    }
    return { beside, onServer };
  } finally {
    await postgres?.stop();
  }
}

/** Ours run on the server of the peer, if they shall. @throws if the peer needs no server */
function ourEnvironment(peer: Peer, postgres: Postgres | undefined): Readonly<Record<string, string>> {
  if (values.storage === 'sqlite') return { ...environment, ...sizesOf(peer) };
  if (postgres === undefined) throw new Error('it needs no PostgreSQL, so there is no server for --storage postgres');
  const url = new URL(postgres.url);
  // The peer makes the database that its own URL names.
  url.pathname = '/postgres';
  return { ...environment, ...sizesOf(peer), OURS_URL: url.href };
}

function environmentFor(peer: Peer, postgres: Postgres | undefined): Readonly<Record<string, string>> {
  const given = { ...environment, ...sizesOf(peer) };
  if (peer.runsOurs === true) return { ...given, OURS: join(import.meta.dirname, 'ours.js') };
  if (postgres === undefined) return given;
  return { ...given, DBOS_URL: postgres.url, PG_PID: String(postgres.pid) };
}

function sizesOf({ sizes = {} }: Peer): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(sizes).filter(([name]) => process.env[name] === undefined));
}

function install(folder: string, ...packages: readonly string[]): void {
  const given = ['install', '--no-audit', '--no-fund', '--loglevel=error', ...packages];
  try {
    execFileSync('npm', given, { cwd: folder, stdio: 'pipe', encoding: 'utf8', timeout: 10 * 60_000 });
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new Error(`npm install: ${stderr?.split('\n')[0] ?? String(error)}`, { cause: error });
  }
}

/** A new enough Node: the running one, or one from the registry. */
function nodeFor({ nodeMajor }: Peer, folder: string): string {
  if (Number(process.versions.node.split('.')[0]) >= nodeMajor) return process.execPath;
  const home = join(folder, 'node');
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), '{ "private": true }\n');
  install(home, 'node@24');
  return join(home, 'node_modules/.bin/node');
}

function say(who: string, { lines, failure }: Ended): void {
  console.log(`  ${who}: ${lines.length} figures${failure === undefined ? '' : `; ${failure}`}`);
}
