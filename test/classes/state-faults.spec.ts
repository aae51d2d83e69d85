/** Faults of the state of classes that were found by using version 0.1: the rows T of the list of cases. */
import { expect } from 'chai';
import { Expose, Transform, Type } from 'class-transformer';
import 'reflect-metadata';
import { createClassSupport, Entity, Operation } from '../../src/classes/index.js';
import { SerializationError } from '../../src/errors/index.js';
import { StoredStateProblem } from '../../src/functions/index.js';
import { CaptureNotes } from '../../src/model/capture-notes.js';
import type { Json } from '../../src/model/values.js';
import { captured, restored, roundTrip, stateType } from './state-kit.js';

/** A class whose constructor checks its arguments. */
class Money {
  readonly amount: number;
  readonly currency: string;
  constructor(amount: number, currency: string) {
    if (!/^[A-Z]{3}$/.test(currency)) throw new RangeError(`no currency: ${currency}`);
    this.amount = amount;
    this.currency = currency;
  }
  text(): string {
    return `${this.amount} ${this.currency}`;
  }
}

class Contact {
  name = '';
  hello(): string {
    return `hello ${this.name}`;
  }
}

const contact = (name: string): Contact => Object.assign(new Contact(), { name });

/** The notes of a capture of this object. The state type has created an object of the class before. */
function notesOf(live: object): string[] {
  const type = stateType(live.constructor as new () => object);
  type.create();
  const notes = new CaptureNotes(true);
  type.capture(live, notes);
  expect(notes.differs).to.equal(notes.lines.length > 0);
  return [...notes.lines];
}

describe('T1: a class whose constructor needs arguments', () => {
  class Account {
    balance = new Money(0, 'EUR');
    @Type(() => Money) payments: Money[] = [];
    @Type(() => Money) last: Money | null = null;
    @Type(() => Money) byName = new Map<string, Money>();
  }

  it('T1: is filled where an initialiser builds it', () => {
    const copy = roundTrip(Object.assign(new Account(), { balance: new Money(5, 'USD') }));
    expect(copy.balance.text()).to.equal('5 USD');
  });

  for (const [place, change] of Object.entries<(account: Account) => unknown>({
    'payments[0]': (account) => account.payments.push(new Money(1, 'EUR')),
    last: (account) => (account.last = new Money(1, 'EUR')),
    'byName["ann"]': (account) => account.byName.set('ann', new Money(1, 'EUR')),
  })) {
    it(`T1: is refused at ${place} when it is written, where reading would have nothing to fill`, () => {
      const account = new Account();
      change(account);
      expect(() => captured(account))
        .to.throw(SerializationError, 'Money could not be read back: its constructor fails without arguments')
        .with.property('path', place);
    });
  }

  it('T1: is refused inside of an object that reading builds anew and leaves without it', () => {
    class Wallet {
      money: Money | null;
      constructor(owner?: string) {
        this.money = owner === undefined ? null : new Money(0, 'EUR');
      }
    }
    class Holder {
      main = new Wallet('ann');
      @Type(() => Wallet) others: Wallet[] = [];
    }
    expect(roundTrip(new Holder()).main.money!.text()).to.equal('0 EUR');
    const holder = Object.assign(new Holder(), { others: [new Wallet('bob')] });
    expect(() => captured(holder))
      .to.throw(SerializationError)
      .with.property('path', 'others[0].money');
  });

  it('T1: is refused where its constructor freezes what it makes', () => {
    class Frozen {
      n = 1;
      constructor() {
        Object.freeze(this);
      }
    }
    class Holder {
      @Type(() => Frozen) one: Frozen | null = null;
      own = new Frozen();
    }
    expect(() => captured(new Holder())).to.throw(SerializationError, 'makes this field read-only');
    expect(() => captured(Object.assign(new Holder(), { own: undefined, one: new Frozen() }))).to.throw(
      SerializationError,
      'Frozen could not be read back',
    );
  });
});

