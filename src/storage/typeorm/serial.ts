/**
 * Runs pieces of work one after the other, in the order of the requests.
 *
 * A statement that is sent while a transaction is open on its connection would become part of that transaction, and would be lost with its
 * rollback. Each waiting statement would also occupy a thread of Node's pool.
 */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }
}
