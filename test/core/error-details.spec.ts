/* oxlint-disable import/no-named-as-default-member -- as fast-check documents itself */
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import fc from 'fast-check';
import { EntityOperationFailedError, LeaseLostError, TimeoutError } from '../../src/errors/index.js';
import { EntityId } from '../../src/model/entity-id.js';
import { decodeError, describeError, encodeError, rebuildError } from '../../src/model/error-details.js';

const round = (thrown: unknown): Error => decodeError(encodeError(thrown));

describe('errors that cross', () => {
  it('a rebuilt error has its name, message, stack, fields, causes and class', () => {
    const cause = Object.assign(new TypeError('inner'), { status: 418, when: new Date(5), id: new EntityId('A', 'k') });
    const error = new EntityOperationFailedError(new EntityId('Account', 'a'), 'withdraw', cause);
    const back = round(error);
    expect(back).to.be.instanceOf(EntityOperationFailedError);
    expect(back).to.be.instanceOf(Error);
    expect(back.message).to.equal(error.message);
    expect(back.stack).to.equal(error.stack);
    expect((back as EntityOperationFailedError).code).to.equal('DE_OPERATION_FAILED');
    expect((back as EntityOperationFailedError).entityId.equals(error.entityId)).to.equal(true);
    expect((back as EntityOperationFailedError).is('TypeError')).to.equal(true);
    expect(back.cause).to.be.instanceOf(TypeError);
    expect(back.cause).to.deep.include({ status: 418, when: new Date(5) });
    expect(round(new TimeoutError('x', 5))).to.be.instanceOf(TimeoutError);
    expect(round(new LeaseLostError(1, 2))).to.deep.include({ incarnation: 1, heldSeq: 2 });
  });

  it('a rebuilt error is an Error, whatever its name is', () => {
    for (const name of [
      'quoted',
      'reason',
      'Object',
      'Function',
      '__proto__',
      'constructor',
      'DurableError',
      'hasOwnProperty',
      '',
    ]) {
      const back = round(Object.assign(new Error('x'), { name }));
      expect(back, name).to.be.instanceOf(Error);
      expect(back.name).to.equal(name);
    }
  });

  it('describeError limits long and circular chains of causes', () => {
    let chain = new Error('0');
    for (let i = 1; i < 100; i++) chain = new Error(String(i), { cause: chain });
    let depth = 0;
    for (let error: unknown = round(chain); error instanceof Error; error = error.cause) depth++;
    expect(depth).to.be.within(10, 100);
    const circle = new Error('a');
    circle.cause = new Error('b', { cause: circle });
    expect(round(circle).message).to.equal('a');
  });

  it('describeError returns a bounded text for errors that contain each other', async () => {
    // In a thread of its own: what takes for ever is ended.
    const module = new URL('../../src/model/error-details.js', import.meta.url).href;
    const lengths = await inThread(`
      const { encodeError, decodeError } = await import(${JSON.stringify(module)});
      const one = new Error('one'); one.self = one;
      const two = new Error('two'); two.a = two; two.b = { deep: [two] }; two.cause = two;
      const many = Array.from({ length: 30 }, (_, n) => new Error('e' + n));
      for (const each of many) each.errors = many;
      const map = new Error('map'); map.map = new Map([[map, map]]); map.set = new Set([map, two]);
      return [one, two, many[0], map].map((error) => {
        const text = encodeError(error);
        decodeError(text);
        return text.length;
      });
    `);
    for (const length of lengths as number[]) expect(length).to.be.below(5_000_000);
  });

  it('describeError never throws, whatever was thrown', () => {
    const refusing = new Proxy(new Error('x'), {
      getPrototypeOf() {
        throw new Error('no');
      },
      ownKeys() {
        throw new Error('no');
      },
      get() {
        throw new Error('no');
      },
    });
    const getters = Object.defineProperties(new Error('x'), {
      cause: {
        get() {
          throw new Error('no');
        },
      },
      field: {
        enumerable: true,
        get() {
          throw new Error('no');
        },
      },
      stack: { value: 5 },
      message: { value: Symbol('m') },
    });
    const silent = {
      toJSON() {
        throw new Error('no');
      },
      toString() {
        throw new Error('no');
      },
    };
    for (const thrown of [
      refusing,
      getters,
      silent,
      Object.create(null),
      undefined,
      null,
      Symbol('s'),
      5n,
      () => 1,
      Promise.resolve(),
    ]) {
      expect(round(thrown)).to.be.instanceOf(Error);
    }
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (thrown, field) => {
        expect(round(thrown)).to.be.instanceOf(Error);
        expect(round(Object.assign(new Error('x'), { field }))).to.be.instanceOf(Error);
      }),
    );
  });

  it('describeError returns well-formed, cut texts without NUL', () => {
    const error = new Error(`a\0b\ud800c${'x'.repeat(100_000)}`);
    error.name = 'N\0\udc00';
    const text = encodeError(error);
    const parsed = JSON.parse(text) as { name: string; message: string };
    for (const each of [text, parsed.name, parsed.message]) {
      expect(each.isWellFormed()).to.equal(true);
      expect(each.includes('\0')).to.equal(false);
    }
    expect(text.length).to.be.below(20_000);
  });

  it('rebuildError takes only fields from stored data', () => {
    const details = JSON.parse(
      '{"name":"Error","message":"m","data":{"__proto__":{"polluted":1},"name":"x","stack":"y","message":"z","a":1}}',
    ) as never;
    const error = rebuildError(details);
    expect(error.message).to.equal('m');
    expect(error.name).to.equal('Error');
    expect((error as { polluted?: unknown }).polluted).to.equal(undefined);
    expect(({} as { polluted?: unknown }).polluted).to.equal(undefined);
    expect(error).to.be.instanceOf(Error);
    expect(error).to.deep.include({ a: 1 });
  });

  it('rebuildError omits fields of an unknown kind', () => {
    const details = describeError(new Error('m'));
    const back = decodeError(JSON.stringify({ ...details, data: { later: { $de: 'Temporal', v: 1 }, a: 1 } }));
    expect(back.message).to.equal('m');
    expect(back).to.deep.include({ a: 1 });
  });
});

function inThread(code: string): Promise<unknown> {
  const body = `import { parentPort } from 'node:worker_threads'; parentPort.postMessage(await (async () => {${code}})());`;
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(body)}`), {
      resourceLimits: { maxOldGenerationSizeMb: 256 },
    });
    const timer = setTimeout(() => {
      reject(new Error('It took longer than two minutes.'));
      void worker.terminate();
    }, 120_000);
    worker.once('message', (message: unknown) => {
      clearTimeout(timer);
      resolve(message);
      void worker.terminate();
    });
    worker.once('error', (error: Error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}
