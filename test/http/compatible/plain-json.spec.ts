import { expect } from 'chai';
import * as fc from 'fast-check';
import { EntityId } from '../../../src/index.js';
import { plainJson } from '../../../src/http/plain-json.js';

class Overdrawn extends Error {
  override readonly name = 'Overdrawn';
  constructor(readonly missing: bigint) {
    super('not enough');
  }
}

describe('plain JSON of values', () => {
  const cases: readonly (readonly [string, unknown, unknown])[] = [
    ['undefined is null', undefined, null],
    ['a Date is its ISO text', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['an invalid Date is null', new Date(Number.NaN), null],
    ['a bigint is a text', 12345678901234567890n, '12345678901234567890'],
    ['a number that JSON lacks is a text', [Number.NaN, Number.POSITIVE_INFINITY], ['NaN', 'Infinity']],
    ['a Map with texts as keys is an object', new Map([['a', 1n]]), { a: '1' }],
    [
      'a Map with other keys is a list of pairs',
      new Map<unknown, unknown>([[1, new Date(0)]]),
      [[1, '1970-01-01T00:00:00.000Z']],
    ],
    ['a Set is a list', new Set([1, undefined]), [1, null]],
    ['bytes are Base64', new Uint8Array([1, 2, 255]), 'AQL/'],
    ['a Buffer is Base64', Buffer.from('hi'), 'aGk='],
    ['an EntityId is its text', new EntityId('Counter', 'a@b'), '@counter@a@b'],
    [
      'a field without a value is left out, and an item without one is null',
      { a: undefined, b: [undefined] },
      { b: [null] },
    ],
    ['a function is null', { a: () => 1 }, { a: null }],
  ];
  for (const [title, value, expected] of cases) {
    it(title, () => {
      expect(plainJson(value)).to.deep.equal(expected);
    });
  }

  it('an error has its name and message, and no stack', () => {
    const json = plainJson(new Overdrawn(3n));
    expect(json).to.deep.equal({ name: 'Overdrawn', message: 'not enough' });
    expect(JSON.stringify(json)).not.to.include('spec');
  });

  it('a key __proto__ stays data', () => {
    const json = plainJson(JSON.parse('{"__proto__":{"polluted":1}}'));
    expect(JSON.stringify(json)).to.equal('{"__proto__":{"polluted":1}}');
    expect(JSON.stringify(plainJson(new Map([['__proto__', 1]])))).to.equal('{"__proto__":1}');
    expect(({} as { polluted?: unknown }).polluted).to.equal(undefined);
  });

  it('a value of JSON is its own plain JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(plainJson(value)).to.deep.equal(value);
      }),
    );
  });
});
