import type { Hint } from '../../../engines/sql/ports/store.js';
import { AdaptivePolling } from '../server/adaptive-polling.js';
import type { Hints } from '../server/server-connection.js';

/** These servers send no notifications. The store tells its listeners to look instead, often while there is work. */
export class MysqlHints implements Hints {
  readonly #callbacks = new Set<(hint: Hint | undefined) => void>();
  readonly #polling = new AdaptivePolling(() => {
    for (const callback of this.#callbacks) callback(undefined);
  });

  get hasListeners(): boolean {
    return this.#callbacks.size > 0;
  }

  listen(callback: (hint: Hint | undefined) => void): () => void {
    this.#callbacks.add(callback);
    this.#polling.start();
    return () => {
      this.#callbacks.delete(callback);
      if (this.#callbacks.size === 0) this.#polling.stop();
    };
  }

  wakeOthers(): void {}

  found(rows: number): void {
    this.#polling.found(rows);
  }

  async close(): Promise<void> {
    this.#callbacks.clear();
    this.#polling.stop();
  }
}
