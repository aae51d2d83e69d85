import { Exclude, Expose } from 'class-transformer';
import { Entity, Operation } from 'durable-entities';

/** Stores only the exposed fields. */
@Entity({ effects: 'none' })
@Exclude()
export class ContractCounter {
  @Expose()
  value = 0;

  lastAmount = 0;

  @Operation()
  async add(amount: number): Promise<number> {
    this.lastAmount = amount;
    this.value += amount;
    return this.value;
  }
}

/** A class without decorators on its fields: all fields are stored. */
@Entity({ effects: 'none' })
export class BareCounter {
  value = 0;

  lastAmount = 0;

  @Operation()
  async add(amount: number): Promise<number> {
    this.lastAmount = amount;
    this.value += amount;
    return this.value;
  }
}
