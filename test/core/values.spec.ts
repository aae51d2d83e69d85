/* oxlint-disable import/no-named-as-default-member -- as fast-check documents itself */
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import fc from 'fast-check';
import { EntityId } from '../../src/model/entity-id.js';
import { canonicalJson, decodeValue, encodeOrRefuse, encodeValue, toTree } from '../../src/model/values.js';
import { anyText } from './any-text.js';

const key = fc.oneof(
  fc.string(),
  fc.constantFrom('$de', 'v', '__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', ''),
);

/** Everything that crosses, nested in everything. */
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom(
      null,
      undefined,
      true,
      false,
      0,
      -0,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ),
    fc.double(),
    anyText(),
    fc.constantFrom('\ud800', 'a\udc00b', '\u2028', '\0', '</script>'),
    fc.bigInt(),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array(),
    fc
      .tuple(fc.string(), fc.string())
      .map(([name, id]) => new EntityId(`n${name.replaceAll('@', '').replaceAll('\0', '')}`, id.replaceAll('\0', ''))),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 5 }).map(record),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map((pairs) => new Map(pairs)),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => new Set(items)),
    // Data that looks like our own tags.
    fc
      .tuple(
        fc.constantFrom(
          'undefined',
          'number',
          'bigint',
          'Date',
          'Map',
          'Set',
          'EntityId',
          'Uint8Array',
          'Error',
          'object',
          'nonsense',
        ),
        tie('value'),
      )
      .map(([kind, v]) => ({ $de: kind, v })),
  ),
}));

function record(entries: readonly (readonly [string, unknown])[]): object {
  const made = {};
  for (const [name, item] of entries) {
    Object.defineProperty(made, name, { value: item, enumerable: true, writable: true, configurable: true });
  }
  return made;
}

const round = (given: unknown): unknown => decodeValue(encodeValue(given));

describe('values that cross', () => {
  it('decodeValue returns the value that encodeValue encoded', () => {
    fc.assert(
      fc.property(value, (given) => {
        const back = round(given);
        expect(isDeepStrictEqual(back, given)).to.equal(true);
        expect(encodeValue(back)).to.equal(encodeValue(given));
        expect(encodeValue(given) ?? '').to.satisfy((text: string) => text.isWellFormed());
      }),
      { numRuns: 1_000 },
    );
  });

  it('decoded values share no object with the original', () => {
    const given = { list: [1, { deep: new Map([['k', [1]]]) }] };
    const back = round(given) as typeof given;
    (back.list[1] as { deep: Map<string, number[]> }).deep.get('k')?.push(2);
    expect(given).to.deep.equal({ list: [1, { deep: new Map([['k', [1]]]) }] });
    const tree = toTree(given) as { list: unknown[] };
    tree.list.length = 0;
    expect(given.list.length).to.equal(2);
  });

  it('decoded values change no prototype', () => {
    const hostile = JSON.parse(
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
    ) as object;
    const back = round(hostile) as object;
    expect(({} as { polluted?: unknown }).polluted).to.equal(undefined);
    expect((back as { polluted?: unknown }).polluted).to.equal(undefined);
    expect(Object.getPrototypeOf(back)).to.equal(Object.prototype);
    expect(Object.hasOwn(back, '__proto__')).to.equal(true);
    expect(JSON.stringify(back)).to.equal(JSON.stringify(hostile));
  });

  it('encodeValue refuses unsupported values with their path', () => {
    const cyclic: { self?: unknown } = {};
    cyclic.self = { again: cyclic };
    const cases: readonly (readonly [unknown, string, string])[] = [
      [{ a: [1, { b: () => 1 }] }, 'value.a[1].b', 'function'],
      [{ 'x y': Symbol('s') }, 'value["x y"]', 'symbol'],
      [cyclic, 'value.self.again', 'cycle'],
      [new Map([['k', Promise.resolve()]]), 'value["k"]', 'Promise'],
      [[/x/], 'value[0]', 'RegExp'],
      [new Set([new WeakMap()]), 'value["object"]', 'WeakMap'],
    ];
    for (const [given, path, problem] of cases) {
      expect(() => encodeValue(given))
        .to.throw(new RegExp(problem))
        .with.property('path', path);
    }
  });

  it('encodeValue refuses values that are nested too deep', () => {
    const nest = (depth: number): unknown => {
      let made: unknown = 1;
      for (let i = 0; i < depth; i++) made = i % 2 === 0 ? [made] : { a: made };
      return made;
    };
    expect(round(nest(500))).to.deep.equal(nest(500));
    expect(() => encodeValue(nest(501))).to.throw(/500 deep/);
    expect(() => encodeValue(nest(100_000))).to.throw(/500 deep/);
    let maps: unknown = 1;
    for (let i = 0; i < 499; i++) maps = new Map([[{ $de: 'Map' }, maps]]);
    expect(encodeValue(round(maps))).to.equal(encodeValue(maps));
    const endless = { toJSON: () => ({ ...endless }) };
    expect(() => encodeValue(endless)).to.throw(/500 deep/);
  });

  it('encodeOrRefuse refuses values whose getter or toJSON throws, with the cause', () => {
    const hostile = {
      get a(): never {
        throw new TypeError('no');
      },
    };
    expect(() => encodeOrRefuse(hostile, 'input'))
      .to.throw(/input: .*no/)
      .with.property('name', 'SerializationError');
    const nameless = {
      toJSON() {
        // oxlint-disable-next-line no-throw-literal
        throw Object.create(null);
      },
    };
    expect(() => encodeOrRefuse(nameless, 'input'))
      .to.throw()
      .with.property('name', 'SerializationError');
  });

  it('encodeValue copies objects that are shared but not cyclic', () => {
    const shared = { n: 1 };
    expect(round([shared, shared])).to.deep.equal([shared, shared]);
  });

  it('decodeValue refuses an unknown kind by its name', () => {
    expect(() => decodeValue('{"a":{"$de":"Temporal","v":1}}')).to.throw(/Temporal/);
  });

  it('canonicalJson ignores the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (given) => {
        const reversed = reverse(given);
        expect(canonicalJson(JSON.stringify(reversed))).to.equal(canonicalJson(JSON.stringify(given)));
        expect(JSON.parse(canonicalJson(JSON.stringify(given)))).to.deep.equal(JSON.parse(JSON.stringify(given)));
      }),
    );
    expect(canonicalJson('{"b":1,"__proto__":2,"a":[{"d":1,"c":2}]}')).to.equal(
      '{"__proto__":2,"a":[{"c":2,"d":1}],"b":1}',
    );
    expect(canonicalJson(undefined)).to.equal('');
  });
});

function reverse(given: unknown): unknown {
  if (Array.isArray(given)) return given.map(reverse);
  if (typeof given !== 'object' || given === null) return given;
  return record(
    Object.entries(given)
      .toReversed()
      .map(([name, item]) => [name, reverse(item)] as const),
  );
}
