/** The table of `docs/compatibility.md`, which a run of all cases writes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../consumer.js';

export const page = join(root, 'docs/compatibility.md');

/** A line of the table. */
export interface CaseResult {
  readonly tool: string;
  readonly version: string;
  /** Version of Node that ran it. */
  readonly node: string;
  readonly program: string;
  /** `works`, or `refuses: ` with words of the refusal. */
  readonly outcome: string;
}

const [begin, end] = ['<!-- written by npm run test:package -- --toolchains -->', '<!-- /written -->'];
const headings = ['tool', 'version', 'Node', 'program', 'result'];

export function writePage(results: readonly CaseResult[]): void {
  const rows = results.map(({ tool, version, node, program, outcome }) => [
    tool,
    version,
    tool === 'Node' || tool === 'bun' || tool === 'deno' ? '' : node,
    program,
    outcome.replaceAll('|', '\\|').replaceAll('\n', ' '),
  ]);
  const lines = [headings, headings.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const text = readFileSync(page, 'utf8');
  const [before, rest] = text.split(begin) as [string, string | undefined];
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error('docs/compatibility.md has lost the marks of its table');
  const made = ['<!-- prettier-ignore-start -->', '', ...lines, '', '<!-- prettier-ignore-end -->', ''].join('\n');
  writeFileSync(page, [before, begin, '\n', made, end, after].join(''));
}

/** The lines of the table as it stands. */
export function writtenResults(): CaseResult[] {
  const written = readFileSync(page, 'utf8').split(begin)[1]?.split(end)[0] ?? '';
  const rows = written.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(2).map((line) => {
    const cells = line.slice(2, -2).split(' | ');
    const [tool, version, node, program, outcome] = cells as [string, string, string, string, string];
    return { tool, version, node, program, outcome };
  });
}
