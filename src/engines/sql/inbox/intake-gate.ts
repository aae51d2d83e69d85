/**
 * The gate before the intake queue. A message that a client sends after one in a committed transaction of the application waits until the
 * worker has read that one from the inbox. Messages that wait in the queue for too long are refused: that is backpressure.
 */
import { BackpressureError } from '../../../errors/index.js';
import type { Clock, Timer } from '../../../ports/clock.js';
import type { IntakeQueue } from './intake-queue.js';
import type { Submission } from './submission.js';

/** The parts of the worker that the gate needs. */
export interface GatedWorker {
  /** The reason why messages are refused. `undefined` if they are accepted. */
  readonly refusal: Error | undefined;
  readonly term: { readonly incarnation: number; readonly committedSeq: number; wake(): void } | undefined;
  readonly poller: { pollNow(): Promise<void> } | undefined;
}

export class IntakeGate {
  private timer: Timer | undefined;
  /**
   * The batch that was open when a message was last written into a transaction of the application, which may still be open. A commit of
   * this batch, or of a later one, begins after the write, so it waits until that transaction has ended. `undefined` if the inbox was read
   * since.
   */
  private within: { readonly incarnation: number; readonly seq: number } | undefined;
  /** Messages that wait for such a read, or behind a message that waits for it, in the order in which they were sent. */
  private readonly gated: { readonly submission: Submission; ready: boolean }[] = [];

  constructor(
    private readonly queue: IntakeQueue,
    private readonly worker: GatedWorker,
    private readonly clock: Clock,
    private readonly timeoutMs: number,
  ) {}

  /** Notes that a message was written into a transaction of the application while this batch was open. */
  sentWithin(incarnation: number, seq: number): void {
    this.within = { incarnation, seq };
  }

  take(submission: Submission): void {
    const read = this.readAfterWithin();
    if (read === undefined && this.gated.length === 0) return this.accept(submission);
    const entry = { submission, ready: read === undefined };
    this.gated.push(entry);
    const open = () => {
      entry.ready = true;
      this.acceptGated();
    };
    read?.then(open, open);
  }

  stop(): void {
    this.timer?.cancel();
  }

  private accept(submission: Submission): void {
    const { refusal } = this.worker;
    if (refusal !== undefined) return submission.reject(refusal);
    this.queue.push(submission);
    this.watch();
    this.worker.term?.wake();
  }

  /** Accepts them in one go: a message that is sent in between would overtake them. */
  private acceptGated(): void {
    const { gated } = this;
    let ready = 0;
    while (gated[ready]?.ready === true) ready++;
    for (const { submission } of gated.splice(0, ready)) this.accept(submission);
  }

  private readAfterWithin(): Promise<void> | undefined {
    const { within } = this;
    const { term } = this.worker;
    if (within === undefined) return undefined;
    if (term?.incarnation !== within.incarnation || term.committedSeq >= within.seq) this.within = undefined;
    return this.worker.poller?.pollNow() ?? Promise.resolve();
  }

  /** Refuses messages that have waited for too long, in the order in which they were sent. */
  private watch(): void {
    if (this.timer !== undefined) return;
    const { queue, clock } = this;
    this.timer = clock.setTimer(this.timeoutMs / 10, () => {
      this.timer = undefined;
      const nowMs = clock.monotonicMs();
      for (let first = queue.peek(0); first !== undefined; first = queue.peek(0)) {
        const waitedMs = nowMs - first.sinceMs;
        if (waitedMs < this.timeoutMs) break;
        queue.take().reject(new BackpressureError(Math.round(waitedMs), queue.size));
      }
      if (queue.size > 0) this.watch();
    });
  }
}
