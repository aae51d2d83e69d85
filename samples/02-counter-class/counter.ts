import { Exclude, Expose } from 'class-transformer';
import { Entity, entityInterface } from 'durable-entities'; // in your program: from 'durable-entities'

export interface ICounter {
  add(amount: number): void; // returns nothing: it can only be signalled
  reset(): Promise<void>;
  get(): Promise<number>;
  delete(): void;
}

/** Interfaces are gone at run time: this token stands for one. The compiler checks it against the interface. */
export const ICounter = entityInterface<ICounter>('ICounter', {
  add: 'signal',
  reset: 'call',
  get: 'call',
  delete: 'signal',
});

/** Stores what it exposes, and under the name `value`. */
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
