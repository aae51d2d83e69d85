/* oxlint-disable import/no-named-as-default-member -- as fast-check documents itself */
import { expect } from 'chai';
import fc from 'fast-check';
import { durationMs, instantMax, instantMs, type Duration } from '../../src/model/duration.js';
import { EntityId } from '../../src/model/entity-id.js';
import { checkInstanceId } from '../../src/model/arguments.js';
import { idProblem, utf8Bytes } from '../../src/model/text.js';
import { anyText } from './any-text.js';

describe('durations', () => {
  it('durationMs accepts milliseconds, or a number and a unit', () => {
    const cases: readonly (readonly [Duration, number])[] = [
      [0, 0],
      [1.4, 1],
      ['0s', 0],
      ['30s', 30_000],
      ['500 ms', 500],
      ['1.5 minutes', 90_000],
      ['1 hour', 3_600_000],
      ['2h', 7_200_000],
      ['3 days', 259_200_000],
      ['1 week', 604_800_000],
      ['0.25d', 21_600_000],
    ];
    for (const [given, ms] of cases) expect(durationMs(given), String(given)).to.equal(ms);
  });

  it('durationMs refuses values that are not durations', () => {
    const bad = [
      -1,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      1e16,
      '',
      ' 1s',
      '1s ',
      '1  s',
      '-1s',
      '1e3s',
      '.5s',
      '1.s',
      '1 S',
      '1 year',
      '1',
      '1 constructor',
      '1 __proto__',
      's',
      '1_000ms',
      null,
      undefined,
      {},
      5n,
      `${'9'.repeat(400)}s`,
    ];
    for (const given of bad) {
      expect(() => durationMs(given as never, 'delay'), typeof given)
        .to.throw(/delay/)
        .with.property('code', 'DE_INVALID_ARGUMENT');
    }
  });

  it('durationMs returns whole milliseconds that a Date can hold', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: instantMax, noNaN: true }), (given) => {
        const ms = durationMs(given);
        expect(Number.isSafeInteger(ms)).to.equal(true);
        expect(Math.abs(ms - given)).to.be.at.most(0.5);
      }),
    );
  });
});

describe('instants', () => {
  it('instantMs accepts Dates and milliseconds and rounds up', () => {
    expect(instantMs(new Date(5))).to.equal(5);
    expect(instantMs(5.1)).to.equal(6);
    expect(instantMs(-5.9)).to.equal(-5);
    expect(instantMs(instantMax)).to.equal(instantMax);
    for (const bad of [
      Number.NaN,
      new Date(Number.NaN),
      Number.POSITIVE_INFINITY,
      instantMax + 2,
      '5',
      null,
      undefined,
    ]) {
      expect(() => instantMs(bad as never), String(bad)).to.throw(/instant/);
    }
  });
});

describe('entity ids', () => {
  it('EntityId writes @name@key and parses it again', () => {
    fc.assert(
      fc.property(
        anyText({ minLength: 1, maxLength: 60 }).filter((text) => !/[@\0]/.test(text)),
        anyText({ maxLength: 120 }).filter((text) => !text.includes('\0')),
        (name, key) => {
          const id = new EntityId(name, key);
          const back = EntityId.parse(id.toString());
          expect(back.equals(id)).to.equal(true);
          expect(back.name).to.equal(name.toLowerCase());
          expect(back.key).to.equal(key);
          expect(JSON.stringify({ id })).to.equal(JSON.stringify({ id: id.toString() }));
        },
      ),
    );
  });

  it('EntityId ignores the case of names and compares keys exactly', () => {
    expect(new EntityId('Counter', 'a').equals(new EntityId('COUNTER', 'a'))).to.equal(true);
    expect(new EntityId('Counter', 'a').equals(new EntityId('Counter', 'A'))).to.equal(false);
    expect(new EntityId('Counter', 'a').equals(new EntityId('Counter', 'a '))).to.equal(false);
    expect(new EntityId('c', 'x@y@').toString()).to.equal('@c@x@y@');
    expect(EntityId.parse('@c@x@y@').key).to.equal('x@y@');
    expect(EntityId.parse('@c@').key).to.equal('');
  });

  it('EntityId refuses invalid names, keys and texts', () => {
    const bad: readonly (readonly [unknown, unknown])[] = [
      ['', 'k'],
      ['a@b', 'k'],
      ['a\0', 'k'],
      ['a', 'k\0'],
      ['\ud800', 'k'],
      ['a', '\udc00'],
      ['a'.repeat(513), 'k'],
      ['a', 'é'.repeat(257)],
      ['a', '€'.repeat(171)],
      ['a', '😀'.repeat(129)],
      [5, 'k'],
      ['a', 5],
      ['a', null],
      [undefined, 'k'],
    ];
    for (const [name, key] of bad) {
      expect(
        () => new EntityId(name as string, key as string),
        `${String(name).slice(0, 9)}, ${String(key).slice(0, 9)}`,
      )
        .to.throw()
        .with.property('code', 'DE_INVALID_ENTITY_ID');
    }
    for (const text of ['', 'a', '@a', '@@k', 5, null, undefined, 'x@a@b']) {
      expect(() => EntityId.parse(text as string), String(text))
        .to.throw()
        .with.property('code', 'DE_INVALID_ENTITY_ID');
    }
  });

  it('EntityId accepts 512 bytes, and parses every accepted id again', () => {
    for (const text of ['a'.repeat(512), 'é'.repeat(256), '😀'.repeat(128), `${'€'.repeat(170)}ab`]) {
      expect(EntityId.parse(new EntityId(text, text).toString()).key).to.equal(text);
    }
    // Its lower-case form is longer than it is.
    const grows = 'İ'.repeat(256);
    try {
      const id = new EntityId(grows, 'k');
      expect(EntityId.parse(id.toString()).equals(id)).to.equal(true);
    } catch (error) {
      expect(error).to.have.property('code', 'DE_INVALID_ENTITY_ID');
      expect(() => new EntityId(grows, 'k')).to.throw();
    }
  });
});

describe('ids and names', () => {
  it('ids and names are limited by their UTF-8 bytes', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        expect(utf8Bytes(text)).to.equal(Buffer.byteLength(text, 'utf8'));
        const bad = text.includes('\0') || Buffer.byteLength(text, 'utf8') > 512;
        expect(idProblem(text) === undefined).to.equal(!bad);
      }),
    );
  });

  it('instance ids of orchestrations must not start with @', () => {
    expect(checkInstanceId('order-1@x')).to.equal('order-1@x');
    for (const bad of ['', '@a@b', '@', 'a\0', 5, undefined, null, {}]) {
      expect(() => checkInstanceId(bad), typeof bad)
        .to.throw()
        .with.property('code', 'DE_INVALID_ARGUMENT');
    }
  });
});
