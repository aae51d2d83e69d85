import { Entity, Operation, defineEntity, entityInterface } from 'durable-entities'; // in your program: from 'durable-entities'

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

/** In a function: whatever comes before `dispatch`. Here the key says where to begin, as in `from-100`. */
export const startingCounter = defineEntity('StartingCounter', { effects: 'none' }, (context) => {
  if (!context.hasState) context.setState({ value: Number(context.entityKey.replace('from-', '')) });
  return context.dispatch(Counter);
});

/** Where counters begin: a service, which may have to ask somebody. */
export abstract class Beginnings {
  abstract of(key: string): Promise<number>;
}

/** In a class: `initialize`. It has the injected services, and may be asynchronous where the effects are external. */
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
