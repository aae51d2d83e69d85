import 'reflect-metadata';
import {
  defineActivity,
  defineEntity,
  defineOrchestration,
  Entity,
  entityInterface,
  EntityId,
  Operation,
} from '../src/index.js';

// Figures are those of production: strict mode watches the platform and captures call sites, and is for development.
process.env['NODE_ENV'] ??= 'production';

export interface ICounter {
  add(amount: number): void;
  increase(amount: number): Promise<number>;
}
export const ICounter = entityInterface<ICounter>('ICounter', { add: 'signal', increase: 'call' });

@Entity({ implements: [ICounter], effects: 'none' })
export class Counter implements ICounter {
  value = 0;
  add(amount: number): void {
    this.value += amount;
  }
  async increase(amount: number): Promise<number> {
    return (this.value += amount);
  }
}

/** The same with the default effects: every operation waits for the commit of its message. */
@Entity({ implements: [ICounter] })
export class ExternalCounter implements ICounter {
  value = 0;
  add(amount: number): void {
    this.value += amount;
  }
  async increase(amount: number): Promise<number> {
    return (this.value += amount);
  }
}

export const functionCounter = defineEntity('FunctionCounter', { effects: 'none' }, (context) => {
  const value = context.getState(() => 0) + context.getInput<number>();
  context.setState(value);
  if (context.operationName === 'increase') return value;
  return context.operationName === 'add' ? undefined : context.unknownOperation();
});

/** A counter with a text of any length. */
@Entity({ implements: [ICounter], effects: 'none' })
export class LongCounter implements ICounter {
  value = 0;
  text = '';
  add(amount: number): void {
    this.value += amount;
  }
  async increase(amount: number): Promise<number> {
    return (this.value += amount);
  }
  @Operation()
  fill(length: number): void {
    this.text = 'lorem ipsum '.repeat(length / 12);
  }
}

export interface IAccount {
  balance(): Promise<number>;
  deposit(amount: number): Promise<void>;
}
export const IAccount = entityInterface<IAccount>('IAccount', { balance: 'call', deposit: 'call' });

@Entity({ implements: [IAccount], effects: 'none' })
export class Account implements IAccount {
  cents = 1_000_000;
  async balance(): Promise<number> {
    return this.cents;
  }
  async deposit(amount: number): Promise<void> {
    this.cents += amount;
  }
}

/** W3: call one entity, signal another, return. */
export const tiny = defineOrchestration(
  'Tiny',
  async (context, { a, b }: { a: string; b: string }): Promise<number> => {
    const value = await context.callEntity<number>(new EntityId('Counter', a), 'increase', 1);
    context.signalEntity(new EntityId('Counter', b), 'add', 1);
    return value;
  },
);

/** W4: check and move between two locked accounts. */
export const transfer = defineOrchestration(
  'Transfer',
  async (context, { from, to, amount }: { from: string; to: string; amount: number }): Promise<boolean> => {
    using _section = await context.lock([Account, from], [Account, to]);
    const source = context.createEntityProxy(IAccount, from);
    const target = context.createEntityProxy(IAccount, to);
    if ((await source.balance()) < amount) return false;
    await Promise.all([source.deposit(-amount), target.deposit(amount)]);
    return true;
  },
);

/** Locks these accounts and pays something into each. */
export const section = defineOrchestration('Section', async (context, keys: readonly string[]): Promise<void> => {
  using _section = await context.lock(...keys.map((key) => [Account, key] as const));
  await Promise.all(keys.map((key) => context.createEntityProxy(IAccount, key).deposit(1)));
});

/** One orchestration calls many entities at once. */
export const fanOut = defineOrchestration('FanOut', async (context, width: number): Promise<number> => {
  const values = await Promise.all(
    Array.from({ length: width }, (_, i) =>
      context.callEntity<number>(new EntityId('Counter', `f${i}`), 'increase', 1),
    ),
  );
  return values.length;
});

const step = defineActivity('Step', async (_context, order: number): Promise<number> => order + 1);

/** Five activities, one after the other. */
export const saga = defineOrchestration('Saga', async (context, order: number): Promise<number> => {
  let at = order;
  for (let i = 0; i < 5; i++) at = await context.callActivity(step, at);
  return at;
});

export const timer = defineOrchestration('Timer', async (context, dueMs: number): Promise<void> => {
  await context.createTimer(new Date(dueMs));
});

/** Calls one entity many times, one call after the other. Then waits for an event if its input says so. */
export const longRun = defineOrchestration(
  'LongRun',
  async (context, { calls, waits }: { calls: number; waits: boolean }): Promise<number> => {
    let value = 0;
    const counter = new EntityId('Counter', context.instanceId);
    for (let i = 0; i < calls; i++) value = await context.callEntity<number>(counter, 'increase', 1);
    if (waits) {
      context.setCustomStatus('waiting');
      await context.waitForExternalEvent('end');
    }
    return value;
  },
);

export const everything = [
  Counter,
  ExternalCounter,
  functionCounter,
  LongCounter,
  Account,
  tiny,
  transfer,
  section,
  fanOut,
  step,
  saga,
  timer,
  longRun,
];
