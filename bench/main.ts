/**
 * `npm run bench [-- WORK ...] [--seconds S] [--json FILE]`: what this machine does with embedded SQLite, WAL, synchronous=FULL,
 * acknowledged = synced. Beside each figure stands what the same rows cost through the same statement with nothing around.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { measure, type Figure } from './measure.js';
import { works } from './works.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '3' }, json: { type: 'string' } },
});
const seconds = Number(values.seconds);
const unknown = positionals.filter((name) => !works.some((work) => work.name === name));
if (!(seconds > 0) || unknown.length > 0) {
  console.error(`Works: ${works.map(({ name }) => name).join(', ')}. --seconds takes a number above 0.`);
  process.exit(2);
}

console.log(`Node ${process.version}, ${cpus().length} cores, SQLite WAL synchronous=FULL, ${seconds} s each\n`);
console.log(
  'work          in flight         /s     ceiling    of it    p50 ms   p99 ms   commits  rows/msg  bytes/msg  cpu us/msg',
);
const figures: Figure[] = [];
for (const work of works) {
  if (positionals.length > 0 && !positionals.includes(work.name)) continue;
  for (const inFlight of work.inFlight) {
    const figure = await measure(work, inFlight, seconds);
    figures.push(figure);
    console.log(line(figure));
  }
  console.log(`  ${work.says}`);
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`);

function line(figure: Figure): string {
  const whole = (value: number, width: number) => Math.round(value).toLocaleString('en-US').padStart(width);
  const share = `${Math.round((figure.perSecond / figure.ceilingPerSecond) * 100)} %`;
  return [
    figure.work.padEnd(14),
    whole(figure.inFlight, 9),
    whole(figure.perSecond, 11),
    whole(figure.ceilingPerSecond, 12),
    share.padStart(9),
    figure.p50Ms.toFixed(2).padStart(10),
    figure.p99Ms.toFixed(2).padStart(9),
    whole(figure.commits, 10),
    figure.rowsPerMessage.toFixed(2).padStart(10),
    whole(figure.bytesPerMessage, 11),
    figure.cpuUsPerMessage.toFixed(1).padStart(12),
  ].join('');
}
