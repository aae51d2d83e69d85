import { expect } from 'chai';
import { Container, inject } from 'inversify';
import { defineEntity, Entity, EntityId, Operation, TaskEntity } from '../../src/index.js';
import { runOperation, TestStuckError } from '../../src/testing/index.js';
import { Counter, failure, list, lists, mailer, outside } from './programs.js';

describe('runOperation: one operation without a host', () => {
  it('runOperation runs on an entity that does not exist yet', async () => {
    const run = await runOperation(Counter, 'add', 5);
    expect(run).to.deep.include({ result: 5, error: undefined, exists: true, signals: [], orchestrations: [] });
    expect(run.state).to.deep.include({ value: 5 });
  });

  it('runOperation uses the given state and initialises missing fields', async () => {
    const changedAt = new Date('2026-02-03T04:05:06Z');
    const { result, state } = await runOperation(Counter, 'add', -1, { state: { value: 3, changedAt } });
    expect(result).to.equal(2);
    expect(state?.changedAt).to.deep.equal(changedAt);
    expect((await runOperation(Counter, 'get', undefined, { state: {} })).result).to.equal(0);
  });

  it('runOperation rolls back an operation that throws', async () => {
    const { result, error, exists, state } = await runOperation(Counter, 'add', -5, { state: { value: 3 } });
    expect(result).to.equal(undefined);
    expect(error).to.have.property('name', 'EntityOperationFailedError');
    expect(error?.cause).to.be.instanceOf(RangeError).with.property('message', 'only 3 left');
    expect(exists).to.equal(true);
    expect(state?.value).to.equal(3);
  });

  it('runOperation returns sent signals and started orchestrations with their due times', async () => {
    const at = new Date('2026-03-01T00:00:00Z');
    const { signals, orchestrations } = await runOperation(Counter, 'remindLater', at, { state: { value: 7 } });
    expect(signals).to.deep.equal([{ entityId: list, operation: 'append', input: 7, scheduledTime: at }]);
    expect(orchestrations).to.deep.equal([
      { name: 'Reminder', instanceId: 'reminder-1', input: 'now', version: undefined },
    ]);
  });

  it('runOperation reports that a deleted entity does not exist', async () => {
    const { exists, state, error } = await runOperation(Counter, 'clear', undefined, { state: { value: 7 } });
    expect({ exists, state, error }).to.deep.equal({ exists: false, state: undefined, error: undefined });
  });

  it('runOperation runs operations of function entities', async () => {
    const appended = await runOperation<number[], number[]>(lists, 'append', 3, { state: [1, 2] });
    expect(appended.state).to.deep.equal([1, 2, 3]);
    const failed = await runOperation(lists, 'fail', undefined, { state: [1] });
    expect(failed.error?.cause).to.be.instanceOf(TypeError);
    expect(failed.state).to.deep.equal([1]);
  });

  it('runOperation waits for operations with I/O up to timeLimit', async () => {
    outside.splice(0);
    const { result } = await runOperation(mailer, 'send', 'hello', { state: 3 });
    expect(result).to.equal(4);
    expect(outside).to.deep.equal(['hello']);
    const stuck = defineEntity('Stuck', () => new Promise(() => {}));
    const error = await failure(runOperation(stuck, 'wait', undefined, { timeLimit: 20 }));
    expect(error).to.be.instanceOf(TestStuckError);
    expect(error.message).to.include('"wait"').and.include('20 ms');
  });

  it("runOperation fails an operation with effects: 'none' that does not end in its turn", async () => {
    const leaky = defineEntity('Leaky', { effects: 'none' }, () => new Promise((resolve) => setTimeout(resolve, 1)));
    expect((await runOperation(leaky, 'any')).error).to.have.property('name', 'EffectsViolationError');
  });

  it('runOperation gives classes their services, key and hub time', async () => {
    class Prices {
      of(): number {
        return 1;
      }
    }
    @Entity({ effects: 'none' })
    class Basket extends TaskEntity<{ pieces: number }> {
      constructor(@inject(Prices) private readonly prices: Prices) {
        super();
      }
      protected override initializeState(): { pieces: number } {
        return { pieces: 0 };
      }
      @Operation()
      async total(pieces: number): Promise<string> {
        this.state.pieces += pieces;
        return `${Entity.current.entityKey}: ${this.state.pieces * this.prices.of()}`;
      }
    }
    const container = new Container();
    container.bind(Prices).toConstantValue({ of: () => 9 });
    const { result, state } = await runOperation(Basket, 'total', 2, { container, key: 'ann' });
    expect(result).to.equal('ann: 18');
    expect(state).to.deep.equal({ pieces: 2 });
  });

  it('runOperation returns named and cancelled signals, and refuses signals of read-only operations', async () => {
    const bell = defineEntity('Bell', { effects: 'none', readOnly: ['look'] }, (context) => {
      context.signalEntity(context.entityId, 'ring', 1, { scheduledTime: 5, name: 'evening' });
      context.cancelSignal(context.entityId, 'morning');
    });
    const { signals, cancelledSignals } = await runOperation(bell, 'set');
    expect(signals.map(({ operation, scheduledTime, name }) => [operation, Number(scheduledTime), name])).to.deep.equal(
      [['ring', 5, 'evening']],
    );
    expect(cancelledSignals.map(({ entityId, name }) => `${entityId.toString()} ${name}`)).to.deep.equal([
      '@bell@test morning',
    ]);
    const looked = await runOperation(bell, 'look');
    expect([looked.error?.name, looked.signals.length]).to.deep.equal(['ReadOnlyViolationError', 0]);
  });

  it('runOperation upgrades a state of an older version', async () => {
    @Entity({
      effects: 'none',
      version: 2,
      upgrade: (state) => ({ cents: (state as { euros: number }).euros * 100 }),
    })
    class Purse {
      cents = 0;
      @Operation()
      async count(): Promise<number> {
        return this.cents;
      }
    }
    expect((await runOperation(Purse, 'count', undefined, { state: { cents: 5 } })).result).to.equal(5);
    const old = { euros: 3 } as object;
    expect((await runOperation(Purse, 'count', undefined, { state: old, stateVersion: 1 })).result).to.equal(300);
  });

  it('runOperation finds the operation of a renamed method and refuses invalid names', async () => {
    expect((await runOperation(Counter, 'get', undefined, { state: { value: 8 } })).result).to.equal(8);
    const unknown = await runOperation(Counter, 'toString' as 'get');
    expect(unknown.error).to.have.property('name', 'UnknownOperationError');
    expect((await failure(runOperation({} as never, 'x'))).name).to.equal('RegistrationError');
    expect((await failure(runOperation(lists, ''))).message).to.include('operation');
    expect((await failure(runOperation(lists, 'append', () => {}))).name).to.equal('SerializationError');
    expect((await runOperation(lists, 'append', new EntityId('A', 'b'))).error).to.equal(undefined);
  });

  it('runOperation infers the types of inputs, results and states', () => {
    const typed = async () => {
      const { result, state } = await runOperation(Counter, 'add', 1);
      const sum: number | undefined = result;
      const value: number | undefined = state?.value;
      // @ts-expect-error the input is a number
      await runOperation(Counter, 'add', 'one');
      // @ts-expect-error the input is missing
      await runOperation(Counter, 'add');
      // @ts-expect-error there is no such operation
      await runOperation(Counter, 'subtract', 1);
      // @ts-expect-error there is no such field
      await runOperation(Counter, 'add', 1, { state: { sum: 1 } });
      return [sum, value];
    };
    expect(typed).to.be.a('function');
  });
});
