import { Entity, Operation, defineEntity, entityInterface } from 'durable-entities';

export interface ICounter {
  add(amount: number): Promise<number>;
  delete(): Promise<void>;
}

export const ICounter = entityInterface<ICounter>('ICounter', { add: 'call', delete: 'call' });

export class Counter {
  value = 0;

  @Operation()
  async add(amount: number): Promise<number> {
    this.value += amount;
    return this.value;
  }
}

/** Initial state in a function entity: set it before `dispatch`. Here the key contains the initial value, as in `from-100`. */
export const startingCounter = defineEntity('StartingCounter', { effects: 'none' }, (context) => {
  if (!context.hasState) context.setState({ value: Number(context.entityKey.replace('from-', '')) });
  return context.dispatch(Counter);
});

/** A service that gives the initial value of counters. It may be asynchronous. */
export abstract class Beginnings {
  abstract of(key: string): Promise<number>;
}

/** Initial state in a class: `initialize`. It gets the injected services, and may be asynchronous if the effects are external. */
@Entity({
  implements: [ICounter],
  async initialize(this: ServedCounter, context) {
    this.value = await this.beginnings.of(context.entityKey);
  },
})
export class ServedCounter implements ICounter {
  value = 0;

  constructor(readonly beginnings: Beginnings) {}

  async add(amount: number): Promise<number> {
    this.value += amount;
    return this.value;
  }

  async delete(): Promise<void> {
    Entity.current.deleteState();
  }
}
