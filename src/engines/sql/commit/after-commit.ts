/**
 * What follows a commit, in order. The first step answers everybody who waits for the batch, and cannot throw. A later step that throws
 * ends the worker's term, with the batch already answered: the next term reads what the step would have set free.
 */
import type { SealedBatch } from './sealing.js';

/** Something that a committed batch sets free. */
export interface AfterCommitStep {
  /** For the log. */
  readonly name: string;
  run(sealed: SealedBatch): void;
}

export class AfterCommit {
  constructor(
    /** Answers everybody who waits for the batch. Does not throw. */
    readonly answer: (sealed: SealedBatch) => void,
    private readonly steps: readonly AfterCommitStep[],
  ) {}

  /** @throws AfterCommitError naming the step that threw */
  runSteps(sealed: SealedBatch): void {
    for (const step of this.steps) {
      try {
        step.run(sealed);
      } catch (error) {
        throw new AfterCommitError(step.name, error);
      }
    }
  }
}

/** A step after a commit threw. The worker's term ends; the batch is stored and answered. */
export class AfterCommitError extends Error {
  constructor(step: string, cause: unknown) {
    super(`The step "${step}" after a commit failed. The batch is stored, and its clients have been answered.`, {
      cause,
    });
    this.name = 'AfterCommitError';
  }
}
