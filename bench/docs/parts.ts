/** The parts of pages that show figures. */
import { cellsOf as costCells } from '../instructions/show.js';
import { number, percent, shareOfFixed } from '../lines.js';
import { budgetHead, cellsOf as budgetCells } from '../operate/budget.js';
import { cellsOf, comparisonHead } from '../peers/comparison.js';
import { works } from '../works/index.js';
import { pictureOf, stored } from './stored.js';
import { targets } from './targets.js';

type Table = (head: readonly string[], rows: readonly (readonly string[])[]) => string;

const notMeasured = 'Not measured yet.\n';

export function machinePart(): string {
  const { machine } = stored();
  if (machine === undefined) return notMeasured;
  const { cores, memoryGiB, node, platform, syncP50Ms, syncP99Ms, load, day } = machine;
  return [
    `${cores} cores, ${memoryGiB} GiB of memory, ${platform}, Node ${node}.`,
    `Appending 4 KiB to a file and syncing it: p50 ${syncP50Ms} ms, p99 ${syncP99Ms} ms.`,
    `Load average of the 15 minutes before: ${load}. Measured on ${day}.\n`,
  ].join(' ');
}

export function figuresPart(table: Table): string {
  const { figures } = stored();
  if (figures.length === 0) return notMeasured;
  const head = [
    'work',
    'in flight',
    'per second',
    'of the ceiling',
    'of the fixed one',
    'p50 ms',
    'p99 ms',
    'commits',
    'rows',
    'bytes',
    'loop',
    'CPU µs',
  ];
  const rows = figures.map((figure) => [
    figure.work,
    number(figure.inFlight),
    number(figure.perSecond, figure.perSecond < 100 ? 1 : 0),
    percent(figure.perSecond / figure.ceilingPerSecond),
    percent(shareOfFixed(figure)),
    number(figure.p50Ms, 2),
    number(figure.p99Ms, 2),
    number(figure.commits),
    number(figure.rowsPerMessage, 2),
    number(figure.bytesPerMessage),
    percent(figure.loopUse),
    number(figure.cpuUsPerMessage, 1),
  ]);
  const beyond = figures.flatMap(({ work, more }) =>
    more === undefined
      ? []
      : [
          `- ${work}: ${Object.entries(more)
            .map(([name, value]) => `${name} ${number(value, value < 10 ? 3 : 0)}`)
            .join(', ')}\n`,
        ],
  );
  return `${table(head, rows)}\n${beyond.join('')}`;
}

export function worksPart(table: Table): string {
  return table(
    ['work', 'is'],
    works.map(({ name, says }) => [name, says]),
  );
}

export function targetsPart(table: Table): string {
  const rows = targets(stored()).map(({ work, aim, measured, met }) => [
    work,
    aim,
    measured,
    met === undefined ? '' : met ? 'met' : '**missed**',
  ]);
  return table(['work', 'target', 'measured', ''], rows);
}

export function growthPart(table: Table): string {
  const { growth } = stored();
  if (growth.length === 0) return notMeasured;
  const grown = [...new Set(growth.map(({ grows }) => grows))];
  return grown
    .map((grows) => {
      const curves = growth.filter((curve) => curve.grows === grows);
      const says = curves.map(({ name, says }) => `- ${name}: ${says}\n`).join('');
      const sizes = curves[0]?.costs.map(({ size }) => size) ?? [];
      const head = [grows, ...curves.flatMap(({ name }) => [`${name}: CPU µs`, 'µs'])];
      const rows = sizes.map((size) => [
        number(size),
        ...curves.flatMap(({ costs }) => {
          const cost = costs.find((each) => each.size === size);
          return [number(cost?.cpuUs ?? Number.NaN, 1), number(cost?.wallUs ?? Number.NaN, 1)];
        }),
      ]);
      return `![Cost per message against the number of ${grows}](performance/${pictureOf(grows)})\n\n${says}\n${table(head, rows)}`;
    })
    .join('\n');
}

export function peersPart(table: Table): string {
  const { peers } = stored();
  return peers.length === 0 ? notMeasured : table(comparisonHead, peers.map(cellsOf));
}

export function restatePart(table: Table): string {
  const { restate } = stored();
  const head = ['our work', 'their work', '', 'our classes', 'handlers by hand', 'ratio of the speeds'];
  const rows = restate.map(cellsOf).map(([work = '', , theirs = '', ...figures]) => [work, theirs, ...figures]);
  return restate.length === 0 ? notMeasured : table(head, rows);
}

export function operatePart(table: Table): string {
  const { operate } = stored();
  return operate.length === 0 ? notMeasured : table(budgetHead, operate.map(budgetCells));
}

export function instructionsPart(table: Table): string {
  const { instructions } = stored();
  if (instructions === undefined) return notMeasured;
  const head = ['work', 'in flight', 'commits', 'kI', 'JSON', 'bytes', 'writes a commit'];
  const rows = instructions.costs.map((cost) => [cost.work, ...costCells(cost)]);
  return `SQLite ${instructions.sqlite}.\n\n${table(head, rows)}`;
}
