import { Entity, Operation, entityInterface } from '../../src/classes/index.js';

export interface ICounter {
  add(amount: number): void;
  reset(): Promise<void>;
  get(): Promise<number>;
  delete(): void;
}
export const ICounter = entityInterface<ICounter>('ICounter', {
  add: 'signal',
  reset: 'call',
  get: 'call',
  delete: 'signal',
});

@Entity({ implements: [ICounter], effects: 'none' })
export class Counter implements ICounter {
  value = 0;
  add(amount: number): void {
    this.value += amount;
  }
  async reset(): Promise<void> {
    this.value = 0;
  }
  async get(): Promise<number> {
    return this.value;
  }
  delete(): void {
    Entity.current.deleteState();
  }
  helper(): string {
    return 'not an operation';
  }
  get double(): number {
    return this.value * 2;
  }
}

/** Inherits its operations, overrides one and adds one. */
@Entity()
export class LoudCounter extends Counter {
  override add(amount: number): void {
    super.add(amount * 10);
  }
  @Operation() async shout(): Promise<string> {
    return `${this.value}!`;
  }
}
