/** The peers: the needs of each script, and the format of its lines. */
export interface Peer {
  readonly name: string;
  /** The major version of Node that its packages need. */
  readonly nodeMajor: number;
  readonly needsPostgres?: true;
  /** Whether our code runs on the server of this peer too, after each of its works. */
  readonly runsOurs?: true;
  /** The units of each work, for all scripts of its rounds, if those of the scripts take too long. A variable of the environment wins. */
  readonly sizes?: Readonly<Record<string, string>>;
  readonly says: string;
}

export const peers: readonly Peer[] = [
  {
    name: 'restate',
    nodeMajor: 22,
    runsOurs: true,
    // Its works run twice. A round of w2, w3 and w4 takes less than three minutes on two cores.
    sizes: { SEQ: '300', W3SEQ: '100', W1N: '10000', W2N: '3000', W3N: '800', W4N: '600' },
    says: 'Restate: a server beside the application',
  },
  { name: 'dbos', nodeMajor: 20, needsPostgres: true, says: 'DBOS: a library on PostgreSQL' },
  { name: 'workerd', nodeMajor: 20, says: 'Durable Objects on workerd; no durable one-way messages or orchestrations' },
  { name: 'rivet', nodeMajor: 22, says: 'Rivet: actors on an engine beside the application' },
  { name: 'durabletask', nodeMajor: 22, says: 'durabletask-js in memory: nothing is durable, its upper bound' },
];

/** One line of a script, with one measurement. */
export interface Line {
  readonly w: string;
  /** Present if our code did the work on the server of the peer. */
  readonly on?: 'restate';
  readonly perSec?: number;
  readonly p50?: number;
  readonly wall?: number;
  readonly firstCallMs?: number;
  readonly firstMs?: number;
  readonly sinceProcessStart?: number;
}

/** The measurements of this library, and the beginnings of the names of the compared measurements of the peers. */
export const compared: readonly { readonly ours: string; readonly theirs: string; readonly unit: '/s' | 'ms' }[] = [
  { ours: 'W1 c64', theirs: 'W1', unit: '/s' },
  { ours: 'W1 c1000', theirs: 'W1', unit: '/s' },
  { ours: 'W2 seq', theirs: 'W2 seq', unit: 'ms' },
  { ours: 'W2 c64', theirs: 'W2 c64', unit: '/s' },
  { ours: 'W2 c64 with request ids', theirs: 'W2 c64', unit: '/s' },
  { ours: 'W3 seq', theirs: 'W3 seq', unit: 'ms' },
  { ours: 'W3 c64', theirs: 'W3 c64', unit: '/s' },
  { ours: 'W4', theirs: 'W4', unit: '/s' },
  { ours: 'W5', theirs: 'W5', unit: 'ms' },
  { ours: 'W6 cold start', theirs: 'W6 cold start', unit: 'ms' },
];

/** Messages per second, or ms. */
export function valueOf(line: Line, unit: '/s' | 'ms'): number | undefined {
  if (unit === '/s') return line.perSec;
  return (
    line.p50 ??
    line.firstCallMs ??
    line.firstMs ??
    line.sinceProcessStart ??
    (line.wall === undefined ? undefined : line.wall * 1_000)
  );
}
