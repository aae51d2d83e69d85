import { expect } from 'chai';
import * as fc from 'fast-check';
import { readInstant } from '../../../src/http/compatible/instants.js';

const at = (text: string) => new Date(text).getTime();

describe('instants of query parameters', () => {
  const spellings: readonly (readonly [string, string])[] = [
    ['2026-01-31T18:05:09Z', '2026-01-31T18:05:09.000Z'],
    ['2026-01-31t18:05:09z', '2026-01-31T18:05:09.000Z'],
    ['2026-01-31T18:05:09.5Z', '2026-01-31T18:05:09.500Z'],
    ['2026-01-31T18:05:09.1239999Z', '2026-01-31T18:05:09.123Z'],
    ['2026-01-31T18:05:09', '2026-01-31T18:05:09.000Z'],
    ['2026-01-31 18:05:09', '2026-01-31T18:05:09.000Z'],
    ['2026-01-31T18:05', '2026-01-31T18:05:00.000Z'],
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31T18:05:09+01:30', '2026-01-31T16:35:09.000Z'],
    ['2026-01-31T18:05:09 01:30', '2026-01-31T16:35:09.000Z'],
    ['2026-01-31T18:05:09-0800', '2026-02-01T02:05:09.000Z'],
    [' 2026-01-31T18:05:09Z ', '2026-01-31T18:05:09.000Z'],
    ['01/31/2026 18:05:09', '2026-01-31T18:05:09.000Z'],
    ['1/31/2026', '2026-01-31T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['0001-01-01T00:00:00', '0001-01-01T00:00:00.000Z'],
    ['0050-06-01T00:00:00Z', '0050-06-01T00:00:00.000Z'],
  ];
  for (const [text, expected] of spellings) {
    it(`${JSON.stringify(text)} is ${expected}`, () => {
      expect(readInstant(text)).to.equal(at(expected));
    });
  }

  for (const text of [
    '',
    'yesterday',
    '2026',
    '2026-02-30',
    '2025-02-29',
    '2026-13-01',
    '2026-01-31T24:00:00Z',
    '2026-01-31T18:60:00Z',
    '2026-01-31T18:05:09+15:00',
    '2026-01-31T18:05:09Z; drop table',
    '31/01/2026',
    '9'.repeat(100_000),
  ]) {
    it(`${JSON.stringify(text.slice(0, 40))} is no instant`, () => {
      expect(readInstant(text)).to.equal(undefined);
    });
  }

  it('an absent parameter is no instant', () => {
    expect(readInstant(undefined)).to.equal(undefined);
  });

  it('every text of a Date is its instant', () => {
    const inYears = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    fc.assert(fc.property(inYears, (date) => readInstant(date.toISOString()) === date.getTime()));
  });
});
