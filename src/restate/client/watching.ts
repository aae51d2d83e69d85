/** Waits and watches of a client. Restate tells no changes of a state, so a watch reads again and again. */
import type { Ingress } from './ingress.js';

/** Pauses between two reads, in ms. A change begins with the first again. */
const firstPauseMs = 20;
const pauseMaxMs = 1_000;

export class Watching {
  constructor(private readonly ingress: Ingress) {}

  /** Calls back once with the result of a wait, or its error. Returns a function that gives the wait up. */
  once<T>(wait: (signal: AbortSignal) => Promise<T>, callback: (result: T | Error) => void): () => void {
    const givenUp = new AbortController();
    const tell = (result: T | Error) => {
      if (!givenUp.signal.aborted) callback(result);
    };
    wait(givenUp.signal).then(tell, (error: unknown) => tell(error as Error));
    return () => givenUp.abort();
  }

  /** Calls back with what is read, and with each later value that differs, until it is stopped. */
  follow<T>(read: () => Promise<T>, callback: (value: T | Error) => void): () => void {
    let stopped = false;
    const loop = async () => {
      let told: string | undefined;
      for (let pauseMs = firstPauseMs; !stopped; pauseMs = Math.min(pauseMs * 1.5, pauseMaxMs)) {
        const value = await read();
        const text = JSON.stringify(value) ?? '';
        if (stopped) return;
        if (text !== told) {
          told = text;
          pauseMs = firstPauseMs;
          callback(value);
        }
        await this.ingress.pause(pauseMs);
      }
    };
    loop().catch((error: unknown) => {
      if (!stopped) callback(error as Error);
    });
    return () => {
      stopped = true;
    };
  }
}
