import { DurableError } from './durable-error.js';
import { quoted } from './text.js';

/** Classes or definitions in `register`, or their decorators, cannot be used. `problems` lists every problem, one sentence each. */
export class RegistrationError extends DurableError {
  constructor(
    readonly problems: readonly string[],
    hint = 'Correct every problem above. The list is complete.',
  ) {
    super(problems.length === 1 ? `${problems[0]}` : `${problems.length} problems:\n  - ${problems.join('\n  - ')}`, {
      code: 'DE_REGISTRATION',
      retry: 'never',
      hint,
    });
  }
}

/** An entity interface breaks the rules for interfaces, or a class does not implement it. `problems` lists every problem. */
export class InvalidEntityInterfaceError extends DurableError {
  constructor(
    readonly interfaceName: string,
    readonly problems: readonly string[],
  ) {
    super(`Entity interface ${interfaceName} cannot be used: ${problems.join('; ')}.`, {
      code: 'DE_INVALID_INTERFACE',
      retry: 'never',
      hint: 'An entity interface has at least one method, only methods, at most one parameter each, returning void or a Promise.',
    });
  }
}

function known(names: readonly string[]): string {
  return names.length === 0 ? 'Nothing is registered' : `Registered: ${names.join(', ')}`;
}

/**
 * No worker of this task hub has ever registered an entity with this name, or no registered class implements the interface.
 * `registered` lists the known names.
 */
export class UnknownEntityError extends DurableError {
  constructor(
    readonly entityName: string,
    readonly registered: readonly string[],
    message = `No entity named ${quoted(entityName)} is registered.`,
  ) {
    super(message, {
      code: 'DE_UNKNOWN_ENTITY',
      retry: 'never',
      hint: `${known(registered)}. Add the entity to \`register\`.`,
    });
  }
}

/** Several registered classes implement the interface, but a target by key alone, or a query, needs one. `candidates` lists their entity names. */
export class AmbiguousEntityError extends DurableError {
  constructor(
    readonly token: string,
    readonly candidates: readonly string[],
    problem = 'a key alone is not enough',
  ) {
    super(`${token} is implemented by several entities (${candidates.join(', ')}): ${problem}.`, {
      code: 'DE_AMBIGUOUS_ENTITY',
      retry: 'never',
      hint: `Give an EntityId, e.g. new EntityId(${quoted(candidates[0])}, key), or the class instead of the interface.`,
    });
  }
}

/** No worker of this task hub has ever registered an orchestration with this name, or this version of it. */
export class UnknownOrchestrationError extends DurableError {
  constructor(
    readonly orchestrationName: string,
    readonly registered: readonly string[],
    /** The requested version. `undefined` if the name itself is unknown. */
    readonly version?: number,
  ) {
    const what = `No orchestration named ${quoted(orchestrationName)} is registered`;
    super(version === undefined ? `${what}.` : `${what} in version ${version}.`, {
      code: 'DE_UNKNOWN_ORCHESTRATION',
      retry: 'never',
      hint: `${known(registered)}. Add the orchestration to \`register\`.`,
    });
  }
}

/** No worker of this task hub has ever registered an activity with this name. */
export class UnknownActivityError extends DurableError {
  constructor(
    readonly activityName: string,
    readonly registered: readonly string[],
  ) {
    super(`No activity named ${quoted(activityName)} is registered.`, {
      code: 'DE_UNKNOWN_ACTIVITY',
      retry: 'never',
      hint: `${known(registered)}. Add the activity to \`register\`.`,
    });
  }
}
