import { expect } from 'chai';
import { Exclude, Expose, Transform, TransformationType, Type } from 'class-transformer';
import 'reflect-metadata';
import { createClassSupport } from '../../src/classes/index.js';
import { SerializationError } from '../../src/errors/index.js';
import { StoredStateProblem } from '../../src/functions/index.js';
import { EntityId } from '../../src/model/entity-id.js';
import { thrownBy } from './fake-entity.js';
import { captured, restored, roundTrip, stateType } from './state-kit.js';

class Contact {
  name = '';
  since = new Date(0);
  hello(): string {
    return `hello ${this.name}`;
  }
}

function contact(name: string): Contact {
  return Object.assign(new Contact(), { name });
}

describe('the state of a class', () => {
  it('S104 holds texts, numbers, booleans, null, dates, records, arrays, Maps and Sets, un-annotated', () => {
    class Everything {
      text = 'a';
      n = 1.5;
      yes = true;
      nothing: string | null = null;
      at = new Date('2024-01-02T03:04:05.678Z');
      record: Record<string, number> = { a: 1, ['__proto__x']: 2 };
      list: unknown[] = [1, 'two', { three: [3] }];
      map = new Map<string, { n: number }>([['k', { n: 1 }]]);
      set = new Set(['x', 'y']);
      inner = contact('Ann');
    }
    const json = captured(new Everything());
    expect(json).to.deep.equal({
      text: 'a',
      n: 1.5,
      yes: true,
      nothing: null,
      at: '2024-01-02T03:04:05.678Z',
      record: { a: 1, __proto__x: 2 },
      list: [1, 'two', { three: [3] }],
      map: { k: { n: 1 } },
      set: ['x', 'y'],
      inner: { name: 'Ann', since: '1970-01-01T00:00:00.000Z' },
    });
    const copy = roundTrip(new Everything());
    expect(copy).to.deep.equal(new Everything());
    expect(copy).to.be.instanceOf(Everything);
    expect(copy.inner.hello()).to.equal('hello Ann');
  });

  it('S104 S198 revives typed values in Maps, Sets and arrays', () => {
    class User {
      @Type(() => Contact) contacts = new Map<string, Contact>();
      @Type(() => Contact) set = new Set<Contact>();
      @Type(() => Contact) list: Contact[] = [];
      @Type(() => Contact) best?: Contact;
      @Type(() => Date) born: Date | null = null;
      @Type(() => Date) days: Date[] = [];
    }
    const user = new User();
    user.contacts.set('ann', contact('Ann')).set('7', contact('Seven'));
    user.set.add(contact('Bob'));
    user.list.push(contact('Cid'));
    user.best = contact('Dee');
    user.born = new Date(5);
    user.days = [new Date(6)];
    const copy = roundTrip(user);
    expect(copy).to.deep.equal(user);
    expect([...copy.contacts.keys()]).to.deep.equal(['ann', '7']);
    expect(copy.contacts.get('ann')!.hello()).to.equal('hello Ann');
    expect([...copy.set][0]!.hello()).to.equal('hello Bob');
    expect(copy.list[0]!.since).to.be.instanceOf(Date);
    expect(copy.best!.hello()).to.equal('hello Dee');
  });

  it('S105 stores only what is marked in a class marked @Exclude()', () => {
    @Exclude()
    class OptIn {
      @Expose() kept = 1;
      dropped = 2;
    }
    expect(captured(Object.assign(new OptIn(), { other: 3 }))).to.deep.equal({ kept: 1 });
    expect(restored(OptIn, { kept: 5, dropped: 6 })).to.deep.include({ kept: 5, dropped: 2 });
  });

  it('S106 stores a field under the name of its @Expose', () => {
    class Renamed {
      @Expose({ name: 'value' }) currentValue = 0;
    }
    expect(captured(Object.assign(new Renamed(), { currentValue: 3 }))).to.deep.equal({ value: 3 });
    expect(restored(Renamed, { value: 4 }).currentValue).to.equal(4);
  });

  it('S106 does not let a stray field of the old name win over the renamed one', () => {
    class Renamed {
      @Expose({ name: 'value' }) currentValue = 0;
    }
    expect(restored(Renamed, { value: 3, currentValue: 9 })).to.deep.equal(
      Object.assign(new Renamed(), { currentValue: 3 }),
    );
    expect(restored(Renamed, { currentValue: 9, value: 3 }).currentValue).to.equal(3);
  });

  it('S107 S28 S199 stores a plain class as plain JSON', () => {
    class Counter {
      value = 3;
    }
    expect(JSON.stringify(captured(new Counter()))).to.equal('{"value":3}');
  });

  it('S108 stores no class name unless a discriminator asks for one', () => {
    class Circle {
      radius = 1;
    }
    class Square {
      side = 2;
    }
    class Drawing {
      @Type(() => Object, {
        discriminator: {
          property: 'kind',
          subTypes: [
            { name: 'circle', value: Circle },
            { name: 'square', value: Square },
          ],
        },
      })
      shapes: (Circle | Square)[] = [];
      @Type(() => Object, {
        discriminator: { property: 'kind', subTypes: [{ name: 'circle', value: Circle }] },
      })
      main?: Circle;
    }
    const drawing = Object.assign(new Drawing(), { shapes: [new Circle(), new Square()], main: new Circle() });
    expect(captured(drawing)).to.deep.equal({
      shapes: [
        { radius: 1, kind: 'circle' },
        { side: 2, kind: 'square' },
      ],
      main: { radius: 1, kind: 'circle' },
    });
    const copy = roundTrip(drawing);
    expect(copy).to.deep.equal(drawing);
    expect(copy.shapes[1]).to.be.instanceOf(Square);
    expect(Object.keys(drawing.main)).to.deep.equal(['radius']);
    expect(() => restored(Drawing, { main: { kind: 'blob' } })).to.throw(StoredStateProblem, 'main');
  });

  it('S109 gives a new field its initial value, not undefined', () => {
    class V2 {
      value = 0;
      added = new Map([['a', 1]]);
      @Expose() exposed = 'x';
    }
    expect(restored(V2, { value: 7 })).to.deep.equal(Object.assign(new V2(), { value: 7 }));
  });

  it('S110 forgets a field that was removed from the class, also at the next write', () => {
    class V2 {
      value = 0;
    }
    const copy = restored(V2, { value: 7, removed: [1] });
    expect(Object.keys(copy)).to.deep.equal(['value']);
    expect(captured(copy)).to.deep.equal({ value: 7 });
  });

  it('S111 takes a rename for remove and add, unless @Expose keeps the stored name', () => {
    class V2 {
      renamed = 'default';
      @Expose({ name: 'old' }) kept = 0;
    }
    expect(restored(V2, { before: 'x', old: 5 })).to.deep.include({ renamed: 'default', kept: 5 });
  });

  it('S114 refuses a stored field that the class lacks with missingMembers: error', () => {
    class Strict {
      value = 0;
    }
    expect(restored(Strict, { value: 1, ghost: 2 }).value).to.equal(1);
    const error = (() => {
      try {
        stateType(Strict, { missingMembers: 'error' }).restore({ value: 1, ghost: 2 });
      } catch (thrown) {
        return thrown as StoredStateProblem;
      }
    })();
    expect(error).to.be.instanceOf(StoredStateProblem);
    expect(error!.path).to.equal('ghost');
  });

  it('S115 lets @Transform read and write any format', () => {
    class Custom {
      @Transform(({ value }) => (value as bigint).toString(), { toPlainOnly: true })
      @Transform(({ value }) => BigInt(value as string), { toClassOnly: true })
      big = 5n;
      @Transform(({ value, type }) =>
        type === TransformationType.CLASS_TO_PLAIN ? (value as string[]).join('|') : (value as string).split('|'),
      )
      list = ['a', 'b'];
    }
    expect(captured(new Custom())).to.deep.equal({ big: '5', list: 'a|b' });
    expect(roundTrip(Object.assign(new Custom(), { big: 77n, list: ['x'] }))).to.deep.include({
      big: 77n,
      list: ['x'],
    });
  });

  it('names the field whose @Transform fails', async () => {
    class Failing {
      @Transform(() => {
        throw new Error('no way');
      })
      field = 1;
    }
    const write = await thrownBy(() => captured(new Failing()));
    expect(write).to.be.instanceOf(SerializationError);
    expect(write.message).to.contain('field').and.to.contain('no way');
    expect(await thrownBy(() => restored(Failing, { field: 1 }))).to.be.instanceOf(StoredStateProblem);
  });

  it('does not write or overwrite a field marked @Exclude()', () => {
    class Partial {
      kept = 1;
      @Exclude() secret = 'initial';
      @Exclude({ toPlainOnly: true }) readOnly = 'r';
      @Exclude({ toClassOnly: true }) writeOnly = 'w';
    }
    expect(captured(new Partial())).to.deep.equal({ kept: 1, writeOnly: 'w' });
    expect(restored(Partial, { kept: 2, secret: 'x', readOnly: 'x', writeOnly: 'x' })).to.deep.include({
      kept: 2,
      secret: 'initial',
      readOnly: 'x',
      writeOnly: 'w',
    });
  });

  it('refuses an own key that no initialiser made, at the first write, by name', () => {
    class Late {
      value = 0;
    }
    expect(() => captured(Object.assign(new Late(), { owner: 'ann' }))).to.throw(
      SerializationError,
      '`owner` has no initialiser: give it one or mark it @Expose()',
    );
  });

  it('names the path of what cannot be written', () => {
    class Book {
      contacts = new Map<string, unknown>();
      list: unknown[] = [];
      inner = { deep: {} as Record<string, unknown> };
    }
    const problem = (change: (book: Book) => unknown): string => {
      const book = new Book();
      change(book);
      try {
        captured(book);
      } catch (error) {
        expect(error).to.be.instanceOf(SerializationError);
        return `${(error as SerializationError).path}: ${(error as SerializationError).problem}`;
      }
      return 'nothing was thrown';
    };
    expect(problem((book) => book.contacts.set('ann', { photo: () => 1 }))).to.equal('contacts["ann"].photo: function');
    expect(problem((book) => book.list.push(1, Symbol('x')))).to.equal('list[1]: symbol');
    expect(problem((book) => (book.inner.deep['p'] = Promise.resolve()))).to.equal('inner.deep.p: a Promise');
    expect(problem((book) => (book.inner.deep['p'] = /x/))).to.equal('inner.deep.p: a RegExp');
    expect(problem((book) => (book.inner.deep['self'] = book.inner))).to.contain('a cycle');
    expect(problem((book) => book.list.push(book.list))).to.contain('a cycle');
    expect(problem((book) => book.list.push(contact('x'))))
      .to.contain('list[0]: an instance of Contact')
      .and.to.contain('@Type(() => Contact)');
    expect(problem((book) => book.list.push(new URL('http://x')))).to.contain('an instance of URL');
  });

  it('S104 carries bigint, undefined, NaN, infinities, -0, bytes, EntityId and Error wherever they stand', () => {
    class Odd {
      big = 5n;
      missing: unknown = 1;
      nan = 0;
      infinite = 0;
      negative = 0;
      bytes = new Uint8Array([1, 2]);
      buffer = Buffer.from('x');
      id = new EntityId('A', 'k');
      error: unknown = null;
      any: unknown[] = [];
      invalid = new Date(0);
    }
    const odd = Object.assign(new Odd(), {
      big: 2n ** 80n,
      missing: undefined,
      nan: Number.NaN,
      infinite: -Infinity,
      negative: -0,
      bytes: new Uint8Array([3]),
      buffer: Buffer.from('hello'),
      id: new EntityId('B', 'q@'),
      any: [
        1n,
        undefined,
        Number.NaN,
        new Date(1),
        new Map([[1, new Set(['x'])]]),
        new EntityId('C', ''),
        { $de: 'trap' },
      ],
      invalid: new Date(Number.NaN),
    });
    const copy = roundTrip(odd);
    expect(copy).to.deep.equal(odd);
    expect(Object.is(copy.negative, -0)).to.equal(true);
    expect(Buffer.isBuffer(copy.buffer)).to.equal(true);
    const withError = roundTrip(Object.assign(new Odd(), { error: new RangeError('far') }));
    expect(withError.error).to.be.instanceOf(RangeError).with.property('message', 'far');
  });

  it('reads back what it wrote also where a value is of another type than its field began with', () => {
    class Union {
      a: unknown = 5;
      b: unknown = 'x';
      c: unknown = new Date(0);
      d: unknown = new Map();
      e: unknown = [];
      f: unknown = {};
      g: unknown = true;
      h: unknown = contact('x');
    }
    for (const value of [
      null,
      'abc',
      12,
      true,
      [1],
      { a: 1 },
      new Date(9),
      new Map([['k', 1]]),
      new Set([1]),
      7n,
      undefined,
      { $de: 'as', v: 1 },
    ]) {
      const union = new Union();
      for (const key of Object.keys(union)) {
        if (
          key === 'h' &&
          typeof value === 'object' &&
          value !== null &&
          Object.getPrototypeOf(value) === Object.prototype
        )
          continue;
        (union as unknown as Record<string, unknown>)[key] = value;
      }
      expect(roundTrip(union)).to.deep.equal(union);
    }
  });

  it('keeps undefined apart from a field that is not there', () => {
    class Optional {
      a?: number;
      b: number | undefined = 5;
    }
    expect(captured(new Optional())).to.deep.equal({ b: 5 });
    const copy = roundTrip(Object.assign(new Optional(), { b: undefined }));
    expect(copy).to.have.property('b', undefined);
    const less = new Optional();
    delete less.b;
    expect(roundTrip(less).b).to.equal(undefined);
  });

  it('S116 fills the object that was constructed: what is not stored stays, private fields too', () => {
    class Inner {
      a = 1;
      b = 2;
    }
    class Outer {
      #hidden = 'constructed';
      inner = Object.assign(new Inner(), { b: 20 });
      read(): string {
        return this.#hidden;
      }
    }
    const copy = restored(Outer, { inner: { a: 5 } });
    expect(copy.read()).to.equal('constructed');
    expect(copy.inner).to.deep.equal(Object.assign(new Inner(), { a: 5, b: 20 }));
  });

  it('captures a tree that shares nothing with the live object', () => {
    class Sharing {
      list = [{ n: 1 }];
      record = { deep: { n: 1 } };
      map = new Map([['k', { n: 1 }]]);
    }
    const live = new Sharing();
    const json = captured(live);
    const before = JSON.stringify(json);
    live.list[0]!.n = 2;
    live.record.deep.n = 2;
    live.map.get('k')!.n = 2;
    expect(JSON.stringify(json)).to.equal(before);
  });

  it('stores nothing under a prototype name, and pollutes nothing', () => {
    class Target {
      record: Record<string, unknown> = {};
      map = new Map<string, unknown>();
    }
    const text =
      '{"record":{"__proto__":{"polluted":1}},"map":{"__proto__":{"polluted":1}},"__proto__":{"polluted":1},"constructor":{"x":1}}';
    const copy = restored(Target, JSON.parse(text) as never);
    expect(({} as Record<string, unknown>)['polluted']).to.equal(undefined);
    expect(Object.hasOwn(copy.record, '__proto__')).to.equal(true);
    expect(copy.map.get('__proto__')).to.deep.equal({ polluted: 1 });
    expect(copy.constructor).to.equal(Target);
    expect(JSON.stringify(captured(copy))).to.equal(
      '{"record":{"__proto__":{"polluted":1}},"map":{"__proto__":{"polluted":1}}}',
    );
  });

  it('leaves arrow-function fields to the constructor', () => {
    class Arrow {
      value = 1;
      twice = (): number => this.value * 2;
    }
    expect(captured(new Arrow())).to.deep.equal({ value: 1 });
    expect(roundTrip(Object.assign(new Arrow(), { value: 4 })).twice()).to.equal(8);
  });

  it('stores an exposed getter as computed, and reads it nowhere', () => {
    class Computed {
      first = 'a';
      @Expose() get shout(): string {
        return `${this.first}!`;
      }
    }
    expect(captured(new Computed())).to.deep.equal({ first: 'a', shout: 'a!' });
    expect(restored(Computed, { first: 'b', shout: 'c!' }).shout).to.equal('b!');
  });

  it('refuses a subclass where only its base is declared', () => {
    class Base {
      a = 1;
    }
    class Derived extends Base {
      b = 2;
    }
    class Holder {
      @Type(() => Base) one: Base = new Base();
    }
    expect(() => captured(Object.assign(new Holder(), { one: new Derived() }))).to.throw(
      SerializationError,
      'an instance of Derived where Base is declared',
    );
  });

  it('takes recursive types', () => {
    class Node_ {
      name = '';
      @Type(() => Node_) children: Node_[] = [];
    }
    const tree = Object.assign(new Node_(), { name: 'root', children: [Object.assign(new Node_(), { name: 'leaf' })] });
    expect(roundTrip(tree)).to.deep.equal(tree);
    expect(roundTrip(tree).children[0]).to.be.instanceOf(Node_);
  });

  it('is restored from something else than an object only with a problem', () => {
    class Value {
      value = 0;
    }
    for (const stored of [5, 'x', null, [1], { $de: 'Map', v: [] }]) {
      expect(() => restored(Value, stored as never)).to.throw(StoredStateProblem, 'an object');
    }
  });
});

