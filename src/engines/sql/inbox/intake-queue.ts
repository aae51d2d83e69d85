/**
 * The intake queue: client messages of this process that no term has admitted yet. The queue survives the end of a term.
 *
 * Backpressure begins here: the engine refuses the first messages of the queue when they have waited for too long.
 */
import type { Submission } from './submission.js';

export class IntakeQueue {
  private entries: Submission[] = [];
  private head = 0;

  get size(): number {
    return this.entries.length - this.head;
  }

  push(submission: Submission): void {
    this.entries.push(submission);
  }

  /** Puts messages back to the front of the queue, in order: the messages that a lost batch had admitted. */
  putBack(submissions: readonly Submission[]): void {
    this.entries = [...submissions, ...this.entries.slice(this.head)];
    this.head = 0;
  }

  peek(index: number): Submission | undefined {
    return this.entries[this.head + index];
  }

  take(): Submission {
    const submission = this.entries[this.head++] as Submission;
    if (this.head === this.entries.length) {
      this.entries.length = 0;
      this.head = 0;
    } else if (this.head >= 4096) {
      this.entries.splice(0, this.head);
      this.head = 0;
    }
    return submission;
  }

  all(): readonly Submission[] {
    return this.entries.slice(this.head);
  }

  takeAll(): readonly Submission[] {
    const all = this.all();
    this.entries = [];
    this.head = 0;
    return all;
  }
}
