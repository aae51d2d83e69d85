/** The core of entities, on every form × storage × cache. */
import { expect } from 'chai';
import {
  defineOrchestration,
  EntityId,
  EntityOperationFailedError,
  StateSerializationError,
  UnknownOperationError,
} from '../../src/index.js';
import { NonError, SerializationError, UnknownEntityError } from '../../src/errors/index.js';
import { counterIn, forms, gate, Overdrawn, runs, type Described, type Forwarding } from './counters.js';
import { acceptance, settingsOf } from './variants.js';
import { counterId, eventually, expectError, fresh, refusal, thrownByOperation } from './world.js';

const noted = defineOrchestration('Noted', async (_context, input: unknown) => input);

const calls = defineOrchestration(
  'Calls',
  async (context, requests: [key: string, operation: string, input?: unknown][]) => {
    const results: unknown[] = [];
    for (const [key, operation, input] of requests) {
      results.push(await context.callEntity(counterId(key), operation, input));
    }
    return results;
  },
);

for (const form of forms) {
  acceptance(`operations of a ${form} entity`, settingsOf(form), (world) => {
    const counter = counterIn(form);
    const patient = counterIn(form, 'external');
    let key: string;
    beforeEach(() => {
      key = fresh('key');
    });
    const start = (definition: unknown = counter) => world().start([definition, noted, calls]);
    const total = (id = key) => world().client.callEntity<number>(counterId(id), 'get');
    const stored = async (id = key) =>
      (await world().client.readEntityState<{ value: number }>(counterId(id))).entityState?.value;

    it('S10 S15 S88 a signal by id, operation and input changes the state', async () => {
      const client = await start();
      expect(await client.signalEntity(counterId(key), 'add', 5)).to.be.a('string');
      expect(await total()).to.equal(5);
    });

    it('S14 S63 a call gives exactly the result, from sync and async operations', async () => {
      const client = await start();
      expect(await client.callEntity(counterId(key), 'plus', 4)).to.equal(4);
      expect(await client.callEntity(counterId(key), 'plus', 3)).to.equal(7);
      expect(await client.callEntity(counterId(key), 'reset')).to.equal(undefined);
      expect(await total()).to.equal(0);
    });

    it('S35 an operation that returns nothing has the result undefined', async () => {
      const client = await start();
      expect(await client.callEntity(counterId(key), 'add', 1)).to.equal(undefined);
    });

    it('S12 falsy inputs arrive exactly, and differ from no input', async () => {
      const client = await start();
      for (const input of [0, false, '', null, undefined, -0, Number.NaN, 0n]) {
        const result = await client.callEntity(counterId(key), 'echo', input);
        expect(Object.is(result, input), String(input)).to.equal(true);
      }
      expect(await client.callEntity(counterId(key), 'echo')).to.equal(undefined);
    });

    it('S12 falsy inputs and results survive an orchestration too', async () => {
      const client = await start();
      const inputs = [0, false, '', null, undefined];
      const run = await client.startNew(calls, {
        input: inputs.map((input) => [key, 'echo', input] as [string, string, unknown]),
      });
      expect(await run.result()).to.deep.equal(inputs);
    });

    it('S12 the input is a snapshot: what the sender changes later has no effect', async () => {
      const client = await start();
      const input = { list: [1], nested: { a: 1 } };
      const answer = client.callEntity(counterId(key), 'echo', input);
      input.list.push(2);
      input.nested.a = 9;
      expect(await answer).to.deep.equal({ list: [1], nested: { a: 1 } });
    });

    it('S117 a value that cannot be sent gives the sender a SerializationError that names the path, and nothing is sent', async () => {
      const client = await start();
      const cycle: Record<string, unknown> = {};
      cycle['self'] = cycle;
      for (const [input, path] of [
        [{ a: [{ fn: () => 1 }] }, 'input.a[0].fn'],
        [{ contacts: { 'an n': { photo: Symbol('x') } } }, 'input.contacts["an n"].photo'],
        [cycle, 'input.self'],
        [() => 1, 'input'],
        [{ p: Promise.resolve() }, 'input.p'],
      ] as const) {
        const signalled = await refusal(
          client.signalEntity(counterId(key), 'add', input),
          SerializationError,
          'DE_SERIALIZATION',
        );
        expect(signalled.path).to.equal(path);
        await refusal(client.callEntity(counterId(key), 'plus', input), SerializationError, 'DE_SERIALIZATION');
      }
      await client.signalEntity(counterId(key), 'add', 1);
      expect(await total()).to.equal(1);
    });

    it('S11 S61 an unknown operation is an error to the caller that names operation and entity; state is unchanged', async () => {
      const client = await start();
      await client.signalEntity(counterId(key), 'add', 3);
      const error = await refusal(
        client.callEntity(counterId(key), 'milestone-reached'),
        UnknownOperationError,
        'DE_UNKNOWN_OPERATION',
      );
      expect(error).to.be.instanceOf(EntityOperationFailedError);
      expect(error.message).to.contain('milestone-reached').and.to.contain(`@counter@${key}`);
      expect(error.operationName).to.equal('milestone-reached');
      expect(error.entityId.equals(counterId(key))).to.equal(true);
      expect(await total()).to.equal(3);
    });

    it('S61 S85 an unknown operation by signal goes to the logger and once to onSignalFailed, and nothing is lost', async () => {
      const client = await start();
      await client.signalEntity(counterId(key), 'nonsense', 1);
      await client.signalEntity(counterId(key), 'add', 2);
      const failed = await world().failedSignal('nonsense');
      expect(await total()).to.equal(2);
      expectError(failed.error, UnknownOperationError, 'DE_UNKNOWN_OPERATION');
      expect(failed.entityId.toString()).to.equal(`@counter@${key}`);
      expect(world().failedSignals).to.have.lengthOf(1);
      expect(world().lines.some((line) => JSON.stringify(line.fields).includes(key))).to.equal(true);
    });

    it('S72 prototype-named operations are unknown operations', async () => {
      const client = await start();
      for (const name of [
        '__proto__',
        'constructor',
        'toString',
        'hasOwnProperty',
        'valueOf',
        '__defineGetter__',
        'toJSON',
        'then',
      ]) {
        await refusal(client.callEntity(counterId(key), name, 1), UnknownOperationError, 'DE_UNKNOWN_OPERATION');
      }
      await client.signalEntity(counterId(key), 'add', 2);
      expect(await total()).to.equal(2);
    });

    it('S14 S99 the error of an operation reaches the caller as cause, with name, message, data and stack', async () => {
      const client = await start();
      const outer = await refusal(
        client.callEntity(counterId(key), 'breakDown', { to: counterId(key), operation: 'add' }),
        EntityOperationFailedError,
        'DE_OPERATION_FAILED',
      );
      expect(outer.operationName).to.equal('breakDown');
      expect(outer.is('Overdrawn')).to.equal(true);
      expect(outer.is('Underdrawn')).to.equal(false);
      const cause = outer.cause as Overdrawn;
      expect(cause).to.be.instanceOf(Error);
      expect([cause.name, cause.message, cause.balance]).to.deep.equal(['Overdrawn', 'there is only 3', 3]);
      expect(cause.wanted).to.deep.equal({ amount: 5n });
      expect(cause.stack).to.contain('counters');
    });

    it('S62 B4 a failing operation is rolled back: state, signals and started orchestrations', async () => {
      const client = await start();
      const other = fresh('other');
      await client.signalEntity(counterId(key), 'add', 3);
      const target: Forwarding = { to: counterId(other), operation: 'add' };
      const cause = await thrownByOperation(client.callEntity(counterId(key), 'breakDown', target));
      expect(cause.name).to.equal('Overdrawn');
      await client.signalEntity(counterId(key), 'breakDown', target);
      await world().failedSignal('breakDown');
      expect(await total()).to.equal(3);
      expect(await client.readEntityState(counterId(other))).to.deep.equal({
        entityExists: false,
        entityState: undefined,
      });
      expect(await client.run(noted, `noted-${key}`).status()).to.equal(undefined);
      expect(await client.callEntity(counterId(key), 'plus', 1)).to.equal(4);
    });

    it('S62 a first operation that fails creates nothing', async () => {
      const client = await start();
      await thrownByOperation(client.callEntity(counterId(key), 'breakDown', { to: counterId(key), operation: 'add' }));
      expect((await client.readEntityState(counterId(key))).entityExists).to.equal(false);
      expect(await total()).to.equal(0);
    });

    it('S14 thrown values that are not errors arrive as NonError', async () => {
      const client = await start();
      for (const thrown of ['text', 7, null, undefined, { code: 'X', list: [1n] }]) {
        const cause = await thrownByOperation(client.callEntity(counterId(key), 'throwPlainly', thrown));
        expectError(cause, NonError, 'DE_NON_ERROR');
        expect((cause as NonError).thrown).to.deep.equal(thrown);
      }
    });

    it('S62 a result that cannot be sent fails the operation with a SerializationError, and rolls it back', async () => {
      const client = await start();
      await client.signalEntity(counterId(key), 'add', 3);
      const cause = await thrownByOperation(client.callEntity(counterId(key), 'badResult'));
      expect(cause).to.include({ name: 'SerializationError', code: 'DE_SERIALIZATION', path: 'result.deep[0].fn' });
      expect(await total()).to.equal(3);
    });

    it('S48 S62 a state that cannot be written is a StateSerializationError that names the path; the state before stands', async () => {
      const client = await start();
      await client.signalEntity(counterId(key), 'add', 3);
      const error = await refusal(
        client.callEntity(counterId(key), 'spoil'),
        StateSerializationError,
        'DE_STATE_SERIALIZATION',
      );
      expect(error.path).to.contain('value');
      expect(error).to.be.instanceOf(EntityOperationFailedError);
      expect(await total()).to.equal(3);
      expect(await stored()).to.equal(3);
    });

    it('S17 S164 operations of one entity run one after another, across awaits', async () => {
      const client = await start(patient);
      const first = client.callEntity(counterId(key), 'pause', key);
      const second = client.callEntity(counterId(key), 'plus', 10);
      await gate(key).entered;
      const other = fresh('other');
      expect(await client.callEntity(counterId(other), 'plus', 1), 'another entity is not held up').to.equal(1);
      gate(key).open();
      expect(await first).to.equal(0);
      expect(await second).to.equal(11);
    });

    it('S20 signals that one client sends to one entity are applied in order', async () => {
      const client = await start();
      const sent: Promise<unknown>[] = [];
      for (let i = 0; i < 50; i++) {
        sent.push(
          client.signalEntity(counterId(key), 'add', 1),
          client.signalEntity(counterId(key), i === 48 ? 'reset' : 'add', 1),
        );
      }
      await Promise.all(sent);
      expect(await total()).to.equal(2);
    });

    it('S21 S22 S66 each message takes effect once and its code runs once when nothing fails', async () => {
      const client = await start();
      await Promise.all(Array.from({ length: 100 }, () => client.signalEntity(counterId(key), 'plus', 1)));
      expect(await total()).to.equal(100);
      expect(runs.get(key)).to.equal(100);
    });

    it('S18 S91 a result is visible only when its state is committed', async () => {
      const client = await start();
      for (let i = 1; i <= 10; i++) {
        expect(await client.callEntity(counterId(key), 'plus', 1)).to.equal(i);
        expect(await stored()).to.equal(i);
      }
    });

    it('S91 read state never shows the middle of an operation', async () => {
      const client = await start(patient);
      await client.callEntity(counterId(key), 'plus', 5);
      const paused = client.callEntity(counterId(key), 'pause', key);
      await gate(key).entered;
      expect(await stored()).to.equal(5);
      gate(key).open();
      await paused;
      expect(await stored()).to.equal(6);
    });

    it('S38 S39 S40 S41 S71 an operation sees its name, key, id, and the operation name', async () => {
      const client = await start();
      const odd = `${key}@ ß`;
      const described = await client.callEntity<Described>(counterId(odd), 'describe');
      expect(described).to.deep.include({
        entityName: 'counter',
        entityKey: odd,
        operationName: 'describe',
        instanceId: `@counter@${odd}`,
      });
      expect(described.entityId).to.be.instanceOf(EntityId);
      expect(described.entityId.equals(counterId(odd))).to.equal(true);
    });

    it('S50 S102 S169 an entity signals another one and itself, in order, when the operation commits', async () => {
      const client = await start();
      const other = fresh('other');
      await client.callEntity(counterId(key), 'forwardAll', [
        { to: counterId(other), operation: 'add', input: 7 },
        { to: counterId(other), operation: 'reset' },
        { to: counterId(other), operation: 'add', input: 1 },
        { to: counterId(key), operation: 'add', input: 2 },
      ] satisfies Forwarding[]);
      expect(await eventually(async () => ((await stored(other)) === 1 ? true : undefined), 'the signal')).to.equal(
        true,
      );
      expect(await eventually(async () => ((await stored()) === 2 ? true : undefined), 'the self signal')).to.equal(
        true,
      );
    });

    it('S50 a forwarded signal keeps falsy inputs', async () => {
      const client = await start();
      await client.signalEntity(counterId(key), 'add', 5);
      await client.callEntity(counterId(key), 'forward', {
        to: counterId(key),
        operation: 'add',
        input: 0,
      } satisfies Forwarding);
      await client.callEntity(counterId(key), 'forward', {
        to: counterId(key),
        operation: 'throwPlainly',
        input: false,
      } satisfies Forwarding);
      const failed = await world().failedSignal('throwPlainly');
      expect(failed.error.cause).to.include({ name: 'NonError', thrown: false });
      expect(await total()).to.equal(5);
    });

    it('S2 S13 S102 a signal to an unknown entity fails the operation that sends it, and rolls it back', async () => {
      const client = await start();
      const target: Forwarding = { to: new EntityId('Stranger', 'k'), operation: 'add' };
      const cause = await thrownByOperation(client.callEntity(counterId(key), 'forward', target));
      expect(cause.name).to.equal(UnknownEntityError.name);
    });

    it('S13 a scheduled signal is not delivered before its time, and not lost', async () => {
      const client = await world().startMoved([counter, noted, calls]);
      const hourMs = 3_600_000;
      await client.signalEntity(counterId(key), 'add', 1, { scheduledTime: new Date(world().now + hourMs) });
      await client.callEntity(counterId(key), 'forward', {
        to: counterId(key),
        operation: 'add',
        input: 10,
        afterMs: hourMs,
      } satisfies Forwarding);
      await client.signalEntity(counterId(key), 'add', 100, { scheduledTime: new Date(0) });
      expect(await total(), 'one of the past is delivered at once').to.equal(100);
      world().pass('30 minutes');
      expect(await total()).to.equal(100);
      world().pass('30 minutes');
      await eventually(async () => ((await total()) === 111 ? true : undefined), 'the scheduled signals');
    });

    it('S51 S191 an operation starts an orchestration when it commits, and gets its id', async () => {
      const client = await start();
      const given = await client.callEntity<string>(counterId(key), 'start', {
        instanceId: `run-${key}`,
        input: counterId(key),
      });
      expect(given).to.equal(`run-${key}`);
      const input = await client.run(noted, given).result();
      expect(input).to.be.instanceOf(EntityId);
      expect(String(input)).to.equal(`@counter@${key}`);
      const made = await client.callEntity<string>(counterId(key), 'start', { input: 0 });
      expect(await client.run(noted, made).result()).to.equal(0);
    });

    it('S68 S74 S165 the first operation creates the state, even one that only reads', async () => {
      const client = await start();
      expect((await client.readEntityState(counterId(key))).entityExists).to.equal(false);
      expect(await total()).to.equal(0);
      expect(await client.readEntityState(counterId(key))).to.deep.equal({
        entityExists: true,
        entityState: { value: 0 },
      });
    });

    it('S49 S69 S75 S76 a deleted entity is like a new one', async () => {
      const client = await start();
      await client.callEntity(counterId(key), 'plus', 5);
      await client.callEntity(counterId(key), 'delete');
      expect(await client.readEntityState(counterId(key))).to.deep.equal({
        entityExists: false,
        entityState: undefined,
      });
      await client.callEntity(counterId(key), 'delete');
      expect((await client.readEntityState(counterId(key))).entityExists).to.equal(false);
      expect(await client.callEntity(counterId(key), 'plus', 1)).to.equal(1);
      expect(await stored()).to.equal(1);
    });

    it('S92 readEntityState returns a snapshot whose changes do not reach the entity', async () => {
      const client = await start();
      await client.callEntity(counterId(key), 'plus', 5);
      const { entityState } = await client.readEntityState<{ value: number }>(counterId(key));
      expect(() => Object.assign(entityState as object, { value: 9 })).to.throw(TypeError);
      expect(await total()).to.equal(5);
    });

    it('S96 S98 S101 calls of an orchestration see its earlier signals, from sub-orchestrations too', async () => {
      const parent = defineOrchestration('Parent', async (context) => {
        context.signalEntity(counterId(key), 'add', 3);
        const seen = await context.callEntity<number>(counterId(key), 'get');
        const [below] = await context.callSubOrchestration(calls, [[key, 'plus', 4]]);
        return [seen, below, await context.callEntity(counterId(key), 'get')];
      });
      const client = await world().start([counter, calls, noted, parent]);
      expect(await (await client.startNew(parent)).result()).to.deep.equal([3, 7, 7]);
    });

    it('S28 S77 S78 everything outlives a restart of the host', async () => {
      const client = await start();
      await client.signalEntity(counterId(key), 'add', 5);
      await client.signalEntity(counterId(key), 'add', 100, { scheduledTime: Date.now() + 30 });
      const again = await world().restart();
      await eventually(
        async () => ((await again.callEntity(counterId(key), 'get')) === 105 ? true : undefined),
        'the signal',
      );
    });

    it('S27 S28 the stored state is the same in every form', async () => {
      const client = await start();
      await client.callEntity(counterId(key), 'plus', 5);
      for (const other of forms) {
        const again = await world().restart([counterIn(other), noted, calls]);
        expect(await again.callEntity(counterId(key), 'plus', 1)).to.equal(6 + forms.indexOf(other));
      }
    });
  });
}
