import { expect } from 'chai';
import {
  defineActivity,
  defineEntity,
  defineOrchestration,
  Entity,
  EntityId,
  StateSerializationError,
  type EntityContext,
} from '../../src/index.js';
import {
  EffectsViolationError,
  EntityConstructionError,
  InvalidOperationError,
  UnknownOrchestrationError,
} from '../../src/errors/index.js';
import { acceptance, allSettings, twoSettings } from './variants.js';
import { eventually, expectError, failure, fresh, Gate, refusal, thrownByOperation } from './world.js';

/** Serves each operation by the function of its name. */
const table = (
  name: string,
  operations: Record<string, (context: EntityContext) => unknown>,
  effects: 'none' | 'external' = 'none',
) =>
  defineEntity(name, { effects }, (context) =>
    (operations[context.operationName] ?? (() => context.unknownOperation()))(context),
  );

const id = (key: string) => new EntityId('Table', key);

acceptance('state of a function entity', allSettings, (world) => {
  const use = async (
    operations: Record<string, (context: EntityContext) => unknown>,
    effects?: 'none' | 'external',
  ) => {
    const client = await world().start([
      table(
        'Table',
        { read: (context) => [context.hasState, context.getState() ?? 'nothing'], ...operations },
        effects,
      ),
    ]);
    const key = fresh('key');
    return {
      client,
      key,
      call: (operation: string, input?: unknown) => client.callEntity(id(key), operation, input),
      read: () => client.readEntityState(id(key)),
    };
  };

  it('S25 S29 S31 S41 operation names are what the sender wrote, unknown when this was compiled', async () => {
    const client = await world().start([defineEntity('Table', (context) => context.operationName)]);
    for (const name of ['Get', 'GET', 'milestone-reached', 'äöü 😀', ' ', '__proto__']) {
      expect(await client.callEntity(id('k'), name)).to.equal(name);
    }
  });

  it('S42 getInput gives the same object each time; undefined without one', async () => {
    const { call } = await use({
      same: (context) => [context.getInput() === context.getInput(), context.getInput() === undefined],
    });
    expect(await call('same', { a: 1 })).to.deep.equal([true, false]);
    expect(await call('same')).to.deep.equal([true, true]);
  });

  it('S43 return sets the result; the last one wins, over the returned value too, and changes no state', async () => {
    const { call, read, client, key } = await use({
      give: (context) => {
        context.return(1);
        context.return({ two: 2 });
        return 3;
      },
      nothing: (context) => {
        context.return(undefined);
        return 3;
      },
    });
    expect(await call('give')).to.deep.equal({ two: 2 });
    expect(await call('nothing')).to.equal(undefined);
    await client.signalEntity(id(key), 'give');
    expect(await call('give')).to.deep.equal({ two: 2 });
    expect((await read()).entityExists).to.equal(false);
  });

  it('S44 hasState follows getState(initial), setState and deleteState within the operation', async () => {
    const { call, read } = await use({
      walk: (context) => {
        const seen = [context.hasState];
        context.getState();
        seen.push(context.hasState);
        context.getState(() => 0);
        seen.push(context.hasState);
        context.deleteState();
        seen.push(context.hasState);
        context.setState('again');
        seen.push(context.hasState);
        return seen;
      },
    });
    expect(await call('walk')).to.deep.equal([false, false, true, false, true]);
    expect(await call('walk')).to.deep.equal([true, true, true, false, true]);
    expect(await read()).to.deep.equal({ entityExists: true, entityState: 'again' });
  });

  it('S33 S45 getState(initial) creates and persists; getState() alone creates nothing', async () => {
    const { call, read } = await use({
      peek: (context) => context.getState(),
      get: (context) => context.getState(() => 0),
    });
    expect(await call('peek')).to.equal(undefined);
    expect((await read()).entityExists).to.equal(false);
    expect(await call('get')).to.equal(0);
    expect(await read()).to.deep.equal({ entityExists: true, entityState: 0 });
  });

  it('S45 getState(Class) creates and restores an instance of the class', async () => {
    class Account {
      balance = 7;
      opened = new Date(0);
      describe(): string {
        return `${this.balance} since ${this.opened.getUTCFullYear()}`;
      }
    }
    const { call, read } = await use({
      describe: (context) => context.getState(Account).describe(),
      spend: (context) => (context.getState(Account).balance -= 1),
    });
    expect(await call('spend')).to.equal(6);
    expect(await call('describe')).to.equal('6 since 1970');
    expect((await read()).entityExists).to.equal(true);
  });

  it('S46 the state may be changed in place, over several operations', async () => {
    const { call, read } = await use({
      push: (context) => {
        const list = context.getState<unknown[]>(() => []);
        list.push(context.getInput());
        return list === context.getState();
      },
    });
    expect(await call('push', 1)).to.equal(true);
    expect(await call('push', new Date(5))).to.equal(true);
    expect(await call('push', new Map([['a', 1n]]))).to.equal(true);
    expect((await read()).entityState).to.deep.equal([1, new Date(5), new Map([['a', 1n]])]);
  });

  it('S47 two classes for the state of one operation are an InvalidOperationError', async () => {
    class One {
      a = 1;
    }
    class Two {
      a = 1;
    }
    const { call, read } = await use({
      both: (context) => {
        context.getState(One);
        context.getState(Two);
      },
    });
    expectError(await thrownByOperation(call('both')), InvalidOperationError, 'DE_INVALID_OPERATION');
    expect((await read()).entityExists).to.equal(false);
  });

  it('S48 setState replaces; after a state that cannot be stored the one before stands', async () => {
    const { call } = await use({
      set: (context) => context.setState(context.getInput()),
      bad: (context) => context.setState({ a: { b: () => 1 } }),
    });
    await call('set', { v: 1 });
    const error = await refusal(call('bad'), StateSerializationError, 'DE_STATE_SERIALIZATION');
    expect(error.path).to.contain('a.b');
    expect(await call('read')).to.deep.equal([true, { v: 1 }]);
    await call('set', 0);
    expect(await call('read')).to.deep.equal([true, 0]);
    await call('set', '');
    expect(await call('read')).to.deep.equal([true, '']);
    await call('set', false);
    expect(await call('read')).to.deep.equal([true, false]);
  });

  it('S34 S49 S54 deleteState, setState(null) and destructOnExit delete; without a state they do nothing', async () => {
    const { call, read } = await use({
      set: (context) => context.setState(context.getInput()),
      drop: (context) => context.deleteState(),
      nothing: (context) => context.setState(null),
      exit: (context) => context.destructOnExit(),
    });
    for (const operation of ['drop', 'nothing', 'exit']) {
      await call(operation);
      await call('set', { v: 1 });
      expect((await read()).entityExists).to.equal(true);
      await call(operation);
      expect(await read()).to.deep.equal({ entityExists: false, entityState: undefined });
      expect(await call('read')).to.deep.equal([false, 'nothing']);
    }
  });

  it('S49 changes of an object from getState have no effect after deleteState', async () => {
    const { call, read } = await use({
      go: (context) => {
        const state = context.getState(() => ({ n: 1 }));
        context.deleteState();
        state.n = 2;
      },
    });
    await call('go');
    expect((await read()).entityExists).to.equal(false);
  });

  it('S49 a state set after deleteState, in the same operation, is the new one', async () => {
    const { call } = await use({
      go: (context) => {
        context.getState(() => ({ old: true }));
        context.deleteState();
        context.setState({ fresh: true });
      },
    });
    await call('go');
    expect(await call('read')).to.deep.equal([true, { fresh: true }]);
  });

  it('S104 dates, maps, sets, bigints, undefined, NaN, bytes, ids and errors are state as they are', async () => {
    const { call } = await use({ set: (context) => context.setState(context.getInput()) });
    const value = {
      date: new Date(5),
      map: new Map<unknown, unknown>([
        ['a', new Map([[1, 2]])],
        [new Date(1), 'date key'],
      ]),
      set: new Set([1, 'x', undefined]),
      big: 2n ** 70n,
      nothing: undefined,
      nan: Number.NaN,
      infinite: -Infinity,
      negativeZero: -0,
      bytes: new Uint8Array([0, 255]),
      id: id('k'),
      nil: null,
      list: [undefined, null, [1]],
      $de: 'a key that looks like a tag',
      ['__proto__x']: 1,
    };
    await call('set', value);
    const [, back] = (await call('read')) as [boolean, typeof value];
    expect(back).to.deep.equal(value);
    expect(Object.is(back.negativeZero, -0)).to.equal(true);
    expect(Object.hasOwn(back, 'nothing')).to.equal(true);
  });

  it('S119 custom initialisation runs on first access and again after deletion', async () => {
    const { call } = await use({
      total: (context) => {
        if (!context.hasState) context.setState({ pages: 1 });
        return (context.getState() as { pages: number }).pages++;
      },
      drop: (context) => context.deleteState(),
    });
    expect([await call('total'), await call('total')]).to.deep.equal([1, 2]);
    await call('drop');
    expect(await call('total')).to.equal(1);
  });

  it('S45 an initialiser that throws is its own error, and nothing is created', async () => {
    const { call, read } = await use({
      get: (context) =>
        context.getState((): number => {
          throw new RangeError('no');
        }),
    });
    expect(await failure(call('get'))).to.be.instanceOf(Error);
    expect((await read()).entityExists).to.equal(false);
    class Broken {
      constructor() {
        throw new RangeError('no');
      }
    }
    const other = table('Broken', { get: (context) => context.getState(Broken) });
    const client = await world().restart([other]);
    const error = await refusal(
      client.callEntity(new EntityId('Broken', 'k'), 'get'),
      EntityConstructionError,
      'DE_CONSTRUCTION',
    );
    expect((error.cause as Error).name).to.equal('RangeError');
  });
});

