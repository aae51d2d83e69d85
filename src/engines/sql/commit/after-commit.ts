/**
 * The steps that follow a commit, in order. The first step answers all callers that wait for the batch, and cannot throw. An error of a
 * later step ends the worker term. The batch is answered by then, and the next term reads from the tables whatever the failed step would
 * have passed on.
 */
import type { SealedBatch } from './sealing.js';

/** One step that passes on what a committed batch produced. */
export interface AfterCommitStep {
  /** The name of the step in log lines. */
  readonly name: string;
  run(sealed: SealedBatch): void;
}

export class AfterCommit {
  constructor(
    /** Answers all callers that wait for the batch. Does not throw. */
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

/** An error of a step after a commit. The worker term ends; the batch is stored and answered. */
export class AfterCommitError extends Error {
  constructor(step: string, cause: unknown) {
    super(`The step "${step}" after a commit failed. The batch is stored, and its clients have been answered.`, {
      cause,
    });
    this.name = 'AfterCommitError';
  }
}