describe('S45 getState with a class', () => {
  const support = createClassSupport({ registered: [] });
  const through = (type: unknown, live: unknown): unknown => {
    const stateType = support.stateTypeOf(type as never);
    return stateType.restore(JSON.parse(JSON.stringify(stateType.capture(live))) as never);
  };

  it('makes the values of the language, as function entities store them', () => {
    const defaults: [unknown, unknown][] = [
      [Number, 0],
      [String, ''],
      [Boolean, false],
      [BigInt, 0n],
      [Map, new Map()],
      [Set, new Set()],
      [Array, []],
      [Object, {}],
    ];
    for (const [type, value] of defaults) expect(support.stateTypeOf(type as never).create()).to.deep.equal(value);
    expect(through(Map, new Map([[1, new Date(2)]]))).to.deep.equal(new Map([[1, new Date(2)]]));
    expect(through(Number, Number.NaN)).to.deep.equal(Number.NaN);
    expect(support.stateTypeOf(Number as never).restore('5')).to.equal(5);
    expect(() => support.stateTypeOf(Number as never).restore('abc')).to.throw(StoredStateProblem);
  });

  it('makes objects of a user’s class, one state type per class', () => {
    class Tally {
      n = 1;
    }
    expect(support.stateTypeOf(Tally)).to.equal(support.stateTypeOf(Tally));
    expect(support.stateTypeOf(Tally).create()).to.deep.equal(new Tally());
    expect(through(Tally, Object.assign(new Tally(), { n: 2 })))
      .to.be.instanceOf(Tally)
      .with.property('n', 2);
  });

  it('refuses classes that are no data', () => {
    for (const type of [Promise, RegExp, WeakMap]) expect(() => support.stateTypeOf(type)).to.throw('is not data');
  });
});