acceptance('function context', twoSettings, (world) => {
  it('S52 Entity.current is the context of the running operation, across awaits, timers and helpers, for two entities at once', async () => {
    const both = [new Gate(), new Gate()];
    const helper = async (): Promise<string> => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      return Entity.current.entityKey;
    };
    const entity = defineEntity('Table', async (context) => {
      const index = context.getInput<number>();
      const seen = [Entity.current === context, Entity.current.entityKey];
      await both[index]!.pass();
      seen.push(Entity.current === context, await helper());
      return seen;
    });
    const client = await world().start([entity]);
    const first = client.callEntity(id('a'), 'go', 0);
    const second = client.callEntity(id('b'), 'go', 1);
    await Promise.all(both.map((gate) => gate.entered));
    both[1]!.open();
    expect(await second).to.deep.equal([true, 'b', true, 'b']);
    both[0]!.open();
    expect(await first).to.deep.equal([true, 'a', true, 'a']);
  });

  it('S53 Entity.current outside of an operation is an InvalidOperationError', async () => {
    const activity = defineActivity('Look', async () => {
      try {
        return Entity.current.entityKey;
      } catch (error) {
        return (error as InvalidOperationError).code;
      }
    });
    const looks = defineOrchestration('Looks', async (context) => {
      let here: unknown;
      try {
        here = Entity.current.entityKey;
      } catch (error) {
        here = (error as InvalidOperationError).code;
      }
      return [here, await context.callActivity(activity)];
    });
    const client = await world().start([activity, looks]);
    await refusal(() => Entity.current, InvalidOperationError, 'DE_INVALID_OPERATION');
    expect(await (await client.startNew(looks)).result()).to.deep.equal([
      'DE_INVALID_OPERATION',
      'DE_INVALID_OPERATION',
    ]);
  });

  for (const effects of ['none', 'external'] as const) {
    it(`S53 a context used after its operation is an InvalidOperationError, for each of its members (${effects})`, async () => {
      let kept: EntityContext | undefined;
      let late: Promise<unknown> | undefined;
      const gate = new Gate();
      const entity = defineEntity('Table', { effects }, (context) => {
        kept = context;
        late = gate.opened.then(() => Entity.current.hasState).catch((error: unknown) => error);
        context.setState({ n: 1 });
      });
      const client = await world().start([entity]);
      await client.callEntity(id('k'), 'go');
      const used: (() => unknown)[] = [
        () => kept?.entityId,
        () => kept?.entityName,
        () => kept?.entityKey,
        () => kept?.instanceId,
        () => kept?.hasState,
        () => kept?.signal,
        () => kept?.fencingToken,
        () => kept?.getInput(),
        () => kept?.getState(),
        () => kept?.setState(2),
        () => kept?.deleteState(),
        () => kept?.destructOnExit(),
        () => kept?.return(1),
        () => kept?.signalEntity(id('x'), 'go'),
        () => kept?.startNewOrchestration('X'),
        () => kept?.dispatch(class {}),
      ];
      for (const use of used) await refusal(use, InvalidOperationError, 'DE_INVALID_OPERATION');
      gate.open();
      expectError(await late, InvalidOperationError, 'DE_INVALID_OPERATION');
      expect((await client.readEntityState(id('k'))).entityState).to.deep.equal({ n: 1 });
    });
  }

  it('S51 startNewOrchestration refuses an unknown name and an unusable id, and the operation is rolled back', async () => {
    const entity = table('Table', {
      unknown: (context) => context.startNewOrchestration('Nobody'),
      badId: (context) => context.startNewOrchestration('Known', { instanceId: '@a@b' }),
      badInput: (context) => context.startNewOrchestration('Known', { input: () => 1 }),
    });
    const known = defineOrchestration('Known', async () => 1);
    const client = await world().start([entity, known]);
    expectError(
      await thrownByOperation(client.callEntity(id('k'), 'unknown')),
      UnknownOrchestrationError,
      'DE_UNKNOWN_ORCHESTRATION',
    );
    expect(await thrownByOperation(client.callEntity(id('k'), 'badId'))).to.include({ code: 'DE_INVALID_ARGUMENT' });
    expect(await thrownByOperation(client.callEntity(id('k'), 'badInput'))).to.include({
      code: 'DE_SERIALIZATION',
      path: 'input',
    });
  });

  it('S16 an external operation may await I/O', async () => {
    const entity = table(
      'Table',
      {
        go: async (context) => {
          await new Promise((resolve) => setTimeout(resolve, 2));
          context.setState('later');
          return 'done';
        },
      },
      'external',
    );
    const client = await world().start([entity]);
    expect(await client.callEntity(id('k'), 'go')).to.equal('done');
    expect((await client.readEntityState(id('k'))).entityState).to.equal('later');
  });

  it('an operation of a `none` entity that awaits a timer is an EffectsViolationError, rolled back, and others go on', async () => {
    const entity = table('Table', {
      slow: async (context) => {
        context.setState('half');
        context.signalEntity(id('other'), 'set');
        await new Promise((resolve) => setTimeout(resolve, 1));
        context.setState('whole');
      },
      quick: async (context) => {
        for (let i = 0; i < 50; i++) await Promise.resolve();
        context.setState('quick');
      },
      set: (context) => context.setState('set'),
    });
    const client = await world().start([entity]);
    await refusal(client.callEntity(id('k'), 'slow'), EffectsViolationError, 'DE_EFFECTS_VIOLATION');
    await client.signalEntity(id('k'), 'slow');
    const failed = await world().failedSignal('slow');
    expectError(failed.error, EffectsViolationError, 'DE_EFFECTS_VIOLATION');
    await client.callEntity(id('k'), 'quick');
    expect((await client.readEntityState(id('k'))).entityState).to.equal('quick');
    expect((await client.readEntityState(id('other'))).entityExists).to.equal(false);
  });

  it('context.signal is not aborted, and fencingToken is a positive number that does not fall', async () => {
    const entity = table('Table', { look: (context) => [context.signal.aborted, context.fencingToken] });
    const client = await world().start([entity]);
    const [aborted, first] = await client.callEntity<[boolean, number]>(id('k'), 'look');
    expect(aborted).to.equal(false);
    expect(first).to.be.greaterThan(0);
    const again = await world().restart();
    const [, second] = await again.callEntity<[boolean, number]>(id('k'), 'look');
    expect(second).to.be.greaterThan(first);
  });

  it('S84 S97 a signal from an operation to an entity that is busy does not wait for it', async () => {
    const gate = new Gate();
    const busy = defineEntity('Busy', async (context) => {
      if (context.operationName === 'wait') await gate.pass();
      context.setState((context.getState<number>(() => 0) ?? 0) + 1);
    });
    const sender = table('Table', { go: (context) => context.signalEntity(new EntityId('Busy', 'k'), 'count') });
    const client = await world().start([busy, sender]);
    await client.signalEntity(new EntityId('Busy', 'k'), 'wait');
    await gate.entered;
    await client.callEntity(id('k'), 'go');
    gate.open();
    await eventually(
      async () => ((await client.readEntityState(new EntityId('Busy', 'k'))).entityState === 2 ? true : undefined),
      'both operations',
    );
  });
});
