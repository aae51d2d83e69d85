/** Port to time and to the order of execution. The simulator and the test host have clocks of their own. */
export interface Clock {
  /** Milliseconds, with fractions. Never decreases. Has no relation to the time of day. */
  monotonicMs(): number;
  /** Milliseconds since 1970 (UTC) by the clock of this machine. May jump. */
  wallMs(): number;
  /** Calls back once, after at least `ms` milliseconds. */
  setTimer(ms: number, callback: () => void): Timer;
  /** Resolves when every microtask has run that is ready now or becomes ready meanwhile. No I/O happens in between. */
  drain(): Promise<void>;
  /** Resolves after the callbacks of I/O that is ready now have run. */
  yield(): Promise<void>;
}

export interface Timer {
  cancel(): void;
}

/** The maximum wait of `setTimer`, in ms. */
const timerMsMax = 2 ** 31 - 1;

/** Calls back once, after at least `ms` milliseconds, also beyond the maximum of `setTimer`. */
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

/** Port to randomness. */
export interface Random {
  /** A whole number from 0 to 2^32-1. */
  u32(): number;
  /** A new UUID. */
  uuid(): string;
}
