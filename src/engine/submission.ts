import type { ClientMessage } from '../ports/intake.js';

/** A client's message on its way in, and the promise that waits for it. It survives a reset of the engine until it is answered. */
export interface Submission extends ClientMessage {
  /** `accepted`: answered when the message is durable; `applied`: when the owner has applied it and that is durable. */
  readonly when: 'accepted' | 'applied';
  /** A repeat of this one, in the same batch: its ticket is the same. */
  repeats: Submission | undefined;
  /** Of this process: answers that another process gives are found by it. */
  readonly call: number;
  /** `value`: what the owner answers to a message that is applied. */
  resolve(value?: string): void;
  reject(error: unknown): void;
  /** Monotonic: since when it waits to be let in. */
  readonly sinceMs: number;
  /** Its message is durable as this inbox row: after a reset it is not submitted again, only waited for. 0: not yet, or it needed none. */
  row: number;
  /** Of a named signal: the row that it has once it is scheduled. */
  laterRow: number;
}

/** The inbox rows that are to be gone before the message has been processed. */
export function rowsOf({ row, laterRow }: Submission): number[] {
  return [row, laterRow].filter((each) => each !== 0);
}
