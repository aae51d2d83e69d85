/**
 * The tasks that an execution waits for. A race over all of them in each round would make a fan-out quadratic, in time and in memory, because
 * each promise keeps what waits for it. So tasks stand in groups. A group has one race, which is made again only when the group changes.
 */
const groupMax = 64;

interface Group<Task, Waiting> {
  readonly tasks: Map<number, Task>;
  /** The race over the tasks. `undefined` after a change. */
  race: Waiting | undefined;
}

export class PendingTasks<Task extends { readonly waiting: Waiting }, Waiting> {
  private readonly groups = new Set<Group<Task, Waiting>>();
  private readonly groupOf = new Map<number, Group<Task, Waiting>>();
  private last: Group<Task, Waiting> | undefined = undefined;

  /** @param race makes the promise of the first of several promises that settles */
  constructor(private readonly race: (waiting: Waiting[]) => Waiting) {}

  /** The number of tasks. */
  get size(): number {
    return this.groupOf.size;
  }

  add(number: number, task: Task): void {
    if (this.last === undefined || this.last.tasks.size >= groupMax || !this.groups.has(this.last)) {
      this.last = { tasks: new Map(), race: undefined };
      this.groups.add(this.last);
    }
    this.last.tasks.set(number, task);
    this.last.race = undefined;
    this.groupOf.set(number, this.last);
  }

  has(number: number): boolean {
    return this.groupOf.has(number);
  }

  get(number: number): Task | undefined {
    return this.groupOf.get(number)?.tasks.get(number);
  }

  delete(number: number): void {
    const group = this.groupOf.get(number);
    if (group === undefined) return;
    this.groupOf.delete(number);
    group.tasks.delete(number);
    group.race = undefined;
    if (group.tasks.size === 0) this.groups.delete(group);
  }

  /** The tasks with their numbers, in the order in which they were added. */
  entries(): [number, Task][] {
    return Array.from(this.groupOf, ([number, group]) => [number, group.tasks.get(number) as Task]);
  }

  /** Promises of which one settles when the first task does. */
  waiting(): Waiting[] {
    return Array.from(
      this.groups,
      (group) => (group.race ??= this.race(Array.from(group.tasks.values(), ({ waiting }) => waiting))),
    );
  }
}
