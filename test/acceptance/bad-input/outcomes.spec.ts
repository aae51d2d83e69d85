/** Outcomes of operations, orchestrations and activities: results, states and errors that cannot be sent or stored. */
import { expect } from 'chai';
import {
  ActivityFailedError,
  defineActivity,
  defineEntity,
  defineOrchestration,
  Entity,
  EntityId,
  EntityOperationFailedError,
  Operation,
  OrchestrationFailedError,
  TaskEntity,
} from '../../../src/index.js';
import { failure, fresh, type ReportedSignal, type World } from '../world.js';
import { eachValue, echo, good, told } from './proof.js';
import * as bad from './values.js';

/** The function that makes the value for the code under test, one value at a time. */
let make: () => unknown = () => undefined;
const thrown = (): never => {
  // eslint-disable-next-line typescript/only-throw-error -- what is tested
  throw make();
};

@Entity({ name: 'ClassOfState', effects: 'none' })
class ClassOfState {
  value: unknown = 0;
  @Operation() async keep(): Promise<void> {
    this.value = make();
  }
  @Operation() async give(): Promise<unknown> {
    return { result: make() };
  }
  @Operation() async fail(): Promise<void> {
    thrown();
  }
}

@Entity({ name: 'TaskOfState' })
class TaskOfState extends TaskEntity<{ value: unknown }> {
  protected override initializeState(): { value: unknown } {
    return { value: 0 };
  }
  @Operation() async keep(): Promise<void> {
    this.state.value = make();
  }
  @Operation() async give(): Promise<unknown> {
    return { result: make() };
  }
  @Operation() async fail(): Promise<void> {
    thrown();
  }
}

const quick = defineEntity('Quick', { effects: 'none' }, (context) => {
  if (context.operationName === 'keep') return context.setState({ value: make() });
  if (context.operationName === 'give') return context.return({ result: make() });
  return thrown();
});
const patient = defineEntity('Patient', async (context) => {
  await Promise.resolve();
  if (context.operationName === 'keep') return context.setState({ value: make() });
  if (context.operationName === 'give') return { result: make() };
  return thrown();
});
const entities = ['Quick', 'Patient', 'ClassOfState', 'TaskOfState'];

const giving = defineActivity('Giving', () => ({ result: make() }));
const failing = defineActivity('Failing', thrown);
const giver = defineOrchestration('Giver', async () => ({ result: make() }));
const failer = defineOrchestration('Failer', async () => thrown());
/** The timer after the error causes a replay, which must give the same error. */
const caller = defineOrchestration('Caller', async (context, name: string) => {
  try {
    return await (name.endsWith('r') ? context.callSubOrchestration(name) : context.callActivity(name));
  } catch (error) {
    await context.createTimer(0);
    await context.callActivity(echo);
    throw error;
  }
});

const register = [...good, quick, patient, ClassOfState, TaskOfState, giving, failing, giver, failer, caller];
const setting = { storage: 'memory', evict: true } as const;

/** The key of the entities of the present value. */
let key = '';

/** A test per case. */
function each(title: string, values: readonly bad.Bad[], prove: (world: World) => Promise<void>): void {
  it(title, async () => {
    await eachValue(values, setting, register, async (world, value) => {
      key = fresh('a');
      world.failedSignals.length = 0;
      // The value is made once, so all code that reads it reads the same value.
      const made = value.make();
      make = () => made;
      await prove(world);
    });
  });
}

const sendable = (values: readonly bad.Bad[]) => values.filter(({ what }) => what !== 'a promise');

const light = bad.hostileErrors.filter((value) => value.heavy !== true);

async function callFails(world: World, entity: string, operation: string): Promise<EntityOperationFailedError> {
  const error = await failure(world.client.callEntity(new EntityId(entity, key), operation));
  expect(error).to.be.instanceOf(EntityOperationFailedError);
  const { hint, entityId, operationName } = error as EntityOperationFailedError;
  expect(hint).to.not.equal('');
  expect([entityId.toString(), operationName]).to.deep.equal([`@${entity.toLowerCase()}@${key}`, operation]);
  return error as EntityOperationFailedError;
}

