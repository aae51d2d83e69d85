/* oxlint-disable import/no-named-as-default-member -- as fast-check documents itself */
/** Random states, written and read. A failure prints the seed and the path with which fast-check repeats it. */
import { expect } from 'chai';
import 'reflect-metadata';
import { Exclude, Expose, Type, instanceToPlain, plainToInstance } from 'class-transformer';
import fc from 'fast-check';
import { SerializationError } from '../../src/errors/index.js';
import { amount } from '../amount.js';
import { CaptureNotes } from '../../src/model/capture-notes.js';
import { fromTree, toTree, type Json } from '../../src/model/values.js';
import { isSameGraph } from './same-graph.js';
import { captured, restored, roundTrip, stateType } from './state-kit.js';

const runs = { numRuns: amount({ usual: 150, long: 600 }) };
const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as Json);
const anything: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
    fc.bigInt(),
    fc.date({ noInvalidDate: false }),
    fc.uint8Array(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(fc.string(), fc.constantFrom('$de', 'v', '__proto__', 'constructor', 'toJSON_')),
      tie('value'),
      { maxKeys: 4, noNullPrototype: true },
    ),
    fc
      .array(fc.tuple(fc.oneof(fc.string(), fc.integer()), tie('value')), { maxLength: 4 })
      .map((pairs) => new Map(pairs)),
    fc.array(fc.oneof(fc.string(), fc.integer()), { maxLength: 4 }).map((items) => new Set(items)),
  ),
})).value;

class Plain {
  value = 0;
  name = '';
  flag = false;
  nothing: unknown = null;
  list: unknown[] = [];
  record: Record<string, unknown> = {};
}

class Inner {
  n = 0;
  @Type(() => Date) at = new Date(0);
  readonly kind: string = 'inner';
  next(): number {
    return this.n + 1;
  }
}

class Annotated {
  @Expose({ name: 'v' }) value = 0;
  @Exclude() secret = 'never';
  @Type(() => Inner) one: Inner | null = null;
  @Type(() => Inner) many: Inner[] = [];
  @Type(() => Inner) map: Map<string, Inner> = new Map();
  @Type(() => Date) at: Date | null = null;
  @Expose() get double(): number {
    return this.value * 2;
  }
}

const inner = fc
  .record({ n: fc.integer(), at: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }) })
  .map((fields) => Object.assign(new Inner(), fields));

/** Keys that class-transformer can carry in a Map. */
const tameKey = fc
  .string()
  .filter(
    (key) =>
      !(key in Map.prototype) && key !== '__proto__' && key !== 'constructor' && !/^\d+$/.test(key) && key !== '$de',
  );

const annotated = fc
  .record({
    value: fc.integer(),
    one: fc.option(inner),
    many: fc.array(inner, { maxLength: 3 }),
    map: fc.array(fc.tuple(tameKey, inner), { maxLength: 3 }).map((pairs) => new Map(pairs)),
    at: fc.option(fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })),
  })
  .map((fields) => Object.assign(new Annotated(), fields));

const asText = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;

/** A state as an operation may leave it: some of its objects stand in several places, and some are of classes. */
const entangled = fc
  .record({
    pool: fc.array(
      fc.oneof(
        anything,
        inner,
        fc.uint8Array().map((bytes) => Buffer.from(bytes)),
        fc.constant(null).map(() => Object.create(null) as unknown),
        fc.constant(null).map(() => new Bare()),
        fc.nat({ max: 3 }).map((length) => new Array<unknown>(length)),
        fc.record({ n: fc.integer() }),
      ),
      { minLength: 1, maxLength: 4 },
    ),
    picks: fc.array(fc.nat(), { minLength: 12, maxLength: 12 }),
  })
  .map(({ pool, picks }) => picks.map((pick) => pool[pick % pool.length]));

/** Nothing but data, so that it is written as such. */
class Bare {
  n = 1;
}

class Entangled {
  any: unknown = null;
  list: unknown[] = [];
  record: Record<string, unknown> = {};
  map = new Map<unknown, unknown>();
  bytes = new Uint8Array();
  buffer = Buffer.alloc(0);
  at = new Date(0);
  @Type(() => Inner) one: unknown = null;
  @Type(() => Inner) many: unknown[] = [];
  @Type(() => Inner) byKey = new Map<string, unknown>();
  @Type(() => Inner) dictionary: Record<string, unknown> = {};
  @Type(() => Buffer) photo: unknown = null;
}

function entangledState([a, b, c, d, e, f, g, h, i, j, k, l]: readonly unknown[]): Entangled {
  return Object.assign(new Entangled(), {
    any: a,
    list: [b, c],
    record: { x: d },
    map: new Map([[e, f]]),
    bytes: g,
    buffer: h,
    one: i,
    many: [j],
    byKey: new Map([['k', k]]),
    dictionary: { k: j },
    photo: l,
  });
}

/** The tree and the notes of a capture. `undefined` if the state is refused. */
function noted(
  capture: (notes: CaptureNotes) => Json,
): { tree: Json; differs: boolean; lines: readonly string[] } | undefined {
  const notes = new CaptureNotes(true);
  try {
    const tree = capture(notes);
    return { tree: JSON.parse(JSON.stringify(tree)) as Json, differs: notes.differs, lines: notes.lines };
  } catch (error) {
    expect(error).to.be.instanceOf(SerializationError);
    return undefined;
  }
}

