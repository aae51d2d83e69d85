import { Operation, defineEntity } from 'durable-entities';

/** A class without an interface: marked methods are its operations, and all fields are stored. */
export class PlainCounter {
  value = 0;

  @Operation()
  async add(amount: number): Promise<number> {
    this.value += amount;
    return this.value;
  }
}

/** A function entity that leaves its operations to a class. */
export const plainCounter = defineEntity('PlainCounter', { effects: 'none' }, (context) =>
  context.dispatch(PlainCounter),
);
