import { Entity, Operation, defineOrchestration } from 'durable-entities';

/** The account of a customer. Its operations run one at a time. */
@Entity({ name: 'Account', effects: 'none' })
export class Account {
  cents = 0;

  @Operation()
  async add(cents: number): Promise<number> {
    if (!Number.isSafeInteger(cents)) throw new TypeError('cents must be a whole number');
    if (this.cents + cents < 0) throw new RangeError(`only ${this.cents} cents are there`);
    return (this.cents += cents);
  }
}

export interface Transfer {
  readonly from: string;
  readonly to: string;
  readonly cents: number;
}

/** Moves money between two accounts, completely or not at all. */
export const transfer = defineOrchestration(
  'Transfer',
  async (context, { from, to, cents }: Transfer): Promise<string> => {
    using _section = await context.lock([Account, from], [Account, to]);
    await context.createEntityProxy(Account, from).add(-cents);
    await context.createEntityProxy(Account, to).add(cents);
    return `${from} -> ${to}: ${cents}`;
  },
);

export const register = [Account, transfer];