describe('random states', () => {
  it('T3 T4 T22: an operation is followed by a reload exactly where reading gives something else than is in memory', () => {
    const type = stateType(Entangled);
    const tally = { refused: 0, differing: 0, same: 0 };
    fc.assert(
      fc.property(entangled, (values) => {
        type.create();
        const live = entangledState(values);
        const written = noted((notes) => type.capture(live, notes));
        tally[written === undefined ? 'refused' : written.differs ? 'differing' : 'same']++;
        if (written === undefined) return;
        const read = type.restore(structuredClone(written.tree));
        expect(isSameGraph(live, read)).to.equal(!written.differs);
        // A state that was read once is the same when it is stored and read again.
        const again = noted((notes) => type.capture(read, notes))!;
        expect(again.lines).to.deep.equal([]);
        if (!written.differs) expect(again.tree).to.deep.equal(written.tree);
        expect(isSameGraph(read, type.restore(structuredClone(again.tree)))).to.equal(true);
      }),
      { numRuns: amount({ usual: 1_000, long: 3_000 }) },
    );
    // One draw in sixty is read as it was.
    for (const count of Object.values(tally)) expect(count, JSON.stringify(tally)).to.be.above(2);
  });

  it('T3 T4: so is an operation of a function entity', () => {
    const tally = { differing: 0, same: 0 };
    fc.assert(
      fc.property(entangled, fc.boolean(), ([a, b, c], twice) => {
        const live = { a, list: [b], map: new Map([['x', twice ? a : c]]) };
        const written = noted((notes) => toTree(live, 'state', notes));
        if (written === undefined) return;
        tally[written.differs ? 'differing' : 'same']++;
        expect(isSameGraph(live, fromTree(structuredClone(written.tree)))).to.equal(!written.differs);
      }),
      { numRuns: 1_000 },
    );
    for (const count of Object.values(tally)) expect(count, JSON.stringify(tally)).to.be.above(20);
  });

  it('of plain data are written as class-transformer writes them', () => {
    const plain = fc.record({
      value: fc.integer(),
      name: fc.string(),
      flag: fc.boolean(),
      nothing: json,
      list: fc.array(json, { maxLength: 4 }),
      record: fc.dictionary(tameKey, json, { noNullPrototype: true }),
    });
    fc.assert(
      fc.property(plain, (fields) => {
        const live = Object.assign(new Plain(), fields);
        fc.pre(!/"(\$de|__proto__|constructor)":|:-0/.test(JSON.stringify(live)) && !hasNegativeZero(fields));
        expect(captured(live)).to.deep.equal(asText(instanceToPlain(live)));
      }),
      runs,
    );
  });

  it('of annotated classes are written and read as class-transformer does it', () => {
    fc.assert(
      fc.property(annotated, (live) => {
        const stored = captured(live);
        expect(stored).to.deep.equal(asText(instanceToPlain(live)));
        const theirs = plainToInstance(Annotated, structuredClone(stored) as object);
        expect(restored(Annotated, stored)).to.deep.equal(theirs);
        expect(restored(Annotated, stored)).to.deep.equal(live);
      }),
      runs,
    );
  });

  it('of any data come back as they were, whatever their fields began with', () => {
    const fields = fc.record({
      value: anything,
      name: anything,
      flag: anything,
      nothing: anything,
      list: anything,
      record: anything,
    });
    fc.assert(
      fc.property(fields, (values) => {
        const live = Object.assign(new Plain(), values);
        expect(roundTrip(live)).to.deep.equal(live);
      }),
      runs,
    );
  });

  it('share nothing with what was captured of them: restore(capture(x)) equals decode(encode(x))', () => {
    fc.assert(
      fc.property(annotated, (live) => {
        const stored = captured(live);
        expect(restored(Annotated, stored)).to.deep.equal(roundTrip(live));
        expect(captured(restored(Annotated, stored))).to.deep.equal(stored);
      }),
      runs,
    );
  });

  it('of Maps keep every key and the order of the entries', () => {
    class Holder {
      map = new Map<unknown, unknown>();
      @Type(() => Inner) typed = new Map<string, Inner>();
    }
    const names = fc.oneof(
      fc.string(),
      fc.nat().map(String),
      fc.constantFrom(
        '$de',
        ...Object.getOwnPropertyNames(Map.prototype),
        ...Object.getOwnPropertyNames(Object.prototype),
      ),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(names, anything)), fc.array(fc.tuple(names, inner)), (pairs, typed) => {
        const live = Object.assign(new Holder(), { map: new Map(pairs), typed: new Map(typed) });
        const copy = roundTrip(live);
        expect([...copy.map]).to.deep.equal([...live.map]);
        expect([...copy.typed]).to.deep.equal([...live.typed]);
      }),
      runs,
    );
  });

  it('S109 to S113: whatever JSON is stored, it is read without loss or refused, and what is read can be written and read again', () => {
    const stored = fc.dictionary(fc.constantFrom('value', 'name', 'flag', 'list', 'record', 'ghost', 'nothing'), json, {
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(stored, (fields) => {
        let live: Plain;
        try {
          live = restored(Plain, fields as { [key: string]: Json });
        } catch (error) {
          expect((error as Error).name).to.equal('StoredStateProblem');
          return;
        }
        expect(live.value).to.be.a('number').and.not.satisfy(Number.isNaN);
        expect(live).to.not.have.property('ghost');
        for (const key of ['value', 'flag'] as const)
          if (!Object.hasOwn(fields, key)) expect(live[key]).to.equal(new Plain()[key]);
        expect(roundTrip(live)).to.deep.equal(live);
      }),
      runs,
    );
  });
});

function hasNegativeZero(value: unknown): boolean {
  if (typeof value === 'number') return Object.is(value, -0);
  return typeof value === 'object' && value !== null && Object.values(value).some(hasNegativeZero);
}
