/**
 * Notices an ingress that has accepted requests and is silent. A call may wait for its answer for as long as its operation takes, so silence
 * tells nothing by itself. Then the ingress is asked for its health, and one that does not answer that either gets no more time.
 */
import type { Clock, Timer } from '../../ports/clock.js';

/** How long requests wait before the ingress is asked, and how long its answer may take, in ms. */
const silenceMs = 5_000;
const answerMs = 5_000;

export class Silence {
  private readonly waiting = new Set<AbortController>();
  /** The next look, or the one that is under way. */
  private next: Timer | 'under way' | undefined = undefined;

  /** @param ask asks the ingress for its health. Rejects if there is no answer. */
  constructor(
    private readonly clock: Clock,
    private readonly ask: (signal: AbortSignal) => Promise<unknown>,
  ) {}

  /** Aborts the request if the ingress is silent. Returns what to call when the request has ended. */
  watch(request: AbortController): () => void {
    this.waiting.add(request);
    this.next ??= this.lookLater();
    return () => {
      this.waiting.delete(request);
      if (this.waiting.size > 0 || this.next === undefined || this.next === 'under way') return;
      this.next.cancel();
      this.next = undefined;
    };
  }

  private lookLater(): Timer {
    return this.clock.setTimer(silenceMs, () => void this.look());
  }

  private async look(): Promise<void> {
    this.next = 'under way';
    // Requests that begin meanwhile have their full time.
    const silent = [...this.waiting];
    const asked = new AbortController();
    const late = this.clock.setTimer(answerMs, () => {
      asked.abort(new Error(`The ingress has not told its health within ${answerMs} ms.`));
    });
    try {
      await this.ask(asked.signal);
    } catch (error) {
      for (const request of silent) request.abort(error);
    }
    late.cancel();
    this.next = this.waiting.size === 0 ? undefined : this.lookLater();
  }
}
