/** Parts of pages that are made from the code: between `<!-- generated: NAME -->` and `<!-- /generated -->`. */
import {
  figuresPart,
  growthPart,
  instructionsPart,
  machinePart,
  operatePart,
  peersPart,
  restatePart,
  targetsPart,
  worksPart,
} from '../../bench/docs/parts.js';
import { casesTable } from './cases.js';
import { checklistTable } from './checklist.js';
import { compatibleTable } from './compatible.js';
import { packageEntries } from './declarations.js';
import { errorTable } from './error-table.js';
import { publicNames } from './public-names.js';
import { problems } from '../../src/http/problem.js';
import { reference } from './reference.js';
import { table } from './tables.js';
import { restateTable } from '../restate/table.js';

const makers: Readonly<Record<string, () => string | Promise<string>>> = {
  errors: errorTable,
  'http problems': () =>
    table(
      ['code', 'status', 'when'],
      Object.entries(problems).map(([code, { status, when }]) => [`\`${code}\``, String(status), when]),
    ),
  ...Object.fromEntries(
    Array.from(packageEntries().keys(), (entry) => [`public-api ${entry}`, () => publicNames(entry)]),
  ),
  reference,
  checklist: checklistTable,
  cases: casesTable,
  'compatible api': compatibleTable,
  restate: restateTable,
  'bench machine': machinePart,
  'bench works': () => worksPart(table),
  'bench figures': () => figuresPart(table),
  'bench targets': () => targetsPart(table),
  'bench growth': () => growthPart(table),
  'bench peers': () => peersPart(table),
  'bench restate': () => restatePart(table),
  'bench operate': () => operatePart(table),
  'bench instructions': () => instructionsPart(table),
};

const part = /(<!-- generated: ([\w -]+?) -->\n)[\s\S]*?(<!-- \/generated -->)/g;

/** The page with its generated parts as they should be. */
export async function withGenerated(page: string): Promise<string> {
  const made = new Map<string, string>();
  for (const [, , name] of page.matchAll(part)) {
    const make = makers[name as string];
    if (make === undefined) throw new Error(`nothing generates ${name}`);
    made.set(name as string, await make());
  }
  return page.replaceAll(part, (_whole, head: string, name: string, end: string) =>
    // Wide tables are not padded: one longer cell would change every line.
    [head, '<!-- prettier-ignore-start -->\n\n', made.get(name), '\n<!-- prettier-ignore-end -->\n\n', end].join(''),
  );
}
