import { Entity, entityInterface } from 'durable-entities';

export interface ICounter {
  add(amount: number): void;
  get(): Promise<number>;
  delete(): void;
}

export const ICounter = entityInterface<ICounter>('ICounter', { add: 'signal', get: 'call', delete: 'signal' });

@Entity({ implements: [ICounter], effects: 'none' })
export class Counter implements ICounter {
  value = 0;

  add(amount: number): void {
    this.value += amount;
  }

  async get(): Promise<number> {
    return this.value;
  }

  delete(): void {
    Entity.current.deleteState();
  }
}
