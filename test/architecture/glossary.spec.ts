import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { textOf } from '../docs/pages.js';
import { source } from './source-tree.js';

/** Words of the field that a contributor searches for, besides those of the glossary, and the file that must name them first. */
const fieldWords: readonly (readonly [word: string, file: string])[] = [
  ['backpressure', 'engines/sql/inbox/intake-queue.ts'],
  ['poison message', 'engines/sql/worker/caution.ts'],
  ['idempotency key', 'engines/sql/inbox/receipts.ts'],
  ['lease', 'engines/sql/worker/leader-election.ts'],
  ['read-only', 'contexts/read-only-context.ts'],
  ['retention', 'engines/sql/retention/expired-entities.ts'],
  ['dead letter', 'engines/sql/outgoing/dead-letter-requests.ts'],
];

/** Term and file of each row of the table for contributors. */
function glossary(): (readonly [word: string, file: string])[] {
  const table = textOf('docs/glossary.md').split('## For contributors')[1] as string;
  return Array.from(table.matchAll(/^\| ([^|]+?) +\|.*\| `([^`]+\.ts)` +\|$/gm), ([, word, file]) => [
    word as string,
    file as string,
  ]);
}

function firstComment(file: string): string {
  const text = readFileSync(join(source, file), 'utf8');
  return (/\/\*[\s\S]*?\*\//.exec(text)?.[0] ?? '').replaceAll(/\s*\n\s*\*\s?/g, ' ').toLowerCase();
}

describe('words of the field stand where a reader looks for them', () => {
  it('the glossary names a file for each term of contributors', () => {
    expect(glossary().length).to.be.greaterThan(15);
  });

  for (const [word, file] of [...glossary(), ...fieldWords]) {
    it(`the first comment of ${file} says "${word}"`, () => {
      expect(firstComment(file)).to.include(word.toLowerCase());
    });
  }
});
