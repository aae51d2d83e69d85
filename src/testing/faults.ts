import { createClassSupport } from '../classes/index.js';
import { InvalidArgumentError } from '../errors/index.js';
import type { EntityDefinition } from '../functions/definitions.js';
import type { ActivityReference } from '../functions/references.js';
import type { EntityClass } from '../functions/tokens.js';
import { checkOptions } from '../model/options.js';
import type { FaultPlan } from './fault-plan.js';

/** What `failNextCommit` takes. */
export interface CommitFailure {
  /** Whether the database stored the batch all the same, so that only its answer was lost. Default false. */
  readonly applied?: boolean | undefined;
  /** For how many commits in a row. Default 1. After the second, the host pauses before it tries again: advance. */
  readonly times?: number | undefined;
}

/**
 * What shall go wrong in the process of this host. Nothing that was acknowledged may be lost by any of it, and nothing applied
 * twice; what user code does outside may happen twice.
 */
export class Faults {
  /** Faults come from `TestHost.faults`. @internal */
  constructor(private readonly plan: FaultPlan) {}

  /** Commits of this process so far that stored something: an empty one only renews the lease, and no fault counts it. */
  get commits(): number {
    return this.plan.commits;
  }

  /** The database does not answer the next commit: the host drops its memory, reads what was stored, and does the rest again. */
  failNextCommit(failure?: CommitFailure): void {
    const { applied = false, times = 1 } = checkOptions(failure, { applied: true, times: true }, 'failure');
    for (let left = count(times, 'times'); left > 0; left--) this.plan.unanswered.push({ applied });
  }

  /** The process dies right before its `nth` commit from now: that is lost. Default: the next one. */
  crashBeforeCommit(nth = 1): void {
    this.plan.crash = { left: count(nth, 'nth'), when: 'before' };
  }

  /** The process dies right after its `nth` commit from now: that is stored, and nobody was told. Default: the next one. */
  crashAfterCommit(nth = 1): void {
    this.plan.crash = { left: count(nth, 'nth'), when: 'after' };
  }

  /** The activity fails with this error the next `times` times (default 1); its code does not run then. */
  failActivity<Input, Output>(activity: ActivityReference<Input, Output> | string, error: Error, times = 1): void {
    const name = typeof activity === 'string' ? activity : definitionOf(activity).name;
    const failures = this.plan.failures.get(name) ?? [];
    this.plan.failures.set(name, failures);
    for (let left = count(times, 'times'); left > 0; left--) failures.push(error);
  }

  /**
   * The next run of an activity, or of an operation of an `external` entity, is lost after its code has run to its end, as if
   * the process had died between its effect and the commit: it runs again. So its effect happens twice, unless it is idempotent.
   * @param operation of an entity; default: whichever comes first
   */
  repeat<Input, Output>(
    what: ActivityReference<Input, Output> | EntityDefinition | EntityClass<unknown>,
    operation?: string,
  ): void {
    const { kind, name, effects } = definitionOf(what);
    if (kind === 'orchestration' || effects === 'none') {
      throw new InvalidArgumentError(
        'what',
        `${name} has no effects outside`,
        "Give an activity, or an entity that is not declared effects: 'none'.",
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
  if (definition === undefined) throw new InvalidArgumentError('what', 'it is nothing that can be registered');
  const { kind, name } = definition;
  return { kind, name, effects: definition.kind === 'entity' ? definition.options.effects : undefined };
}

function count(value: number, argument: string): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError(argument, `it is ${String(value)}, not a whole number of at least 1`);
}