describe('T2: classes derived from those of the language', () => {
  class Day extends Date {
    next(): Day {
      return new Day(this.getTime() + 86_400_000);
    }
  }

  class Diary {
    @Type(() => Day) first: Day | null = null;
    @Type(() => Day) days: Day[] = [];
    @Type(() => Day) byName = new Map<string, Day>();
    today = new Day(0);
  }

  it('T2: a class derived from Date is restored by its constructor, with the stored time', () => {
    const live = Object.assign(new Diary(), {
      first: new Day(5),
      days: [new Day(6)],
      byName: new Map([['x', new Day(7)]]),
      today: new Day(8),
    });
    const copy = roundTrip(live);
    for (const [day, ms] of [
      [copy.first, 5],
      [copy.days[0]!, 6],
      [copy.byName.get('x')!, 7],
      [copy.today, 8],
    ] as const) {
      expect(day).to.be.instanceOf(Day);
      expect(day.next().getTime()).to.equal(ms + 86_400_000);
    }
    expect(
      Number.isNaN(roundTrip(Object.assign(new Diary(), { today: new Day(Number.NaN) })).today.getTime()),
    ).to.equal(true);
  });

  it('T2: a class derived from Date is refused where nothing names it, or where its constructor makes another time', () => {
    class Bare {
      any: unknown = null;
      list: unknown[] = [];
      at = new Date(0);
    }
    for (const fields of [{ any: new Day(1) }, { list: [new Day(1)] }, { at: new Day(1) }]) {
      expect(() => captured(Object.assign(new Bare(), fields))).to.throw(
        SerializationError,
        'an instance of Day, which would be read back as a plain Date: name its type with @Type(() => Day)',
      );
    }
    class Morning extends Date {
      constructor() {
        super(6);
      }
    }
    class Labelled extends Date {
      label = 'none';
    }
    class Holder {
      @Type(() => Morning) morning: Morning | null = null;
      @Type(() => Labelled) labelled: Labelled | null = null;
    }
    const morning = new Morning();
    morning.setTime(7);
    expect(() => captured(Object.assign(new Holder(), { morning }))).to.throw(SerializationError, 'Morning could not');
    const labelled = Object.assign(new Labelled(5), { label: 'birthday' });
    expect(() => captured(Object.assign(new Holder(), { labelled }))).to.throw(
      SerializationError,
      'Labelled could not',
    );
    expect(roundTrip(Object.assign(new Holder(), { labelled: new Labelled(5) })).labelled).to.be.instanceOf(Labelled);
  });

  it('T2: classes derived from Map, Set, Array and Uint8Array are refused when they are written, wherever they stand', () => {
    class Index extends Map<string, number> {
      total(): number {
        return this.size;
      }
    }
    class Tags extends Set<string> {}
    class List extends Array<number> {}
    class Bytes extends Uint8Array {}
    class Holder {
      map = new Map<string, number>();
      set = new Set<string>();
      list: unknown[] = [];
      bytes: unknown = new Uint8Array();
      any: unknown = null;
      @Type(() => Index) typed: Index | null = null;
    }
    for (const fields of [
      { map: new Index([['a', 1]]) },
      { map: new Index([['7', 1]]) },
      { set: new Tags() },
      { list: new List() },
      { list: [new List()] },
      { bytes: new Bytes(1) },
      { any: new Index() },
      { any: { deep: new Tags() } },
      { typed: new Index() },
    ]) {
      expect(() => captured(Object.assign(new Holder(), fields)), Object.keys(fields)[0]).to.throw(
        SerializationError,
        'which would be read back as a plain',
      );
    }
    class Initial {
      index = new Index();
    }
    expect(() => captured(new Initial())).to.throw(SerializationError, 'index: an instance of Index');
  });
});

