import { expect } from 'chai';
import { StoredStateProblem } from '../../src/functions/index.js';
import { EntityId } from '../../src/model/entity-id.js';
import { toTree, type Json } from '../../src/model/values.js';
import { captured, restored } from './state-kit.js';

class Holder {
  number = 0;
  text = '';
  flag = false;
  big = 0n;
  at = new Date(0);
  bytes = new Uint8Array();
  id = new EntityId('A', 'k');
  list: unknown[] = ['x'];
  set = new Set<unknown>(['x']);
  map = new Map<unknown, unknown>([['x', 1]]);
  record: Record<string, unknown> = { x: 1 };
  any: unknown = null;
}
type Field = keyof Holder;

const tag = (value: unknown): Json => toTree(value);
const problem = Symbol('problem');

/** The value that a field of each kind reads from each stored value. `problem` marks a stored value that the field refuses. */
const table: Record<Exclude<Field, 'any'>, [stored: Json, becomes: unknown][]> = {
  number: [
    [5, 5],
    [-1.5, -1.5],
    ['5', 5],
    [' -1.5e3 ', -1500],
    ['.5', 0.5],
    [tag(7n), 7],
    [tag(Number.NaN), Number.NaN],
    ['abc', problem],
    ['', problem],
    [' ', problem],
    ['5 apples', problem],
    ['0x10', problem],
    ['Infinity', problem],
    ['1e999', problem],
    ['12345678901234567890', problem],
    [tag(2n ** 60n), problem],
    [null, problem],
    [true, problem],
    [[], problem],
    [[5], problem],
    [{ a: 1 }, problem],
    [tag(new Date(0)), problem],
  ],
  text: [
    ['a', 'a'],
    [5, '5'],
    [0.1, '0.1'],
    [true, 'true'],
    [tag(5n), '5'],
    [tag(new Date(0)), '1970-01-01T00:00:00.000Z'],
    [null, null],
    [tag(new EntityId('A', 'b')), '@a@b'],
    [{}, problem],
    [[], problem],
    [['a'], problem],
  ],
  flag: [
    [true, true],
    ['true', true],
    ['false', false],
    [1, true],
    [0, false],
    ['yes', problem],
    [2, problem],
    [null, problem],
    [[], problem],
    [{}, problem],
    ['', problem],
  ],
  big: [
    [tag(5n), 5n],
    [5, 5n],
    ['-12345678901234567890', -12345678901234567890n],
    ['+1', 1n],
    ['5.5', problem],
    [5.5, problem],
    [1e300, problem],
    [null, problem],
    [true, problem],
    [{}, problem],
  ],
  at: [
    ['2024-01-02T03:04:05.000Z', new Date('2024-01-02T03:04:05Z')],
    ['2024-01-02', new Date('2024-01-02')],
    [5, new Date(5)],
    [tag(new Date(9)), new Date(9)],
    [null, null],
    ['soon', problem],
    ['5', problem],
    ['2024-99-99', problem],
    [1e300, problem],
    [true, problem],
    [{}, problem],
    [[], problem],
  ],
  bytes: [
    [tag(new Uint8Array([1])), new Uint8Array([1])],
    [null, null],
    ['AQ==', problem],
    [[1], problem],
    [5, problem],
  ],
  id: [
    [tag(new EntityId('B', 'q')), new EntityId('B', 'q')],
    ['@b@q', new EntityId('b', 'q')],
    [null, null],
    ['b', problem],
    [5, problem],
  ],
  list: [
    [
      [1, 'a'],
      [1, 'a'],
    ],
    [tag(new Set([1])), [1]],
    [null, null],
    ['a', problem],
    [{ 0: 'a' }, problem],
    [5, problem],
    [tag(new Map()), problem],
  ],
  set: [
    [[1, 2], new Set([1, 2])],
    [tag(new Set(['a'])), new Set(['a'])],
    [null, null],
    [{}, problem],
    ['a', problem],
  ],
  map: [
    [{ a: 1 }, new Map([['a', 1]])],
    [
      [
        ['a', 1],
        [2, 3],
      ],
      new Map<unknown, unknown>([
        ['a', 1],
        [2, 3],
      ]),
    ],
    [tag(new Map([[1, 2]])), new Map([[1, 2]])],
    [null, null],
    [[1], problem],
    ['a', problem],
    [5, problem],
    [tag(new Date(0)), problem],
  ],
  record: [
    [{ a: [1] }, { a: [1] }],
    [{}, {}],
    [null, null],
    [tag({ $de: 1 }), { $de: 1 }],
    [[1], problem],
    ['a', problem],
    [5, problem],
    [tag(new Map()), problem],
    [tag(new Date(0)), problem],
  ],
};

describe('S112 S113 a stored value of another type than the field of today', () => {
  for (const [field, lines] of Object.entries(table) as [Field, [Json, unknown][]][]) {
    for (const [stored, becomes] of lines) {
      const what = becomes === problem ? 'is a problem' : 'is converted';
      it(`${JSON.stringify(stored)} in a ${field} field ${what}`, () => {
        const read = (): unknown => restored(Holder, { [field]: stored })[field];
        if (becomes === problem)
          expect(read)
            .to.throw(StoredStateProblem)
            .with.property('path')
            .which.satisfies((path: string) => path.startsWith(field));
        else expect(read()).to.deep.equal(becomes);
      });
    }
  }

  it('what was converted is written as what it is now', () => {
    expect(captured(restored(Holder, { number: '5', text: 5, at: 0 }))).to.deep.include({
      number: 5,
      text: '5',
      at: '1970-01-01T00:00:00.000Z',
    });
  });

  it('the problem names the whole path', () => {
    class Person {
      age = 0;
    }
    class Book {
      owner = new Person();
      tags = new Map<string, unknown>();
    }
    expect(() => restored(Book, { owner: { age: 'old' } }))
      .to.throw(StoredStateProblem)
      .with.property('path', 'owner.age');
    expect(() => restored(Book, { owner: 5 }))
      .to.throw(StoredStateProblem)
      .with.property('path', 'owner');
    expect(() => restored(Book, { tags: { a: { $de: 'unheard-of' } } }))
      .to.throw(StoredStateProblem)
      .with.property('path', 'tags["a"]');
  });
});
