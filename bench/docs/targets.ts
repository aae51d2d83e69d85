/** Targets and measured values. */
import type { Figure } from '../figure.js';
import { number, percent } from '../lines.js';
import type { Stored } from './stored.js';

export interface Target {
  readonly work: string;
  readonly aim: string;
  readonly measured: string;
  /** `undefined` if it was not measured. */
  readonly met: boolean | undefined;
}

interface Aim {
  readonly work: string;
  readonly aim: string;
  /** `undefined` if its figures were not measured. */
  readonly value: number | undefined;
  readonly holds: (value: number) => boolean;
  readonly show: (value: number) => string;
}

const times = (value: number) => `${number(value, 1)} ×`;
const perSecond = (value: number) => `${number(value)}/s`;
const ms = (value: number) => `${number(value, value < 10 ? 2 : 0)} ms`;
const count = (value: number) => number(value, 1);
const atLeast = (bound: number) => (value: number) => value >= bound;
const atMost = (bound: number) => (value: number) => value <= bound;

export function targets(stored: Stored): Target[] {
  return aims(stored).map(({ work, aim, value, holds, show }) => ({
    work,
    aim,
    measured: value === undefined ? 'not measured' : show(value),
    met: value === undefined ? undefined : holds(value),
  }));
}

function aims({ figures, peers, machine }: Stored): Aim[] {
  const figureOf = (work: string, inFlight: number): Figure | undefined =>
    figures.find((figure) => figure.work === work && figure.inFlight === inFlight);
  /** A number of a figure, which is null in JSON if it is NaN. */
  const of = (work: string, inFlight: number, value: (figure: Figure) => number | null | undefined) => {
    const figure = figureOf(work, inFlight);
    const found = figure === undefined ? undefined : value(figure);
    return found ?? undefined;
  };
  const share = (work: string, inFlight: number) => of(work, inFlight, (f) => f.perSecond / f.ceilingPerSecond);
  const ratio = (a: number | undefined, b: number | undefined) =>
    a === undefined || b === undefined ? undefined : a / b;
  const rate = (work: string, inFlight: number) => of(work, inFlight, (f) => f.perSecond);
  const p50 = (work: string, inFlight: number) => of(work, inFlight, (f) => f.p50Ms);
  const p99 = (work: string, inFlight: number) => of(work, inFlight, (f) => f.p99Ms);
  const rows = (work: string, inFlight: number) => of(work, inFlight, (f) => f.rowsPerMessage);
  const cpu = (work: string, title: string, boundUs: number): Aim => ({
    work: title,
    aim: `≤ ${boundUs} µs of CPU`,
    value: of(work, 64, (f) => f.cpuUsPerMessage),
    holds: atMost(boundUs),
    show: (value) => `${number(value, 1)} µs`,
  });
  const syncMs = machine?.syncP50Ms ?? 0;
  /** The ratio to the fastest peer with durable work. */
  const nearest = (work: string, ofPeer?: string) => {
    const ratios = peers
      .filter((row) => row.work === work && (ofPeer === undefined || row.peer === ofPeer))
      .filter((row) => row.peer !== 'durabletask' && !row.theirWork.includes('not durable'))
      .map((row) => row.ratio.median);
    return ratios.length === 0 ? undefined : Math.min(...ratios);
  };

  return [
    {
      work: 'w1, 1,000 in flight',
      aim: '≥ 100 × the best peer',
      value: nearest('W1 c1000'),
      holds: atLeast(100),
      show: times,
    },
    {
      work: 'w1, 1,000 in flight',
      aim: '≥ 200,000/s, or ≥ 30 % of the ceiling',
      value: rate('w1', 1_000),
      holds: (value) => value >= 200_000 || (share('w1', 1_000) ?? 0) >= 0.3,
      show: (value) => `${perSecond(value)}, ${percent(share('w1', 1_000) ?? 0)}`,
    },
    {
      work: 'w1, 64 in flight',
      aim: '≥ 30 × the best peer',
      value: nearest('W1 c64'),
      holds: atLeast(30),
      show: times,
    },
    {
      work: 'w1, 64 in flight',
      aim: '≥ 50 % of the ceiling',
      value: share('w1', 64),
      holds: atLeast(0.5),
      show: percent,
    },
    {
      work: 'one hot entity, 1,000 in flight',
      aim: '≥ 200,000/s',
      value: rate('w1-hot', 1_000),
      holds: atLeast(200_000),
      show: perSecond,
    },
    {
      work: 'w2, 64 in flight',
      aim: '≥ 15 × the best peer',
      value: nearest('W2 c64'),
      holds: atLeast(15),
      show: times,
    },
    {
      work: 'w2 with request ids, 64 in flight',
      aim: '≥ 10 × the best peer',
      value: nearest('W2 c64 with request ids'),
      holds: atLeast(10),
      show: times,
    },
    {
      work: 'w2, one at a time',
      aim: 'p50 ≤ one sync + 0.3 ms',
      value: p50('w2', 1),
      holds: atMost(syncMs + 0.3),
      show: ms,
    },
    {
      work: 'w2 with request ids, 64 in flight',
      aim: '≥ 28,000/s',
      value: rate('w2-request-id', 64),
      holds: atLeast(28_000),
      show: perSecond,
    },
    cpu('w2-request-id', 'w2 with request ids, 64 in flight', 35),
    {
      work: 'w3, 64 in flight',
      aim: '≥ 30 × the best durable peer',
      value: nearest('W3 c64'),
      holds: atLeast(30),
      show: times,
    },
    cpu('w3', 'w3, 64 in flight', 45),
    {
      work: 'w3, one at a time',
      aim: 'p50 ≤ one sync + 0.5 ms',
      value: p50('w3', 1),
      holds: atMost(syncMs + 0.5),
      show: ms,
    },
    {
      work: 'w4, 64 in flight',
      aim: '≥ 25 × an SQL transaction in DBOS',
      value: nearest('W4', 'dbos'),
      holds: atLeast(25),
      show: times,
    },
    cpu('w4', 'w4, 64 in flight', 65),
    { work: 'w4, 1,000 in flight', aim: 'p99 ≤ 100 ms', value: p99('w4', 1_000), holds: atMost(100), show: ms },
    {
      work: 'w4, 1,000 in flight',
      aim: 'p99 ≤ 1.7 × p50',
      value: ratio(p99('w4', 1_000), p50('w4', 1_000)),
      holds: atMost(1.7),
      show: times,
    },
    cpu('saga', 'saga, 64 in flight', 130),
    { work: 'saga, 64 in flight', aim: '≤ 10 rows', value: rows('saga', 64), holds: atMost(10), show: count },
    { work: 'w5, 1,000 wide', aim: '≤ 20 ms', value: p50('w5-1000', 1), holds: atMost(20), show: ms },
    { work: 'w5, 10,000 wide', aim: '≤ 300 ms', value: p50('w5-10000', 1), holds: atMost(300), show: ms },
    {
      work: 'default effects, 64 in flight',
      aim: 'within 2.5 × of none',
      value: ratio(rate('w1', 64), rate('w1-external', 64)),
      holds: atMost(2.5),
      show: times,
    },
    {
      work: 'default effects, 1,000 in flight',
      aim: '≥ 45,000/s',
      value: rate('w1-external', 1_000),
      holds: atLeast(45_000),
      show: perSecond,
    },
    {
      work: 'default effects, 1,000 in flight',
      aim: '≤ 2 rows a message',
      value: rows('w1-external', 1_000),
      holds: atMost(2),
      show: count,
    },
    {
      work: 'class entity, 1,000 in flight',
      aim: 'within 1.3 × of a function entity',
      value: ratio(rate('w1-function', 1_000), rate('w1', 1_000)),
      holds: atMost(1.3),
      show: times,
    },
    { work: 'start to first commit', aim: '≤ 260 ms', value: p50('w6-start', 1), holds: atMost(260), show: ms },
    {
      work: '100,000 entities touched',
      aim: '≤ 210 MiB resident',
      value: of('w6-memory', 1_000, (f) => (f.more?.['entities'] === 100_000 ? f.more['rssMiB'] : undefined)),
      holds: atMost(210),
      show: (value) => `${number(value)} MiB`,
    },
    {
      work: 'an idle entity in memory',
      aim: '≤ 800 bytes of heap',
      value: of('w6-heap', 0, (f) => f.more?.['heapBytesPerEntity']),
      holds: atMost(800),
      show: (value) => number(value),
    },
    {
      work: 'idle',
      aim: '≤ 1 statement a second',
      value: of('w6-idle', 0, (f) => f.more?.['statementsPerSecond']),
      holds: atMost(1),
      show: (value) => number(value, 2),
    },
    {
      work: 'idle',
      aim: '≤ 0.5 % of a core',
      value: of('w6-idle', 0, (f) => f.more?.['coreShare']),
      holds: atMost(0.005),
      show: (value) => `${number(value * 100, 2)} %`,
    },
  ];
}
