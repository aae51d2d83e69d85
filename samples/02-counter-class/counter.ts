import { Exclude, Expose } from 'class-transformer';
import { Entity, entityInterface } from 'durable-entities';

export interface ICounter {
  add(amount: number): void; // returns nothing: a signal
  reset(): Promise<void>;
  get(): Promise<number>;
  delete(): void;
}

/** The token of the interface at run time, because TypeScript erases interfaces. The compiler checks it against the interface. */
export const ICounter = entityInterface<ICounter>('ICounter', {
  add: 'signal',
  reset: 'call',
  get: 'call',
  delete: 'signal',
});

/** Stores only the exposed field, under the name `value`. */
@Entity({ implements: [ICounter], effects: 'none' })
@Exclude()
export class Counter implements ICounter {
  @Expose({ name: 'value' })
  currentValue = 0;

  add(amount: number): void {
    this.currentValue += amount;
  }

  async reset(): Promise<void> {
    this.currentValue = 0;
  }

  async get(): Promise<number> {
    return this.currentValue;
  }

  delete(): void {
    Entity.current.deleteState();
  }
}
