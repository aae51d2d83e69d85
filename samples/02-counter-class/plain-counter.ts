import { Operation, defineEntity } from 'durable-entities';

/** Without an interface the operations are the methods marked as such; all fields are stored. */
export class PlainCounter {
  value = 0;

  @Operation()
  async add(amount: number): Promise<number> {
    this.value += amount;
    return this.value;
  }
}

/** The class layer lies on the function layer: an entity function can leave an operation to a class. */
export const plainCounter = defineEntity('PlainCounter', { effects: 'none' }, (context) =>
  context.dispatch(PlainCounter),
);
