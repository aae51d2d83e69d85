/** The patience of a start: waits while another connection or process holds the database, and logs the wait. */
import type { Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/log.js';

const pauseMsMin = 20;
const pauseMsMax = 500;

export interface Patience {
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long the work is tried again, in milliseconds. */
  readonly timeoutMs: number;
}

/** Repeats the work while the database is busy or owned, up to the time limit. @throws the error of the last try */
export async function patiently<T>(work: () => Promise<T>, { clock, logger, timeoutMs }: Patience): Promise<T> {
  const startedMs = clock.monotonicMs();
  let told = false;
  for (let pauseMs = pauseMsMin; ; pauseMs = Math.min(2 * pauseMs, pauseMsMax)) {
    try {
      const result = await work();
      if (told) logger.info({ waitedMs: Math.round(clock.monotonicMs() - startedMs) }, 'The start continues.');
      return result;
    } catch (error) {
      if (!isHeld(error) || clock.monotonicMs() - startedMs + pauseMs > timeoutMs) throw error;
      if (!told) logger.warn({ startTimeoutMs: timeoutMs }, `The start waits. ${error.message}`);
      told = true;
      await new Promise<void>((resolve) => clock.setTimer(pauseMs, resolve));
    }
  }
}

const waitable: ReadonlySet<unknown> = new Set(['DE_STORAGE_BUSY', 'DE_STORAGE_OWNED', 'DE_STORAGE_OLD_WORKERS']);

function isHeld(error: unknown): error is Error {
  return error instanceof Error && waitable.has((error as { code?: unknown }).code);
}