/** No caller waits for a signal, so its failure goes to the logger and to `onSignalFailed`, once. */
async function signalFails(world: World, entity: string, operation: string): Promise<ReportedSignal> {
  const id = new EntityId(entity, key);
  const linesBefore = world.lines.length;
  await world.client.signalEntity(id, operation);
  const reported = await world.failedSignal(operation);
  expect(reported.error).to.be.instanceOf(EntityOperationFailedError);
  expect(reported.entityId.toString()).to.equal(id.toString());
  // A call that is sent later to the same entity is answered after the signal was processed.
  await failure(world.client.callEntity(id, operation));
  expect(world.failedSignals.filter(({ operationName }) => operationName === operation)).to.have.length(1);
  const lines = world.lines.slice(linesBefore).filter(({ level, fields }) => level === 'warn' && 'operation' in fields);
  expect(lines).to.have.length(1);
  return reported;
}

async function runFails(world: World, name: string, input?: string): Promise<OrchestrationFailedError> {
  const run = await world.client.startNew(name, { input });
  const error = await failure(run.result());
  expect(error).to.be.instanceOf(OrchestrationFailedError);
  expect((await run.status())?.runtimeStatus).to.equal('failed');
  expect((await run.status())?.error).to.be.instanceOf(Error);
  return error as OrchestrationFailedError;
}

function causeIsTyped(error: Error, code: string): void {
  const { cause } = error;
  expect(told(cause)).to.include({ code });
  expect(told(cause).name).to.not.contain('not ours');
  expect(told(cause).hint).to.be.a('string').that.is.not.equal('');
}

for (const entity of entities) {
  describe(`an operation of ${entity} that leaves what cannot be stored or sent fails whole`, () => {
    for (const [kind, values, code] of [
      ['sent', sendable(bad.unsendable), 'DE_SERIALIZATION'],
      ['carried: too large', bad.tooLarge, 'DE_LIMIT_EXCEEDED'],
    ] as const) {
      each(`with a result that cannot be ${kind}: ${code}`, values, async (world) => {
        causeIsTyped(await callFails(world, entity, 'give'), code);
      });
    }
    for (const values of [bad.unsendable, bad.tooLarge]) {
      const what = values === bad.tooLarge ? 'is too large' : 'cannot be stored';
      each(`with a state that ${what}: DE_STATE_SERIALIZATION`, values, async (world) => {
        const { code, hint } = await callFails(world, entity, 'keep');
        expect(code).to.equal('DE_STATE_SERIALIZATION');
        expect(hint).to.not.equal('');
        const { entityExists } = await world.client.readEntityState(new EntityId(entity, key));
        expect(entityExists).to.equal(false);
      });
    }
  });

  describe(`an operation of ${entity} that throws what nobody can look at`, () => {
    each('fails for its caller', entity === 'Quick' ? bad.hostileErrors : light, async (world) => {
      const error = await callFails(world, entity, 'fail');
      expect(error.cause).to.be.instanceOf(Error);
    });
    each('fails for the logger and onSignalFailed when it is signalled', light, async (world) => {
      const { error } = await signalFails(world, entity, 'fail');
      expect(error.cause).to.be.instanceOf(Error);
    });
  });
}

for (const [name, values, code] of [
  ['cannot be sent', sendable(bad.unsendable), 'DE_SERIALIZATION'],
  ['is too large', bad.tooLarge, 'DE_LIMIT_EXCEEDED'],
] as const) {
  describe(`a result that ${name}: ${code}`, () => {
    each('fails its orchestration', values, async (world) => {
      causeIsTyped(await runFails(world, 'Giver'), code);
    });
    each('fails its activity, for the orchestration that called it', values, async (world) => {
      const { cause } = await runFails(world, 'Caller', 'Giving');
      expect(cause).to.be.instanceOf(ActivityFailedError);
      causeIsTyped(cause as Error, code);
    });
    each('fails its sub-orchestration, for the orchestration that called it', values, async (world) => {
      const { cause } = await runFails(world, 'Caller', 'Giver');
      expect(cause).to.be.instanceOf(OrchestrationFailedError);
      causeIsTyped(cause as Error, code);
    });
  });
}

describe('what nobody can look at', () => {
  each('fails the orchestration that throws it', bad.hostileErrors, async (world) => {
    expect((await runFails(world, 'Failer')).cause).to.be.instanceOf(Error);
  });
  each('fails the activity that throws it', light, async (world) => {
    const { cause } = await runFails(world, 'Caller', 'Failing');
    expect(cause).to.be.instanceOf(ActivityFailedError);
    expect((cause as Error).cause).to.be.instanceOf(Error);
  });
  each('fails the sub-orchestration that throws it', light, async (world) => {
    const { cause } = await runFails(world, 'Caller', 'Failer');
    expect(cause).to.be.instanceOf(OrchestrationFailedError);
    expect((cause as Error).cause).to.be.instanceOf(Error);
  });
});