describe('T3: one object in two places of a state', () => {
  class Flights {
    last: { delay: number } | null = null;
    worst: { delay: number } | null = null;
    list: unknown[] = [];
    map = new Map<unknown, unknown>();
    @Type(() => Contact) one: Contact | null = null;
    @Type(() => Contact) many: Contact[] = [];
    @Type(() => Date) at: Date | null = null;
  }

  const flight = { delay: 5 };
  const ann = contact('Ann');
  const time = new Date(5);
  const cases: [string, Partial<Flights>][] = [
    ['worst', { last: flight, worst: flight }],
    ['list[1]', { list: [flight, flight] }],
    ['map["a"]', { list: [flight], map: new Map([['a', flight]]) }],
    ['many[0]', { one: ann, many: [ann] }],
    ['list[1]', { list: [time, time] }],
    ['map["a"]', { list: [time], map: new Map([['a', time]]) }],
    ['at', { list: [time], at: time }],
  ];
  for (const [place, fields] of cases) {
    it(`T3: is noted with both places (${Object.keys(fields).join(', ')})`, () => {
      const lines = notesOf(Object.assign(new Flights(), fields));
      expect(lines).to.have.length(1);
      expect(lines[0]).to.match(/it is the object that is also at \w/);
      expect(lines[0]).to.satisfy((line: string) => line.startsWith(`${place}:`));
    });
  }

  it('T3: is not noted of equal objects, of texts, and of entity ids', () => {
    expect(
      notesOf(Object.assign(new Flights(), { last: { delay: 5 }, worst: { delay: 5 }, list: ['a', 'a', 5, 5] })),
    ).to.deep.equal([]);
  });
});

describe('T22: plain data where a class is declared', () => {
  class Form {
    @Type(() => Contact) one: Contact | null = null;
    @Type(() => Contact) many: Contact[] = [];
    @Type(() => Contact) map = new Map<string, Contact>();
    own = new Contact();
  }

  for (const [name, fields] of Object.entries<object>({
    one: { one: { name: 'x' } },
    many: { many: [{ name: 'x' }] },
    map: { map: new Map([['k', { name: 'x' }]]) },
    own: { own: { name: 'x' } },
  })) {
    it(`T22: is noted (${name}), and comes back as the class`, () => {
      const form = Object.assign(new Form(), fields);
      expect(notesOf(form)[0]).to.contain('plain data where Contact is declared');
      expect(notesOf(roundTrip(form))).to.deep.equal([]);
    });
  }

  it('T22: takes from the class what it lacks', () => {
    class Score {
      points = 0;
      bonus = 5;
    }
    class Board {
      @Type(() => Score) scores: Score[] = [];
    }
    const board = Object.assign(new Board(), { scores: [{ points: 3 } as Score] });
    expect(roundTrip(board).scores[0]).to.deep.equal(Object.assign(new Score(), { points: 3 }));
  });

  it('T22: so is everything else that comes back as something else', () => {
    class Harmless {
      n = 1;
    }
    class Any {
      any: unknown = null;
      trimmed = '';
      gone?: number = 1;
    }
    class Trimming {
      @Transform(({ value }) => (value as string).trim()) text = '';
    }
    for (const any of [new Harmless(), Object.create(null), new Array<number>(3), new Error('x')]) {
      expect(notesOf(Object.assign(new Any(), { any }))).to.have.length(1);
    }
    expect(notesOf(Object.assign(new Trimming(), { text: ' x ' }))).to.not.deep.equal([]);
    const less = new Any();
    delete less.gone;
    expect(notesOf(less)).to.have.length(1);
    expect(notesOf(new Any())).to.deep.equal([]);
  });
});

