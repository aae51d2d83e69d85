/** Open tasks of an orchestrator. A request creates a promise, and the event with its answer settles the promise. */
import { ByTask } from '../core/by-task.js';
import { ContextPromises, type Rejection, type Settle } from './context-promise.js';

type Task = Settle<unknown>;

export class TaskLedger {
  readonly promises = new ContextPromises();
  private readonly tasks = new ByTask<Task>();

  get size(): number {
    return this.tasks.size;
  }

  /** A promise for the answer to this task. */
  open<T>(task: number, rejection?: Rejection): Promise<T> {
    const pending = this.promises.make<T>(rejection);
    this.tasks.add(task, pending);
    return pending.promise;
  }

  add(task: number, settle: Task): void {
    this.tasks.add(task, settle);
  }

  take(task: number): Task | undefined {
    return this.tasks.take(task);
  }
}
