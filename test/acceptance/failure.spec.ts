import { writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import {
  defineEntity,
  defineOrchestration,
  DurableHost,
  EntityId,
  EntityOperationFailedError,
  StorageError,
} from '../../src/index.js';
import { acceptance, hardest, twoSettings } from './variants.js';
import { failure, refusal, thrownByOperation } from './world.js';

const id = (key: string) => new EntityId('Mixed', key);
const mixed = defineEntity('Mixed', { effects: 'none' }, (context) => {
  const total = context.getState(() => 0);
  const input = context.getInput<number>();
  context.setState(total + input);
  if (input < 0) {
    context.signalEntity(id('shadow'), 'add', 1);
    throw new RangeError(`not ${input}`);
  }
  return total + input;
});

acceptance('failure', twoSettings, (world) => {
  it('S62 B4 of many operations sent at once the failing ones are undone, and each of the others counts', async () => {
    const client = await world().start([mixed]);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 60 }, (_, i) => client.callEntity(id('k'), 'add', i % 3 === 0 ? -1 : 1)),
    );
    expect(outcomes.filter((each) => each.status === 'rejected').length).to.equal(20);
    expect(await client.callEntity(id('k'), 'add', 0)).to.equal(40);
    expect((await client.readEntityState(id('shadow'))).entityExists).to.equal(false);
  });

  it('S85 each failed signal is reported once', async () => {
    const client = await world().start([mixed]);
    for (let i = 0; i < 10; i++) await client.signalEntity(id('k'), i % 2 === 0 ? 'bad' : 'add', i % 2 === 0 ? -1 : 1);
    expect(await client.callEntity(id('k'), 'add', 0)).to.equal(5);
    await world().failedSignal('bad');
    expect(world().failedSignals).to.have.lengthOf(5);
    for (const each of world().failedSignals) expect(each.error).to.be.instanceOf(EntityOperationFailedError);
  });

  const hostile: Record<string, () => Error> = {
    'a throwing message getter': () =>
      Object.defineProperty(new Error('x'), 'message', {
        get() {
          throw new Error('gotcha');
        },
      }),
    'a cycle of causes': () => {
      const error = new Error('round');
      error.cause = error;
      return error;
    },
    'a huge message': () => Object.assign(new Error('x'.repeat(1_000_000)), { data: 'y' }),
    'fields that cannot be carried': () =>
      Object.assign(new Error('fields'), { fn: () => 1, big: 1n, self: globalThis }),
    'fields named like prototypes': () =>
      Object.assign(new Error('proto'), JSON.parse('{"__proto__":{"polluted":true},"constructor":1}')),
    'NUL and a lone surrogate': () => new Error('nul \0 and \ud800'),
    'a name that is no text': () => Object.assign(new Error('m'), { name: 7 }),
    'an AggregateError': () => new AggregateError([new Error('a'), new Error('b')], 'both'),
  };
  for (const [what, make] of Object.entries(hostile)) {
    it(`a hostile error reaches the caller, and the entity continues: ${what}`, async () => {
      const thrower = defineEntity('Thrower', { effects: 'none' }, () => {
        throw make();
      });
      const client = await world().start([thrower, mixed]);
      const cause = await thrownByOperation(
        client.callEntity(new EntityId('Thrower', 'k'), 'x', undefined, { timeout: '2 minutes' }),
      );
      expect(cause).to.be.instanceOf(Error);
      if ('big' in make()) expect(cause).to.include({ big: 1n });
      await client.signalEntity(new EntityId('Thrower', 'k'), 'x');
      await world().failedSignal('x');
      expect(({} as Record<string, unknown>)['polluted']).to.equal(undefined);
      expect(await client.callEntity(id('k'), 'add', 1, { timeout: '2 minutes' })).to.equal(1);
    });
  }

  it('thenables, rejected promises un-awaited, and synchronous throws of external operations stay inside', async () => {
    const odd = defineEntity('Odd', (context) => {
      switch (context.operationName) {
        case 'thenable':
          // eslint-disable-next-line unicorn/no-thenable -- what the test is about
          return { then: (resolve: (value: number) => void) => resolve(5) };
        case 'loose':
          void Promise.reject(new Error('loose')).catch(() => undefined);
          return 'fine';
        case 'never-caught':
          throw new RangeError('sync');
        default:
          return Promise.reject(new RangeError('async'));
      }
    });
    const client = await world().start([odd]);
    const at = new EntityId('Odd', 'k');
    expect(await client.callEntity(at, 'thenable')).to.equal(5);
    expect(await client.callEntity(at, 'loose')).to.equal('fine');
    expect((await thrownByOperation(client.callEntity(at, 'never-caught'))).message).to.equal('sync');
    expect((await thrownByOperation(client.callEntity(at, 'x'))).message).to.equal('async');
  });

  it('large inputs, states and results within the limits cross whole', async () => {
    const echo = defineEntity('Echo', { effects: 'none' }, (context) => {
      context.setState(context.getInput());
      return context.getInput();
    });
    const client = await world().start([echo]);
    const big = { text: '😀é"\\\u2028'.repeat(20_000), list: Array.from({ length: 5_000 }, (_, i) => i) };
    expect(await client.callEntity(new EntityId('Echo', 'k'), 'x', big)).to.deep.equal(big);
    expect((await client.readEntityState(new EntityId('Echo', 'k'))).entityState).to.deep.equal(big);
  });

  it('many orchestrations of which every third fails: each has its own outcome', async () => {
    const third = defineOrchestration('Third', async (context, n: number) => {
      await context.callEntity(id('t'), 'add', n % 3 === 0 ? -1 : 1);
      return n;
    });
    const client = await world().start([mixed, third]);
    const runs = await Promise.all(Array.from({ length: 30 }, (_, n) => client.startNew(third, { input: n })));
    const outcomes = await Promise.allSettled(runs.map((run) => run.result()));
    outcomes.forEach((each, n) => expect(each.status).to.equal(n % 3 === 0 ? 'rejected' : 'fulfilled'));
    expect(await client.callEntity(id('t'), 'add', 0)).to.equal(20);
  });
});

