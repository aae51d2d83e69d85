/* oxlint-disable import/no-named-as-default-member -- as fast-check documents itself */
import { expect } from 'chai';
import fc from 'fast-check';
import { byCodeUnit, lockOrder } from '../../src/core/critical-section/lock-order.js';
import { fnv1a } from '../../src/core/hash.js';
import { localId, partitionOf } from '../../src/engines/sql/core/partition.js';
import { anyText } from './any-text.js';

/** Made by another program (Python: FNV-1a over `text.encode('utf-8')`). Stored rows depend on them: never change one. */
const frozen: readonly (readonly [text: string, hash: number, of64: number])[] = [
  ['', 2166136261, 5],
  ['a', 3826002220, 44],
  ['foobar', 3214735720, 40],
  ['@counter@game1', 251436256, 32],
  ['@counter@', 3465359043, 3],
  ['é', 513665217, 1],
  ['@konto@Zürich', 1891576191, 63],
  ['@k@ €', 2409783276, 44],
  ['日本語', 2153733351, 39],
  ['@e@😀', 2422806739, 19],
  ['@e@a😀b', 133797914, 26],
  ['\u07ff', 281926787, 3],
  ['\u0800', 3144653239, 55],
  ['\uffff', 21469476, 36],
  ['\u{10000}', 364204981, 53],
  ['\u{10ffff}', 1103215674, 58],
  ['@account@acc42', 1120189805, 45],
  ['b349c900-0000-4000-8000-000000000002', 1430740191, 31],
  [`@x@${'y'.repeat(300)}`, 3791625035, 11],
];

/** The definition, byte by byte, in whole numbers that cannot overflow. */
function slowly(text: string): number {
  let hash = 0x811c9dc5n;
  for (const byte of Buffer.from(text, 'utf8')) hash = ((hash ^ BigInt(byte)) * 0x01000193n) & 0xffffffffn;
  return Number(hash);
}

describe('the partition of an instance', () => {
  for (const [text, hash, of64] of frozen) {
    it(`is frozen for ${JSON.stringify(text.slice(0, 40))}`, () => {
      expect(fnv1a(text)).to.equal(hash);
      expect(partitionOf(text, 64)).to.equal(of64);
    });
  }

  it('the partition hash is FNV-1a over UTF-8 bytes', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        expect(fnv1a(text)).to.equal(slowly(text));
      }),
    );
  });

  it('can be reached by an id that the engine invents, which begins with its base', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 64 }), fc.nat(), (base, count, wanted) => {
        const id = localId(base, (partition) => partition === wanted % count, count);
        expect(partitionOf(id, count)).to.equal(wanted % count);
        expect(id.startsWith(`${base}.`)).to.equal(true);
        expect(localId(base, (partition) => partition === wanted % count, count)).to.equal(id);
      }),
    );
  });

  it('gives up on an id that cannot be reached', () => {
    expect(localId('base', () => false, 4)).to.equal('base');
  });
});

describe('the order of a lock set', () => {
  it('lockOrder sorts by code unit, independent of the locale', () => {
    expect(lockOrder(['@a@ä', '@a@z', '@a@Z', '@A@z', '@a@\u{1f600}', '@a@\uff5e'])).to.deep.equal([
      '@A@z',
      '@a@Z',
      '@a@z',
      '@a@ä',
      '@a@\u{1f600}',
      '@a@\uff5e',
    ]);
  });

  it('lockOrder lists each entity once, in the same order for every input order', () => {
    fc.assert(
      fc.property(fc.array(anyText()), fc.infiniteStream(fc.nat()), (ids, random) => {
        const shuffled = ids
          .map((id) => [random.next().value as number, id] as const)
          .toSorted(([a], [b]) => a - b)
          .map(([, id]) => id);
        const ordered = lockOrder(ids);
        expect(lockOrder([...shuffled, ...ids])).to.deep.equal(ordered);
        expect(new Set(ordered)).to.deep.equal(new Set(ids));
        for (let i = 1; i < ordered.length; i++) {
          expect(byCodeUnit(ordered[i - 1] as string, ordered[i] as string)).to.equal(-1);
        }
      }),
    );
  });
});
