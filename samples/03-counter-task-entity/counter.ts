import { Entity, Operation, TaskEntity } from 'durable-entities';

/** A service. It is an abstract class, which exists at run time, so that it can be injected by its type. */
export abstract class CounterLog {
  abstract write(line: string): void;
}

/** Only `state` is stored. Other fields, such as injected services, are not. */
@Entity()
export class Counter extends TaskEntity<number> {
  constructor(private readonly log: CounterLog) {
    super();
  }

  protected override initializeState(): number {
    return 0;
  }

  @Operation()
  async add(amount: number): Promise<void> {
    this.state += amount;
    this.log.write(`${Entity.current.entityKey}: ${amount} added, ${this.state} in all`);
  }

  @Operation()
  async reset(): Promise<void> {
    this.state = 0;
    this.log.write(`${Entity.current.entityKey}: reset`);
  }

  @Operation()
  async get(): Promise<number> {
    return this.state;
  }
}
