/** The promises that an orchestrator waits on: made when it asks, settled when it is fed the answer. */
import { ContextPromises, type Settle } from './context-promise.js';

type Task = Settle<unknown>;

const asItIs = (given: unknown): unknown => given;

export class TaskLedger {
  readonly promises = new ContextPromises();
  private readonly tasks = new Map<number, Task>();

  get size(): number {
    return this.tasks.size;
  }

  /**
   * A promise for the answer to this task.
   * @param valueOf what it resolves with, of the answer
   * @param errorOf what it rejects with, of the answer
   */
  open<T>(task: number, valueOf?: (answer: unknown) => T, errorOf = asItIs): Promise<T> {
    const promise = this.promises.make<unknown>(({ resolve, reject }) => {
      this.tasks.set(task, {
        resolve: valueOf === undefined ? resolve : (answer) => resolve(valueOf(answer)),
        reject: errorOf === asItIs ? reject : (answer) => reject(errorOf(answer)),
      });
    });
    return promise as Promise<T>;
  }

  add(task: number, settle: Task): void {
    this.tasks.set(task, settle);
  }

  take(task: number): Task | undefined {
    const found = this.tasks.get(task);
    this.tasks.delete(task);
    return found;
  }
}
