import { Entity, Operation, TaskEntity } from 'durable-entities'; // in your program: from 'durable-entities'

/** A service. An abstract class, so that it is there at run time and can name what to inject. */
export abstract class CounterLog {
  abstract write(line: string): void;
}

/** Only `state` is stored; everything else in the object belongs to the object, such as injected services. */
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
