/**
 * `npm run bench:docs [-- --figures FILE] [--growth FILE] [--peers FILE] [--operate FILE] [--instructions FILE] [--restate FILE]`: puts the JSON files of `bench`,
 * `bench:growth`, `bench:peers` (`--json`, and `--on-restate` for `--restate`), `bench -- operate` and `bench:instructions` into the documentation, measures the machine, and draws the curves. Figures without a new file stay as they are.
 */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chart } from '../growth/chart.js';
import { measuredMachine } from './machine.js';
import { folder, pictureOf, stored } from './stored.js';

const { values } = parseArgs({
  options: {
    figures: { type: 'string' },
    growth: { type: 'string' },
    peers: { type: 'string' },
    operate: { type: 'string' },
    instructions: { type: 'string' },
    restate: { type: 'string' },
  },
});

mkdirSync(folder, { recursive: true });
for (const [name, file] of Object.entries(values)) {
  if (file !== undefined) copyFileSync(file, join(folder, `${name}.json`));
}
if (values.figures !== undefined) {
  writeFileSync(join(folder, 'machine.json'), `${JSON.stringify(await measuredMachine(), null, 2)}\n`);
}
const { growth } = stored();
for (const grows of new Set(growth.map((curve) => curve.grows))) {
  const series = growth
    .filter((curve) => curve.grows === grows)
    .map(({ name, costs }) => ({ name, points: costs.map(({ size, cpuUs }) => [size, cpuUs] as const) }));
  writeFileSync(join(folder, pictureOf(grows)), chart('Cost per message', grows, 'CPU, µs per message', series));
}
process.argv.splice(2);
await import('../../test/docs/update.js');
