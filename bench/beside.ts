/**
 * `npm run bench:beside -- FOLDER [--works w3,w4] [--rounds 3] [--in-flight 64]`: runs works of this version and of the version whose built
 * checkout is in FOLDER by turns, through the public API of each, and prints the CPU time of a message. Both see the same machine.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { kill, reportOf, startChild } from './children/child.js';
import { percentile } from './figure.js';

/** The units of a chunk, by work. */
const unitsOf: Readonly<Record<string, number>> = {
  w1: 20_000,
  w2: 20_000,
  'w2-request-id': 10_000,
  w3: 6_000,
  w4: 6_000,
  saga: 1_500,
};
const chunks = 4;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    works: { type: 'string', default: Object.keys(unitsOf).join(',') },
    rounds: { type: 'string', default: '3' },
    'in-flight': { type: 'string', default: '64' },
  },
});
const [other] = positionals;
const [rounds, inFlight] = [Number(values.rounds), Number(values['in-flight'])];
const works = values.works.split(',');
const unknown = works.find((work) => !(work in unitsOf));
if (other === undefined || positionals.length > 1 || unknown !== undefined || !(rounds >= 1) || !(inFlight >= 1)) {
  console.error(`Give the folder of a built checkout. Works: ${Object.keys(unitsOf).join(', ')}. Numbers are above 0.`);
  process.exit(2);
}

const sides = [resolve(other), resolve(import.meta.dirname, '../..')] as const;
console.log('CPU µs a message: the least chunk, and the median of all chunks\n');
console.log(`${'work'.padEnd(16)}${'before'.padStart(18)}${'now'.padStart(18)}${'ratio'.padStart(16)}`);
for (const work of works) {
  const found: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++)
    for (const side of [0, 1] as const) found[side].push(...(await of(work, sides[side])));
  const [before, now] = found.map((each) => ({ least: Math.min(...each), median: percentile(each, 0.5) })) as [
    Cost,
    Cost,
  ];
  const both = ({ least, median }: Cost) => `${least.toFixed(1)}, ${median.toFixed(1)}`.padStart(18);
  const ratio = `${(now.least / before.least).toFixed(2)}, ${(now.median / before.median).toFixed(2)}`;
  console.log(work.padEnd(16) + both(before) + both(now) + ratio.padStart(16));
}

interface Cost {
  readonly least: number;
  readonly median: number;
}

/** The costs of the chunks of one process. */
async function of(work: string, folder: string): Promise<number[]> {
  const child = startChild('public-work', folder, work, String(inFlight), String(unitsOf[work]), String(chunks));
  try {
    return Object.values(await reportOf(child));
  } finally {
    await kill(child);
  }
}