describe('T4: a Buffer', () => {
  class Photo {
    nothing: unknown = null;
    list: unknown[] = [];
    map = new Map<string, unknown>();
    record: Record<string, unknown> = {};
    buffer = Buffer.from('');
    bytes = new Uint8Array();
    @Type(() => Buffer) typed: Buffer | null = null;
    @Type(() => Buffer) typedList: Buffer[] = [];
  }

  it('T4: comes back as a Buffer, and bytes as bytes, wherever they stand', () => {
    const buffer = (): Buffer => Buffer.from('hello');
    const bytes = (): Uint8Array => new Uint8Array([1, 2]);
    const live = Object.assign(new Photo(), {
      nothing: buffer(),
      list: [buffer(), bytes()],
      map: new Map<string, unknown>([
        ['a', buffer()],
        ['b', bytes()],
      ]),
      record: { a: buffer(), b: bytes() },
      buffer: bytes(),
      bytes: buffer(),
      typed: buffer(),
      typedList: [buffer()],
    });
    const copy = roundTrip(live) as unknown as Record<string, never>;
    const isBuffer = (value: unknown): string => (Buffer.isBuffer(value) ? 'buffer' : 'bytes');
    const kinds = (value: typeof live): string[] =>
      [
        value.nothing,
        ...value.list,
        ...value.map.values(),
        ...Object.values(value.record),
        value.buffer,
        value.bytes,
        value.typed,
        ...value.typedList,
      ].map(isBuffer);
    expect(kinds(copy as unknown as typeof live)).to.deep.equal(kinds(live));
    expect((copy['nothing'] as unknown as Buffer).toString('hex')).to.equal('68656c6c6f');
    expect(notesOf(live)).to.deep.equal([]);
  });

  it('T4: a Buffer that version 0.1 stored as bytes is a Buffer where the field says so', () => {
    const stored = { $de: 'Uint8Array', v: 'aGVsbG8=' };
    const copy = restored(Photo, { buffer: stored, typed: stored, typedList: [stored], nothing: stored });
    expect([copy.buffer, copy.typed, ...copy.typedList].every((each) => Buffer.isBuffer(each))).to.equal(true);
    expect(copy.nothing).to.deep.equal(new Uint8Array(Buffer.from('hello')));
  });
});

describe('T5: groups and versions of @Expose', () => {
  it('T5: a field with groups is stored, and the start warns of it, in nested classes too', () => {
    class Inner {
      @Expose({ since: 2 }) n = 1;
    }
    @Entity()
    class Grouped {
      @Expose({ groups: ['admin'] }) secret = 'a';
      @Type(() => Inner) inner: Inner[] = [];
      @Transform(({ value }) => value as unknown, { groups: ['admin'] }) plain = 1;
      @Operation() async get(): Promise<string> {
        return this.secret;
      }
    }
    expect(captured(Object.assign(new Grouped(), { secret: 'b' }))).to.deep.include({ secret: 'b' });
    expect(roundTrip(Object.assign(new Grouped(), { secret: 'b' })).secret).to.equal('b');
    const { warnings } = createClassSupport({ registered: [Grouped] });
    expect(warnings).to.have.length(3);
    expect(warnings.join('\n'))
      .to.contain('Grouped.secret: @Expose({ groups })')
      .and.to.contain('Inner.n: @Expose({ since, until })')
      .and.to.contain('Grouped.plain: @Transform');
  });
});

