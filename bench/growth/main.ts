/**
 * `npm run bench:growth [-- --seconds S] [--most N] [--json FILE]`: measures the cost of a message while entities, stored
 * messages, ended orchestrations and histories grow.
 */
import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { number } from '../lines.js';
import { plans, type Cost, type Curve } from './curves.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '2' },
    /** The largest measured size. */
    most: { type: 'string', default: '1000000' },
    json: { type: 'string' },
  },
});
const [seconds, most] = [Number(values.seconds), Number(values.most)];
if (!(seconds > 0) || !(most >= 10)) {
  console.error('--seconds takes a number above 0, --most one of at least 10.');
  process.exit(2);
}

const curves: Curve[] = [];
for (const plan of plans) {
  const { name, grows, says, sizes } = plan;
  console.log(`\n${name}: ${says}\n${grows.padStart(32)}${'cpu us/msg'.padStart(14)}${'us/msg'.padStart(12)}`);
  const costs: Cost[] = [];
  for (const size of sizes) {
    if (size > most) continue;
    const cost = await plan.measure(size, seconds);
    costs.push(cost);
    console.log(number(size).padStart(32) + number(cost.cpuUs, 1).padStart(14) + number(cost.wallUs, 1).padStart(12));
  }
  curves.push({ name, grows, says, costs });
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(curves, null, 2)}\n`);
