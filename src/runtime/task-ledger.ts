/** The promises that an orchestrator waits on: made when it asks, settled when it is fed the answer. */

export interface Task {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** A promise whose rejection never reaches the process: orchestrators may start things and await them later, or never. */
export function bornHandled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

export function rejected(error: unknown): Promise<never> {
  return bornHandled(Promise.reject(error instanceof Error ? error : new Error(String(error))));
}

export class TaskLedger {
  private readonly tasks = new Map<number, Task>();

  get size(): number {
    return this.tasks.size;
  }

  /** A promise for the answer to this task. */
  open<T>(task: number): Promise<T> {
    return bornHandled(
      new Promise<T>((resolve, reject) => {
        this.tasks.set(task, { resolve: resolve, reject });
      }),
    );
  }

  /** Waits for this task with functions of one's own. */
  openWith(task: number, settle: Task): void {
    this.tasks.set(task, settle);
  }

  take(task: number): Task | undefined {
    const found = this.tasks.get(task);
    this.tasks.delete(task);
    return found;
  }
}