describe('T6: a dictionary of a class', () => {
  class Book {
    @Type(() => Contact) contacts: Record<string, Contact> = {};
    @Type(() => Contact) groups: Record<string, Contact[]> = {};
    @Type(() => Date) dates: Record<string, Date> = {};
    @Type(() => Contact) maybe: Record<string, Contact> | null = null;
  }

  it('T6: keeps its keys, the class of its values, and stays plain in the JSON', () => {
    const live = Object.assign(new Book(), {
      contacts: { ann: contact('Ann'), $de: contact('De'), ['__proto__x']: contact('P') },
      groups: { all: [contact('Bob')] },
      dates: { start: new Date(5) },
    });
    Object.defineProperty(live.contacts, '__proto__', { value: contact('proto'), enumerable: true, writable: true });
    const copy = roundTrip(live);
    expect(Object.keys(copy.contacts)).to.deep.equal(Object.keys(live.contacts));
    expect(copy.contacts['ann'].hello()).to.equal('hello Ann');
    expect(copy.contacts['$de'].hello()).to.equal('hello De');
    expect(Object.getOwnPropertyDescriptor(copy.contacts, '__proto__')!.value).to.be.instanceOf(Contact);
    expect(copy.groups['all'][0]!.hello()).to.equal('hello Bob');
    expect(copy.dates['start']).to.deep.equal(new Date(5));
    expect(Object.getPrototypeOf(copy.contacts)).to.equal(Object.prototype);
    expect(captured(Object.assign(new Book(), { contacts: { ann: contact('Ann') } }))).to.deep.include({
      contacts: { ann: { name: 'Ann' } },
    });
  });

  it('T6: says the way out where the field does not tell that it is a dictionary', () => {
    expect(() => captured(Object.assign(new Book(), { maybe: { ann: contact('Ann') } })))
      .to.throw(SerializationError)
      .with.property('message')
      .which.contains('initialise its field with {}, or use a Map');
  });

  it('T6: is refused where something else than an object is stored', () => {
    for (const stored of [5, 'x', [1], { $de: 'Map', v: [] }] as Json[])
      expect(() => restored(Book, { contacts: stored })).to.throw(StoredStateProblem, 'an object');
    expect(restored(Book, { contacts: null }).contacts).to.equal(null);
  });
});

describe('T16: a stored state that is deeper than any that was written', () => {
  class Node_ {
    @Type(() => Node_) next: Node_ | null = null;
  }
  class Any {
    any: unknown = null;
  }
  const deep = (levels: number, key: string): Json =>
    JSON.parse(`${`{"${key}":`.repeat(levels)}null${'}'.repeat(levels)}`) as Json;

  it('T16: is a problem of the stored state, not of the constructor', () => {
    for (const [type, key] of [
      [Node_, 'next'],
      [Any, 'any'],
    ] as const) {
      expect(() => stateType(type as new () => object).restore(deep(100_000, key)))
        .to.throw(StoredStateProblem, /nested more than \d+ deep/)
        .with.property('message')
        .with.length.below(500);
    }
  });

  it('T16: is read to the depth that can be written', () => {
    let live = new Node_();
    for (let level = 1; level < 499; level++) live = Object.assign(new Node_(), { next: live });
    expect(JSON.stringify(captured(roundTrip(live)))).to.equal(JSON.stringify(captured(live)));
  });
});

describe('T20: an array where a single value belongs', () => {
  class Person {
    @Type(() => Number) age = 0;
    @Type(() => String) name = '';
    @Type(() => Boolean) flag = false;
    @Type(() => Date) born = new Date(0);
    @Type(() => Contact) contact = new Contact();
    @Type(() => Number) declared?: number;
    @Type(() => Number) list: number[] = [];
    @Type(() => Number) either: number | number[] | null = null;
  }

  for (const [field, stored] of Object.entries<Json>({
    age: [1],
    name: ['x'],
    flag: [true],
    born: ['2024-01-02T03:04:05.678Z'],
    contact: [{ name: 'x' }],
    declared: [1],
  })) {
    it(`T20: is refused (${field}), whatever collection is stored`, () => {
      for (const wrong of [stored, { $de: 'Set', v: stored }, { $de: 'Map', v: [['k', stored]] }] as Json[]) {
        expect(() => restored(Person, { [field]: wrong }))
          .to.throw(StoredStateProblem)
          .with.property('path', field);
      }
    });
  }

  it('T20: is taken where the field may hold several', () => {
    expect(restored(Person, { list: ['1', 2], either: [1] })).to.deep.include({ list: [1, 2], either: [1] });
    expect(roundTrip(Object.assign(new Person(), { age: [1, 2] }))).to.deep.include({ age: [1, 2] });
  });
});
