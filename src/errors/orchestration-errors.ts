import { DurableError } from './durable-error.js';
import { quoted, reasonOf } from './text.js';

/** An activity failed after `attemptCount` attempts. `cause` is the error of the last attempt, rebuilt from its stored form. */
export class ActivityFailedError extends DurableError {
  constructor(
    readonly activityName: string,
    readonly attemptCount: number,
    cause: unknown,
  ) {
    super(
      `Activity ${quoted(activityName)} failed${attemptCount > 1 ? ` after ${attemptCount} attempts` : ''}: ${reasonOf(cause)}`,
      {
        code: 'DE_ACTIVITY_FAILED',
        retry: 'never',
        hint: 'See `cause`; give callActivity a `retry` policy where trying again can help.',
        cause,
      },
    );
  }
}

/** An orchestration failed. `cause` is the error that it threw, rebuilt from its stored form. */
export class OrchestrationFailedError extends DurableError {
  constructor(
    readonly orchestrationName: string,
    readonly instanceId: string,
    cause: unknown,
  ) {
    super(`Orchestration ${quoted(orchestrationName)} (${quoted(instanceId)}) failed: ${reasonOf(cause)}`, {
      code: 'DE_ORCHESTRATION_FAILED',
      retry: 'never',
      hint: 'See `cause` for what it threw.',
      cause,
    });
  }
}

/**
 * An orchestration used the clock, the randomness or a timer of the platform. Thrown where `strict` is `'error'`. `member` names the function,
 * and `site` the place of the call.
 */
export class NotReplayableError extends DurableError {
  constructor(
    readonly orchestrationName: string,
    readonly member: string,
    readonly site: string,
    hint: string,
  ) {
    super(`Orchestration ${quoted(orchestrationName)} uses ${member}, which differs in a replay, at ${quoted(site)}.`, {
      code: 'DE_NOT_REPLAYABLE',
      retry: 'never',
      hint,
    });
  }
}

/** An orchestration was terminated before it had a result. `reason` is `undefined` if no reason was given. */
export class OrchestrationTerminatedError extends DurableError {
  constructor(
    readonly instanceId: string,
    readonly reason: string | undefined,
  ) {
    super(`Orchestration ${quoted(instanceId)} was terminated${reason === undefined ? '' : `: ${quoted(reason)}`}.`, {
      code: 'DE_ORCHESTRATION_TERMINATED',
      retry: 'never',
      hint: 'A terminated run has no result. Start a new run with another instance id.',
    });
  }
}

/** No orchestration instance has this id (it never started, or was purged), or the instance has ended and accepts no messages. */
export class OrchestrationNotFoundError extends DurableError {
  constructor(
    readonly instanceId: string,
    problem = 'does not exist',
  ) {
    super(`Orchestration ${quoted(instanceId)} ${problem}.`, {
      code: 'DE_ORCHESTRATION_NOT_FOUND',
      retry: 'never',
      hint: 'Check the instance id. A purged run does not exist any more, and an ended run accepts no messages.',
    });
  }
}

/**
 * The orchestration instance cannot be rewound. Examples: it has not failed, a critical section would be repeated, or the results to keep
 * are too large. Nothing was changed.
 */
export class RewindNotPossibleError extends DurableError {
  constructor(
    readonly instanceId: string,
    problem: string,
  ) {
    super(`Orchestration ${quoted(instanceId)} cannot be rewound: ${problem}.`, {
      code: 'DE_REWIND_NOT_POSSIBLE',
      retry: 'never',
      hint: 'Restart the run or start a new one, and let its code check what the failed run has done already.',
    });
  }
}

/** An orchestration instance with this id exists already. Nothing was started. `existing` is the name of its orchestration. */
export class InstanceAlreadyExistsError extends DurableError {
  constructor(
    readonly instanceId: string,
    readonly existing: string,
    difference: string,
  ) {
    super(`Orchestration ${quoted(instanceId)} exists already, as ${quoted(existing)}, with ${difference}.`, {
      code: 'DE_INSTANCE_EXISTS',
      retry: 'never',
      hint: "The same id, orchestration and input give the same run. For a new run, use another id, or give whenEnded: 'startAgain' if the old run has ended.",
    });
  }
}

/** In replay the code of the orchestration did not repeat its recorded actions, or it did something that is not allowed in an orchestrator. */
export class NonDeterministicOrchestrationError extends DurableError {
  constructor(
    readonly instanceId: string,
    problem: string,
    /** The action in the history. `undefined` if the code asked for more than the history holds, or no history was compared. */
    readonly recorded?: string,
    /** The action that the code asks for now. `undefined` if it asks for less than the history holds. */
    readonly requested?: string,
    /** The last request of the code before it awaited something that is not durable. `undefined` if it had asked for nothing. */
    readonly lastStep?: string,
  ) {
    super(
      `Orchestration ${quoted(instanceId)} is not deterministic: ${problem}` +
        (recorded === undefined && requested === undefined
          ? '.'
          : `.\n  history: ${recorded ?? 'nothing'}\n  code:    ${requested ?? 'nothing'}`) +
        (lastStep === undefined ? '' : ` The last step that it asked for is ${quoted(lastStep)}.`),
      {
        code: 'DE_NON_DETERMINISTIC',
        retry: 'never',
        hint: 'Orchestrators await only what their context returns; clocks, randomness and I/O belong in activities, or in currentTime, newGuid() and random().',
      },
    );
  }
}

/** The code of a rule of critical sections. */
export type LockingRule =
  'DE_LOCK_NESTED' | 'DE_LOCK_SUBORCHESTRATION' | 'DE_NOT_LOCKED' | 'DE_CALL_PENDING' | 'DE_SIGNAL_LOCKED';

const lockingRules: Record<LockingRule, { says: string; hint: string }> = {
  DE_LOCK_NESTED: {
    says: 'a critical section cannot be entered while another one is held or being acquired',
    hint: 'Lock all entities in one `lock` call, or release the first section before.',
  },
  DE_LOCK_SUBORCHESTRATION: {
    says: 'sub-orchestrations cannot be called inside a critical section',
    hint: 'Call it before or after the section; activities and timers are allowed inside.',
  },
  DE_NOT_LOCKED: {
    says: 'inside a critical section only locked entities can be called',
    hint: 'Add the entity to the `lock` call; while the lock is still being acquired, await it first.',
  },
  DE_CALL_PENDING: {
    says: 'a locked entity cannot be called while an earlier call to it is pending',
    hint: 'Await the first call; parallel calls to different locked entities are allowed.',
  },
  DE_SIGNAL_LOCKED: {
    says: 'a locked entity cannot be signalled',
    hint: 'Call it instead: an operation that a proxy should call must return a Promise in its interface; one declared `void` is a signal.',
  },
};

/** The code broke a rule of critical sections: `code` names the rule. The section stays valid, and nothing was sent. */
export class LockingRulesViolationError extends DurableError {
  constructor(rule: LockingRule, subject?: string) {
    super(`Locking rule broken: ${lockingRules[rule].says}${subject === undefined ? '' : ` (${quoted(subject)})`}.`, {
      code: rule,
      retry: 'never',
      hint: lockingRules[rule].hint,
    });
  }
}
