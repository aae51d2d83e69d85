/** Every way in which class-transformer 0.5.1 loses data without a word, shown to be so and shown to be closed here. */
import { expect } from 'chai';
import 'reflect-metadata';
import { Exclude, Expose, Type, instanceToPlain, plainToClassFromExist, plainToInstance } from 'class-transformer';
import { SerializationError } from '../../src/errors/index.js';
import { StoredStateProblem } from '../../src/functions/index.js';
import type { Json } from '../../src/model/values.js';
import { captured, restored, roundTrip, stateType } from './state-kit.js';

/** The object that class-transformer returns after a round trip through JSON text. */
function theirRoundTrip<T extends object>(live: T): T {
  const json = JSON.parse(JSON.stringify(instanceToPlain(live))) as object;
  return plainToInstance(live.constructor as new () => T, json);
}

class Item {
  n = 0;
}

describe('holes of class-transformer', () => {
  it('a Map without an annotation is lost by it and kept here', () => {
    class Holder {
      map = new Map<string, number>([['a', 1]]);
    }
    expect(theirRoundTrip(new Holder()).map).to.not.be.instanceOf(Map);
    expect(roundTrip(new Holder())).to.deep.equal(new Holder());
  });

  it('a Set and a Date without an annotation are lost by it and kept here', () => {
    class Holder {
      set = new Set([1]);
      at = new Date(7);
    }
    expect(theirRoundTrip(new Holder()).set).to.not.be.instanceOf(Set);
    expect(theirRoundTrip(new Holder()).at).to.not.be.instanceOf(Date);
    expect(roundTrip(new Holder())).to.deep.equal(new Holder());
  });

  it('Map keys named like methods of a Map or of objects are dropped by it and kept here', () => {
    class Holder {
      @Type(() => Item) map: Map<string, Item> = new Map();
    }
    const names = [
      'get',
      'set',
      'has',
      'size',
      'delete',
      'keys',
      'forEach',
      'toString',
      'valueOf',
      'hasOwnProperty',
      'clear',
      'constructor',
      '__proto__',
      'prototype',
      '__defineGetter__',
      '',
      '$de',
      'a.b',
      '0',
      '7',
      '-1',
    ];
    const live = new Holder();
    for (const name of names) live.map.set(name, Object.assign(new Item(), { n: name.length }));
    expect(theirRoundTrip(live).map.size).to.be.lessThan(names.length);
    const copy = roundTrip(live);
    expect([...copy.map]).to.deep.equal([...live.map]);
    expect(copy.map.get('__proto__')).to.be.instanceOf(Item);
  });

  it('keys of a Map that are no texts become texts in it and stay what they are here', () => {
    class Holder {
      map = new Map<unknown, unknown>();
    }
    const live = new Holder();
    live.map.set(1, 'number').set('1', 'text').set(true, 'boolean').set(null, 'null').set(5n, 'bigint');
    live.map.set(new Date(3), 'date').set({ x: 1 }, 'object');
    expect([...roundTrip(live).map]).to.deep.equal([...live.map]);
  });

  it('the order of Map entries changes in it where keys look like numbers and stays here', () => {
    class Holder {
      map = new Map<string, number>([
        ['b', 1],
        ['10', 2],
        ['9', 3],
      ]);
    }
    expect([...roundTrip(new Holder()).map.keys()]).to.deep.equal(['b', '10', '9']);
  });

  it('a Map that the constructor filled is merged into by it and replaced here', () => {
    class Holder {
      @Type(() => Number) map: Map<string, number> = new Map([['stale', 1]]);
    }
    const theirs = plainToClassFromExist(new Holder(), { map: { fresh: 2 } });
    expect([...theirs.map.keys()]).to.contain('stale');
    expect([...restored(Holder, { map: { fresh: 2 } }).map]).to.deep.equal([['fresh', 2]]);
    const emptied = new Holder();
    emptied.map.clear();
    expect(roundTrip(emptied).map.size).to.equal(0);
  });

  it('class-level @Exclude() is not inherited in it; here a subclass stores no more than its base allows', () => {
    @Exclude()
    class Base {
      @Expose() kept = 1;
      secret = 'service';
    }
    class Derived extends Base {
      @Expose() more = 2;
    }
    expect(instanceToPlain(new Derived())).to.have.property('secret');
    expect(captured(new Derived())).to.deep.equal({ kept: 1, more: 2 });
  });

  it('records, unknowns and plain objects stay whole at every depth', () => {
    class Holder {
      @Expose() record: Record<string, unknown> = {};
      @Expose() anything: unknown = null;
      @Expose() list: { a: { b: number[] } }[] = [];
    }
    const live = Object.assign(new Holder(), {
      record: { x: { y: [1, { z: 2 }] } },
      anything: { deep: { deeper: {} } },
      list: [{ a: { b: [1] } }],
    });
    expect(roundTrip(live)).to.deep.equal(live);
  });

  it('unknown stored fields stay on the object in it and are gone here', () => {
    class Holder {
      a = 1;
    }
    expect(plainToInstance(Holder, { a: 2, ghost: 3 })).to.have.property('ghost');
    expect(restored(Holder, { a: 2, ghost: 3 })).to.not.have.property('ghost');
  });

  it('functions are called by it on saving; here they are refused', () => {
    let called = 0;
    class Holder {
      data: Record<string, unknown> = {};
    }
    const live = Object.assign(new Holder(), { data: { f: () => ++called } });
    instanceToPlain(live);
    expect(called).to.equal(1);
    expect(() => captured(live)).to.throw(SerializationError, 'data.f: function');
    expect(called).to.equal(1);
  });

  it('bytes become an empty object in it and come back here', () => {
    class Holder {
      bytes = new Uint8Array([1, 2, 255]);
      list: unknown[] = [new Uint8Array([7])];
    }
    expect(roundTrip(new Holder())).to.deep.equal(new Holder());
  });

  it('regular expressions, promises, weak maps and buffers of other kinds are refused', () => {
    class Holder {
      value: unknown = null;
    }
    for (const value of [
      /x/,
      Promise.resolve(),
      new WeakMap(),
      new WeakSet(),
      new ArrayBuffer(1),
      new Float64Array(1),
    ]) {
      expect(() => captured(Object.assign(new Holder(), { value }))).to.throw(SerializationError, 'value');
    }
  });

  it('NaN becomes null in JSON and comes back here; bigint throws there and comes back here', () => {
    class Holder {
      n = 1;
      b = 1n;
    }
    const live = Object.assign(new Holder(), { n: Number.NaN, b: 2n });
    expect(roundTrip(live)).to.deep.equal(live);
  });

  it('a cycle overflows its stack or is dropped; here it is refused with its path', () => {
    class Node_ {
      next: unknown = null;
    }
    const node = new Node_();
    node.next = { back: node };
    expect(() => instanceToPlain(node)).to.throw(RangeError);
    expect(() => captured(node)).to.throw(SerializationError);
    class Ring {
      @Type(() => Ring) next: Ring | null = null;
    }
    const ring = new Ring();
    ring.next = ring;
    expect(() => captured(ring)).to.throw(SerializationError, 'a cycle');
  });

  it('deep JSON is a problem of the stored state, not the end of the process', () => {
    class Holder {
      value: unknown = null;
    }
    let deep: Json = 1;
    for (let i = 0; i < 20_000; i++) deep = [deep];
    expect(() => restoredAsIs(Holder, deep)).to.throw(StoredStateProblem);
  });

  it('a discriminator is written into the live object by it, and into the JSON only here', () => {
    class Circle {
      radius = 1;
    }
    class Holder {
      @Type(() => Circle, { discriminator: { property: '__type', subTypes: [{ name: 'circle', value: Circle }] } })
      shape: Circle = new Circle();
    }
    const theirs = new Holder();
    instanceToPlain(theirs);
    expect(theirs.shape).to.have.property('__type');
    const ours = new Holder();
    expect(captured(ours)).to.deep.equal({ shape: { radius: 1, __type: 'circle' } });
    expect(ours.shape).to.not.have.property('__type');
  });

  it('an object of a class that the discriminator does not name crashes it and is named here', () => {
    class Known {
      a = 1;
    }
    class Stranger {
      a = 1;
    }
    class Holder {
      @Type(() => Object, { discriminator: { property: 'kind', subTypes: [{ name: 'known', value: Known }] } })
      shape: unknown = null;
    }
    expect(() => captured(Object.assign(new Holder(), { shape: new Stranger() }))).to.throw(
      SerializationError,
      'an instance of Stranger',
    );
  });

  it('an Invalid Date from a bad text is accepted by it and a problem here', () => {
    class Holder {
      @Type(() => Date) at = new Date(0);
    }
    expect(Number.isNaN(plainToInstance(Holder, { at: 'soon' }).at.getTime())).to.equal(true);
    expect(() => restored(Holder, { at: 'soon' })).to.throw(StoredStateProblem, 'at');
  });

  it('implicit conversion makes NaN of text in it; here it is a problem, and nothing is lost', () => {
    class Holder {
      n = 1;
    }
    expect(() => restored(Holder, { n: 'abc' })).to.throw(
      StoredStateProblem,
      'n: the text "abc" is stored where a number is expected',
    );
  });

  it('@Type(() => Number) and its like convert only without loss', () => {
    class Holder {
      @Type(() => Number) list: number[] = [];
      @Type(() => Boolean) flag = false;
    }
    expect(restored(Holder, { list: ['1', 2] }).list).to.deep.equal([1, 2]);
    expect(() => restored(Holder, { list: ['x'] })).to.throw(StoredStateProblem, 'list[0]');
    expect(plainToInstance(Holder, { flag: 'false' }).flag).to.equal(true);
    expect(restored(Holder, { flag: 'false' }).flag).to.equal(false);
  });
});

function restoredAsIs(type: new () => object, value: Json): object {
  return stateType(type).restore({ value });
}
