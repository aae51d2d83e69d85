import { expect } from 'chai';
import fc from 'fast-check';
import { cut, safeJson, safeText } from '../../src/cli/output/safe-text.js';
import { tableText } from '../../src/cli/output/table.js';
import { Terminal } from '../../src/cli/output/terminal.js';
import { bytesText, spanText } from '../../src/cli/output/times.js';
import { NodeClock } from '../../src/host/node-clock.js';
import { PassThrough } from 'node:stream';

/** Controls, direction marks, zero-width characters and halves of pairs: the corpus of hostile texts. */
const hostile = [
  '\u001b[2J\u001b]0;title\u0007',
  '\u009b31m',
  'a\rb\nc\td',
  '\u202egnp.exe',
  '\u2066x\u2069',
  'a\u200bb\ufeffc\u00ad',
  '\u2028\u2029',
  '\ud800x\udc00',
  '\u{e0041}tag',
  '\u0000',
  '\u061c\u180e\u2060',
];

const obeyed =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\u{e0000}-\u{e007f}]|\p{Cs}/u;

function terminal(columns?: number): Terminal {
  const stream = Object.assign(new PassThrough(), { isTTY: columns !== undefined, columns: columns ?? 80 });
  return new Terminal({
    stdin: Object.assign(new PassThrough(), { isTTY: false }),
    stdout: stream,
    stderr: stream,
    env: { NO_COLOR: '1' },
    cwd: '/',
    clock: new NodeClock(),
    signal: new AbortController().signal,
  });
}

describe('text of others on a terminal', () => {
  it('every hostile text is shown as escapes, and none of it reaches the terminal', () => {
    for (const text of hostile) {
      expect(safeText(text), JSON.stringify(text)).to.not.match(obeyed);
      expect(safeText(text)).to.include('\\u');
    }
  });

  it('text of other languages and pairs of surrogates stay as they are', () => {
    for (const text of ['Grüße', '日本語', 'مرحبا', '😀 ok', 'e\u0301']) expect(safeText(text)).to.equal(text);
  });

  it('JSON with hostile texts has no character that a terminal obeys, and reads back as the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...hostile), (value, text) => {
        const written = safeJson({ value, text }, 2);
        expect(written.replaceAll('\n', '')).to.not.match(obeyed);
        expect(JSON.parse(written)).to.deep.equal(JSON.parse(JSON.stringify({ value, text })));
      }),
      { numRuns: 300 },
    );
  });

  it('a cut text has at most as many characters as it may, and tears no pair of surrogates', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 1, max: 30 }), (text, max) => {
        const shown = cut(text, max);
        expect(Array.from(shown).length).to.be.at.most(Math.max(max, 1));
        expect(shown.isWellFormed?.() ?? true).to.equal(true);
        if (Array.from(text).length <= max) expect(shown).to.equal(text);
      }),
    );
  });

  it('a table escapes its cells, and cuts wide columns only where the terminal is narrow', async () => {
    const rows = [{ id: hostile[0] as string, text: 'x'.repeat(300) }];
    const columns = [
      { head: 'ID', of: ({ id }: (typeof rows)[0]) => id },
      { head: 'TEXT', of: ({ text }: (typeof rows)[0]) => text, wide: true as const },
    ];
    const narrow = await tableText(rows, columns, terminal(80));
    expect(narrow.replaceAll('\n', '')).to.not.match(obeyed);
    for (const line of narrow.split('\n')) expect(line.length).to.be.at.most(80);
    const free = await tableText(rows, columns, terminal());
    expect(free).to.include(`${'x'.repeat(199)}…`);
  });
});

describe('times and sizes for people', () => {
  it('a span has one unit, and a second one while the first is small', () => {
    const spans = [0, 40, 1_000, 61_000, 600_000, 3_900_000, 90_000_000, 900_000_000].map(spanText);
    expect(spans).to.deep.equal(['0 ms', '40 ms', '1 s', '1 min 1 s', '10 min', '1 h 5 min', '1 d 1 h', '10 d']);
  });

  it('bytes have the largest unit of which there is at least one', () => {
    const sizes = [0, 12, 1_024, 1_500_000, 2 ** 40].map(bytesText);
    expect(sizes).to.deep.equal(['0 B', '12 B', '1.0 KiB', '1.4 MiB', '1.0 TiB']);
  });
});
