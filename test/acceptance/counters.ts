/** One entity in its three forms: a function, a class, and a class behind `context.dispatch`. No sender can tell them apart. */
import { defineEntity, Entity, EntityId, Operation, type EntityContext } from '../../src/index.js';
import { Gate } from './world.js';

export type Form = 'function' | 'class' | 'dispatch';
export const forms: readonly Form[] = ['function', 'class', 'dispatch'];

export interface Forwarding {
  readonly to: EntityId;
  readonly operation: string;
  readonly input?: unknown;
  readonly afterMs?: number;
}

export interface Described {
  readonly entityName: string;
  readonly entityKey: string;
  readonly entityId: EntityId;
  readonly instanceId: string;
  readonly operationName: string;
  readonly hasState: boolean;
}

/** Gates that operations of this process wait at, by name: so no test depends on time. */
export const gates = new Map<string, Gate>();
export function gate(name: string): Gate {
  let found = gates.get(name);
  if (found === undefined) gates.set(name, (found = new Gate()));
  return found;
}

/** How often the code of an operation has run, by key. */
export const runs = new Map<string, number>();

function ran(context: EntityContext): void {
  runs.set(context.entityKey, (runs.get(context.entityKey) ?? 0) + 1);
}

export class Overdrawn extends Error {
  override readonly name = 'Overdrawn';
  constructor(
    readonly balance: number,
    readonly wanted: { amount: bigint },
  ) {
    super(`there is only ${balance}`);
  }
}

function describe(context: EntityContext): Described {
  const { entityName, entityKey, entityId, instanceId, operationName, hasState } = context;
  return { entityName, entityKey, entityId, instanceId, operationName, hasState };
}

function forward(context: EntityContext, { to, operation, input, afterMs }: Forwarding): void {
  const options = afterMs === undefined ? {} : { scheduledTime: Date.now() + afterMs };
  context.signalEntity(to, operation, input, options);
}

/** Changes everything an operation can change, then throws. */
function breakDown(context: EntityContext, { to, operation }: Forwarding): never {
  context.signalEntity(to, operation, 1);
  context.signalEntity(context.entityId, 'add', 1_000);
  context.startNewOrchestration('Noted', { instanceId: `noted-${context.entityKey}` });
  throw new Overdrawn(3, { amount: 5n });
}

/** The function form: state and dispatch by hand. */
function serve(context: EntityContext): unknown {
  const state = context.getState(() => ({ value: 0 }));
  switch (context.operationName) {
    case 'add':
      state.value += context.getInput<number>();
      return undefined;
    case 'plus':
      ran(context);
      return (state.value += context.getInput<number>());
    case 'get':
      return state.value;
    case 'reset':
      context.setState({ value: 0 });
      return undefined;
    case 'delete':
      return context.deleteState();
    case 'echo':
      return context.getInput();
    case 'describe':
      return describe(context);
    case 'forward':
      return forward(context, context.getInput());
    case 'forwardAll':
      for (const each of context.getInput<Forwarding[]>()) forward(context, each);
      return undefined;
    case 'breakDown':
      state.value = 999;
      return breakDown(context, context.getInput());
    case 'throwPlainly':
      // eslint-disable-next-line typescript/only-throw-error -- what the test is about
      throw context.getInput();
    case 'pause':
      return pause(context, state);
    case 'spoil':
      state.value = (() => 1) as unknown as number;
      return undefined;
    case 'badResult':
      state.value += 1;
      return { deep: [{ fn: () => 1 }] };
    case 'start':
      return context.startNewOrchestration('Noted', context.getInput<{ instanceId?: string; input?: unknown }>());
    default:
      return context.unknownOperation();
  }
}

async function pause(context: EntityContext, state: { value: number }): Promise<number> {
  const name = context.getInput<string>();
  const before = state.value;
  state.value = before + 1;
  await gate(name).pass();
  return before;
}

abstract class CounterBase {
  value = 0;

  @Operation() add(amount: number): void {
    this.value += amount;
  }
  @Operation() plus(amount: number): number {
    ran(Entity.current);
    return (this.value += amount);
  }
  @Operation() get(): number {
    return this.value;
  }
  @Operation() async reset(): Promise<void> {
    await Promise.resolve();
    this.value = 0;
  }
  @Operation() delete(): void {
    Entity.current.deleteState();
  }
  @Operation() echo(input: unknown): unknown {
    return input;
  }
  @Operation() describe(): Described {
    return describe(Entity.current);
  }
  @Operation() forward(target: Forwarding): void {
    forward(Entity.current, target);
  }
  @Operation() forwardAll(targets: Forwarding[]): void {
    for (const each of targets) forward(Entity.current, each);
  }
  @Operation() breakDown(target: Forwarding): never {
    this.value = 999;
    return breakDown(Entity.current, target);
  }
  @Operation() throwPlainly(thrown: unknown): never {
    // eslint-disable-next-line typescript/only-throw-error -- what the test is about
    throw thrown;
  }
  @Operation() pause(): Promise<number> {
    return pause(Entity.current, this);
  }
  @Operation() spoil(): void {
    this.value = (() => 1) as unknown as number;
  }
  @Operation() badResult(): unknown {
    this.value += 1;
    return { deep: [{ fn: () => 1 }] };
  }
  @Operation() start(options: { instanceId?: string; input?: unknown }): string {
    return Entity.current.startNewOrchestration('Noted', options);
  }
}

@Entity({ name: 'Counter', effects: 'none' })
class QuickCounter extends CounterBase {}

@Entity({ name: 'Counter', effects: 'external' })
class PatientCounter extends CounterBase {}

/** The entity `Counter` in this form. */
export function counterIn(form: Form, effects: 'none' | 'external' = 'none'): unknown {
  const type = effects === 'none' ? QuickCounter : PatientCounter;
  switch (form) {
    case 'function':
      return defineEntity('Counter', { effects }, serve);
    case 'class':
      return type;
    case 'dispatch':
      return defineEntity('Counter', { effects }, (context) => context.dispatch(type));
  }
}
