import { createClassSupport } from '../classes/index.js';
import { InvalidArgumentError } from '../errors/index.js';
import type { EntityDefinition } from '../functions/definitions.js';
import type { ActivityReference } from '../functions/references.js';
import type { EntityClass } from '../functions/tokens.js';
import { checkOptions } from '../model/options.js';
import type { FaultPlan } from './fault-plan.js';

/** The options of `failNextCommit`. */
export interface CommitFailure {
  /** Whether the database stores the batch, so that only its answer is lost. Default false. */
  readonly applied?: boolean | undefined;
  /**
   * The number of commits in a row that fail. Whole number from 1. Default 1. After the second failure the host pauses before its next try:
   * move time with `advance`.
   */
  readonly times?: number | undefined;
}

/**
 * Plans faults for the process of a test host. No fault loses acknowledged messages or applies a message twice. Effects of user code
 * outside of the host may happen twice.
 */
export class Faults {
  /** Faults come from `TestHost.faults`. @internal */
  constructor(private readonly plan: FaultPlan) {}

  /** The number of commits of this process that stored something. Empty commits, which only renew the lease, are not counted. */
  get commits(): number {
    return this.plan.commits;
  }

  /** The database does not answer the next commit. The host reloads its state from the database and repeats the remaining work. */
  failNextCommit(failure?: CommitFailure): void {
    const { applied = false, times = 1 } = checkOptions(failure, { applied: true, times: true }, 'failure');
    for (let left = count(times, 'times'); left > 0; left--) this.plan.unanswered.push({ applied });
  }

  /** The process crashes right before its `nth` commit from now, which is lost. Whole number from 1. Default 1, the next commit. */
  crashBeforeCommit(nth = 1): void {
    this.plan.crash = { left: count(nth, 'nth'), when: 'before' };
  }

  /** The process crashes right after its `nth` commit from now, which is stored but not acknowledged. Whole number from 1. Default 1. */
  crashAfterCommit(nth = 1): void {
    this.plan.crash = { left: count(nth, 'nth'), when: 'after' };
  }

  /** The next `times` attempts of the activity fail with this error, without running its code. Whole number from 1. Default 1. */
  failActivity<Input, Output>(activity: ActivityReference<Input, Output> | string, error: Error, times = 1): void {
    const name = typeof activity === 'string' ? activity : definitionOf(activity).name;
    const failures = this.plan.failures.get(name) ?? [];
    this.plan.failures.set(name, failures);
    for (let left = count(times, 'times'); left > 0; left--) failures.push(error);
  }

  /**
   * Repeats the next run of an activity, or of an operation of an `external` entity: its code runs to the end, but its outcome is lost, as
   * if the process had crashed between the effect and the commit. So its effect happens twice, unless it is idempotent.
   * @param operation the operation of the entity. Default: the first operation that runs
   * @throws InvalidArgumentError if the code has no effects outside
   */
  repeat<Input, Output>(
    what: ActivityReference<Input, Output> | EntityDefinition | EntityClass<unknown>,
    operation?: string,
  ): void {
    const { kind, name, effects } = definitionOf(what);
    if (kind === 'orchestration' || effects === 'none') {
      throw new InvalidArgumentError(
        'what',
        `${name} has no effects outside of the host`,
        "Give an activity, or an entity with effects: 'external'.",
      );
    }
    const key = kind === 'entity' ? name.toLowerCase() : name;
    this.plan.repeats.push({ kind, name: key, operation: operation?.toLowerCase(), outcomeLost: false });
  }
}

function definitionOf(reference: unknown): {
  readonly kind: 'entity' | 'orchestration' | 'activity';
  readonly name: string;
  readonly effects: 'none' | 'external' | undefined;
} {
  const [definition] = createClassSupport({ registered: [reference] }).definitions;
  if (definition === undefined)
    throw new InvalidArgumentError('what', 'it cannot be registered', 'Give a class or a definition.');
  const { kind, name } = definition;
  return { kind, name, effects: definition.kind === 'entity' ? definition.options.effects : undefined };
}

function count(value: number, argument: string): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError(argument, `it is ${String(value)}, not a whole number of at least 1`);
}
