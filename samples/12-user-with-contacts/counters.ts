import { Exclude, Expose } from 'class-transformer';
import { Entity, Operation } from 'durable-entities';

/** A contract: what is stored is named, and what is not named is not stored. */
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

/** No words about storing: all fields are stored. */
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
