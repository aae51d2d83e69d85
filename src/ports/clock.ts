/** Time and the order of execution, as the engine sees them. The simulator has its own. */
export interface Clock {
  /** Milliseconds, fractions allowed; never goes back; no relation to the time of day. */
  monotonicMs(): number;
  /** Milliseconds since 1970 (UTC) of this machine; may jump. */
  wallMs(): number;
  /** Calls back once after at least `ms`. */
  setTimer(ms: number, callback: () => void): Timer;
  /** Resolves when every microtask that is ready now, or becomes ready meanwhile, has run. No I/O happens in between. */
  drain(): Promise<void>;
  /** Resolves after I/O that is ready now was given its turn. */
  yield(): Promise<void>;
}

export interface Timer {
  cancel(): void;
}

/** The longest that `setTimer` can wait. */
const timerMsMax = 2 ** 31 - 1;

/** Calls back once after at least `ms`, however long that is. */
export function setLongTimer(clock: Clock, ms: number, callback: () => void): Timer {
  let timer: Timer;
  const wait = (restMs: number) => {
    timer = clock.setTimer(Math.min(restMs, timerMsMax), () => {
      if (restMs > timerMsMax) wait(restMs - timerMsMax);
      else callback();
    });
  };
  wait(ms);
  return { cancel: () => timer.cancel() };
}

/** Randomness, as the engine sees it. */
export interface Random {
  /** A whole number from 0 to 2^32-1. */
  u32(): number;
  /** A new UUID. */
  uuid(): string;
}
