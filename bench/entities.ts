import 'reflect-metadata';
import { defineEntity, defineOrchestration, Entity, entityInterface, EntityId } from '../src/index.js';

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

/** The same with the default effects: every operation waits for its message's commit. */
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
  const value = context.getState(() => 0);
  if (context.operationName !== 'add') context.unknownOperation();
  context.setState(value + context.getInput<number>());
});

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

/** W5: one orchestration calls many entities at once. */
export const fanOut = defineOrchestration('FanOut', async (context, width: number): Promise<number> => {
  const values = await Promise.all(
    Array.from({ length: width }, (_, i) =>
      context.callEntity<number>(new EntityId('Counter', `f${i}`), 'increase', 1),
    ),
  );
  return values.length;
});

export const everything = [Counter, ExternalCounter, functionCounter, Account, tiny, transfer, fanOut];
