/**
 * Runs one piece of work after the other, in the order asked for.
 *
 * A statement that is sent while a transaction is open on its connection becomes part of that transaction, and is lost when it rolls
 * back. Besides, each waiting statement would hold a thread of Node's pool.
 */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }
}
