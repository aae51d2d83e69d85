import { DurableError } from './durable-error.js';
import { quoted } from './text.js';

/** Something given to `register`, or decorated, cannot be used; all problems at once. */
export class RegistrationError extends DurableError {
  constructor(
    readonly problems: readonly string[],
    hint = 'Mend every line above; all problems are listed at once.',
  ) {
    super(problems.length === 1 ? `${problems[0]}` : `${problems.length} problems:\n  - ${problems.join('\n  - ')}`, {
      code: 'DE_REGISTRATION',
      retry: 'never',
      hint,
    });
  }
}

/** An entity interface breaks the interface rules, or a class does not implement it; all problems at once. */
export class InvalidEntityInterfaceError extends DurableError {
  constructor(
    readonly interfaceName: string,
    readonly problems: readonly string[],
  ) {
    super(`Entity interface ${interfaceName} is not usable: ${problems.join('; ')}.`, {
      code: 'DE_INVALID_INTERFACE',
      retry: 'never',
      hint: 'An entity interface has at least one method, only methods, at most one parameter each, returning void or a Promise.',
    });
  }
}

function known(names: readonly string[]): string {
  return names.length === 0 ? 'Nothing is registered' : `Registered: ${names.join(', ')}`;
}

/** No worker of this task hub ever registered an entity of this name, or no registered class implements the token. */
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

/** A key alone was given, and several registered classes implement the token. */
export class AmbiguousEntityError extends DurableError {
  constructor(
    readonly token: string,
    readonly candidates: readonly string[],
  ) {
    super(`${token} is implemented by several entities (${candidates.join(', ')}): a key alone is not enough.`, {
      code: 'DE_AMBIGUOUS_ENTITY',
      retry: 'never',
      hint: `Give an EntityId, e.g. new EntityId(${quoted(candidates[0])}, key), or the class instead of the interface.`,
    });
  }
}

/** No worker of this task hub ever registered an orchestration of this name. */
export class UnknownOrchestrationError extends DurableError {
  constructor(
    readonly orchestrationName: string,
    readonly registered: readonly string[],
    /** The one that was asked for, where the name is known. */
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

/** No worker of this task hub ever registered an activity of this name. */
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