acceptance('failure: reporting', twoSettings, (world) => {
  for (const what of ['onSignalFailed', 'logger'] as const) {
    it(`a ${what} that throws harms nobody`, async () => {
      const broken = () => {
        throw new Error('broken reporter');
      };
      const options =
        what === 'logger'
          ? { logger: { debug: broken, info: broken, warn: broken, error: broken } }
          : { onSignalFailed: broken };
      const client = await world().start([mixed], options);
      for (let i = 0; i < 5; i++) await client.signalEntity(id('k'), 'add', -1);
      await client.signalEntity(id('k'), 'add', 1);
      expect(await client.callEntity(id('k'), 'add', 1, { timeout: '2 minutes' })).to.equal(2);
    });
  }
});

acceptance('failure: the storage', hardest, (world) => {
  it('a file that is not a database gives StorageError at start, and stays unchanged', async () => {
    const file = await world().file();
    const text = 'this is not a database, it is a letter\n'.repeat(100);
    await writeFile(file, text);
    const error = await refusal(world().start([mixed]), StorageError, 'DE_STORAGE').catch(async (wrong: unknown) => {
      // Another code of the same class is fine, e.g. one that says that the file is no database.
      const cause = (wrong as Error).cause;
      if (cause instanceof StorageError) return cause;
      throw wrong;
    });
    expect(error.message + error.hint).to.match(/database/i);
    const { readFile } = await import('node:fs/promises');
    expect(await readFile(file, 'utf8')).to.equal(text);
  });

  it('a folder that does not exist, and a folder in place of the file, are StorageErrors', async () => {
    const options = { register: [mixed], logger: world().logger };
    const file = await world().file();
    for (const storage of [`${file}/nowhere/hub.db`, file.replace(/\/hub\.db$/, '')]) {
      const error = await failure(DurableHost.start({ ...options, storage }));
      expect(error, error.message).to.be.instanceOf(StorageError);
    }
  });
});
