import { expect } from 'chai';
import { defineActivity, defineEntity, defineOrchestration } from '../../src/functions/define.js';
import { EntityId } from '../../src/model/entity-id.js';
import { failure, World } from './world.js';

/** Hostile values that code can throw. An entity, an orchestration and an activity throw each of them. */
const thrown: Record<string, () => unknown> = {
  'an object without a prototype': () => Object.create(null) as unknown,
  'an object whose toString throws': () => ({
    toString() {
      throw new Error('no text');
    },
  }),
  'an error whose message throws': () =>
    Object.defineProperty(new Error('x'), 'message', {
      get() {
        throw new Error('no message');
      },
    }),
  'an error whose cause throws': () =>
    Object.defineProperty(new Error('x'), 'cause', {
      get() {
        throw new Error('no cause');
      },
    }),
  'an error whose message is a symbol': () => Object.assign(new Error('x'), { message: Symbol('m') }),
  'an error whose name is an object without a prototype': () =>
    Object.assign(new Error('x'), { name: Object.create(null) as unknown }),
  'a proxy that refuses everything': () =>
    new Proxy(new Error('x'), {
      getPrototypeOf() {
        throw new Error('no prototype');
      },
      ownKeys() {
        throw new Error('no keys');
      },
    }),
  'an error that contains itself': () => {
    const error = new Error('x') as Error & { self?: unknown };
    error.self = error;
    return error;
  },
  'an error that contains itself twice': () => {
    const error = new Error('x') as Error & { a?: unknown; b?: unknown };
    error.a = error;
    error.b = { error };
    return error;
  },
  'an error that is its own cause': () => {
    const error = new Error('x');
    error.cause = error;
    return error;
  },
  undefined: () => undefined,
  'a symbol': () => Symbol('s'),
  'a promise that rejects': () => {
    const promise = Promise.reject(new Error('late'));
    promise.catch(() => {});
    return promise;
  },
};

const good = defineEntity('Good', { effects: 'none' }, (context) => context.setState(context.getState(() => 0) + 1));

async function neighboursWork(world: World, client: Awaited<ReturnType<World['start']>>['client']): Promise<void> {
  await world.until(client.callEntity(new EntityId('Good', 'a'), 'add'), 60_000);
}

describe('hostile user code', () => {
  for (const [name, make] of Object.entries(thrown)) {
    for (const effects of ['none', 'external'] as const) {
      it(`only the operation fails when an ${effects} entity throws ${name}`, async () => {
        const bad = defineEntity('Bad', { effects }, () => {
          throw make();
        });
        const world = new World([bad, good]);
        const { client } = await world.start();
        const error = await world.until(failure(client.callEntity(new EntityId('Bad', 'a'), 'go')), 60_000);
        expect(error.name).to.equal('EntityOperationFailedError');
        await neighboursWork(world, client);
      });
    }

    it(`only the operation fails that rejects with ${name}`, async () => {
      const bad = defineEntity('Bad', { effects: 'none' }, async () => {
        await Promise.resolve();
        throw make();
      });
      const world = new World([bad, good]);
      const { client } = await world.start();
      const error = await world.until(failure(client.callEntity(new EntityId('Bad', 'a'), 'go')), 60_000);
      expect(error.name).to.equal('EntityOperationFailedError');
      await neighboursWork(world, client);
    });

    it(`only the orchestration fails that throws ${name}`, async () => {
      const bad = defineOrchestration('Bad', async () => {
        throw make();
      });
      const world = new World([good, bad]);
      const { client } = await world.start();
      const run = await world.until(client.startNew('Bad'), 60_000);
      const error = await world.until(failure(run.result()), 60_000);
      expect(error.name).to.equal('OrchestrationFailedError');
      await neighboursWork(world, client);
    });

    it(`only the activity fails that throws ${name}`, async () => {
      const bad = defineActivity('Bad', async () => {
        throw make();
      });
      const caller = defineOrchestration('Caller', async (context) => context.callActivity('Bad'));
      const world = new World([good, caller, bad]);
      const { client } = await world.start();
      const run = await world.until(client.startNew('Caller'), 60_000);
      const error = await world.until(failure(run.result()), 60_000);
      expect(error.name).to.equal('OrchestrationFailedError');
      await neighboursWork(world, client);
    });
  }

  it('only the operation fails that returns an object whose `then` throws', async () => {
    const bad = defineEntity('Bad', { effects: 'none' }, () =>
      // oxlint-disable-next-line unicorn/no-thenable -- what is tested
      Object.defineProperty({}, 'then', {
        get() {
          throw new Error('no then');
        },
      }),
    );
    const world = new World([bad, good]);
    const { client } = await world.start();
    const error = await world.until(failure(client.callEntity(new EntityId('Bad', 'a'), 'go')), 60_000);
    expect(error.name).to.equal('EntityOperationFailedError');
    await neighboursWork(world, client);
  });

  it('the host continues when the callback for failed signals throws or rejects', async () => {
    const bad = defineEntity('Bad', { effects: 'none' }, () => {
      throw new Error('no');
    });
    const world = new World([bad, good]);
    world.signalFailures.push = () => {
      throw new Error('from the callback');
    };
    const { client } = await world.start();
    await world.until(client.signalEntity(new EntityId('Bad', 'a'), 'go'));
    await neighboursWork(world, client);
  });

  it('the host continues when the logger throws', async () => {
    const bad = defineEntity('Bad', { effects: 'none' }, () => {
      throw new Error('no');
    });
    const world = new World([bad, good]);
    world.log.push = () => {
      throw new Error('from the logger');
    };
    world.signalFailures.push = () => {
      throw new Error('from the callback');
    };
    const { client, store } = await world.start();
    const signalled = client.signalEntity(new EntityId('Bad', 'a'), 'go');
    const called = client.callEntity(new EntityId('Good', 'a'), 'add');
    await world.until(Promise.all([signalled, called]), 60_000);
    let failed = false;
    store.plan = (access) => {
      if (failed || access !== 'commit') return undefined;
      failed = true;
      return 'fail';
    };
    await neighboursWork(world, client);
  });
});
