/**
 * `npm run bench:growth [-- NAME ...] [--seconds S] [--most N] [--json FILE]`: measures the cost of a message while entities, stored
 * messages, ended orchestrations and histories grow, and while a task hub ages. Names choose some of the curves.
 */
import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { number } from '../lines.js';
import { plans } from './curves.js';
import type { Cost, Curve } from './plan.js';

const { values, positionals } = parseArgs({
  options: {
    seconds: { type: 'string', default: '2' },
    /** The largest measured size. */
    most: { type: 'string', default: '1000000' },
    json: { type: 'string' },
  },
  allowPositionals: true,
});
const [seconds, most] = [Number(values.seconds), Number(values.most)];
const unknown = positionals.filter((name) => !plans.some((plan) => plan.name === name));
if (!(seconds > 0) || !(most >= 10) || unknown.length > 0) {
  console.error(
    `--seconds takes a number above 0, --most one of at least 10. Names: ${plans.map(({ name }) => `'${name}'`).join(', ')}.`,
  );
  process.exit(2);
}

const curves: Curve[] = [];
for (const plan of plans) {
  if (positionals.length > 0 && !positionals.includes(plan.name)) continue;
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
