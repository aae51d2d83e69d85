import { DurableError } from './durable-error.js';
import { quoted, reasonOf } from './text.js';

/** An activity failed; `cause` is what it threw, rebuilt. */
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

/** An orchestration failed; `cause` is what it threw, rebuilt. */
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

/** An orchestration was terminated before it had a result. */
export class OrchestrationTerminatedError extends DurableError {
  constructor(
    readonly instanceId: string,
    readonly reason: string | undefined,
  ) {
    super(`Orchestration ${quoted(instanceId)} was terminated${reason === undefined ? '' : `: ${quoted(reason)}`}.`, {
      code: 'DE_ORCHESTRATION_TERMINATED',
      retry: 'never',
      hint: 'It has no result; start a new run under another instance id.',
    });
  }
}

/** There is no orchestration with this instance id (any more), or it has ended and cannot take this message. */
export class OrchestrationNotFoundError extends DurableError {
  constructor(
    readonly instanceId: string,
    problem = 'does not exist',
  ) {
    super(`Orchestration ${quoted(instanceId)} ${problem}.`, {
      code: 'DE_ORCHESTRATION_NOT_FOUND',
      retry: 'never',
      hint: 'Check the instance id; a purged run is gone, an ended run takes no messages.',
    });
  }
}

/** The run cannot be rewound: it has not failed, or what it keeps would not fit. Nothing was changed. */
export class RewindNotPossibleError extends DurableError {
  constructor(
    readonly instanceId: string,
    problem: string,
  ) {
    super(`Orchestration ${quoted(instanceId)} cannot be rewound: ${problem}.`, {
      code: 'DE_REWIND_NOT_POSSIBLE',
      retry: 'never',
      hint: 'Restart it, or start a new run, and have it look at what the failed one has done already.',
    });
  }
}

/** The instance id is taken by a run of another orchestration or with another input. */
export class InstanceAlreadyExistsError extends DurableError {
  constructor(
    readonly instanceId: string,
    readonly existing: string,
    difference: string,
  ) {
    super(`Orchestration ${quoted(instanceId)} exists already, as ${quoted(existing)}, with ${difference}.`, {
      code: 'DE_INSTANCE_EXISTS',
      retry: 'never',
      hint: "The same id, orchestration and input give the same run; for a new run take another id, or give whenEnded: 'startAgain' where the old one has ended.",
    });
  }
}

/** What this code did in replay is not what it did before, or it did something that an orchestrator cannot do. */
export class NonDeterministicOrchestrationError extends DurableError {
  constructor(
    readonly instanceId: string,
    problem: string,
    /** What the history holds, when the code was compared with one. */
    readonly recorded?: string,
    /** What the code asks for now. */
    readonly requested?: string,
  ) {
    super(
      `Orchestration ${quoted(instanceId)} is not deterministic: ${problem}` +
        (recorded === undefined && requested === undefined
          ? '.'
          : `.\n  history: ${recorded ?? 'nothing'}\n  code:    ${requested ?? 'nothing'}`),
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

/** A rule of critical sections was broken. The section stays valid, and nothing was sent. */
export class LockingRulesViolationError extends DurableError {
  constructor(rule: LockingRule, subject?: string) {
    super(`Locking rule broken: ${lockingRules[rule].says}${subject === undefined ? '' : ` (${quoted(subject)})`}.`, {
      code: rule,
      retry: 'never',
      hint: lockingRules[rule].hint,
    });
  }
}
