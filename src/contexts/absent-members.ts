/**
 * Members that newcomers expect in a context, because another context, or another system, has them. No interface declares them, so
 * TypeScript refuses them. A JavaScript program gets an error with the alternative instead of "… is not a function".
 */
import { InvalidOperationError } from '../errors/index.js';

function absent(context: string, member: string, wayOut: string): InvalidOperationError {
  return new InvalidOperationError(`There is no ${member} in ${context}.`, wayOut);
}

const signalsOnly =
  'An entity cannot wait for another one, because two entities could wait for each other for ever. Signal it (context.signalEntity), or ' +
  'start an orchestration that calls it (context.startNewOrchestration).';
const ownEffects =
  "Do the work in the operation itself (effects: 'external'), or start an orchestration (context.startNewOrchestration).";
const ownSchedule =
  'Signal your own entity with { scheduledTime }, or start an orchestration (context.startNewOrchestration).';

/** Members that the context of an operation does not have. */
export abstract class AbsentInOperations {
  private lacks(member: string, wayOut: string): never {
    throw absent('the context of an entity', member, wayOut);
  }

  callEntity(): never {
    return this.lacks('callEntity', signalsOnly);
  }

  createEntityProxy(): never {
    return this.lacks('createEntityProxy', signalsOnly);
  }

  readEntityState(): never {
    return this.lacks('readEntityState', signalsOnly);
  }

  lock(): never {
    return this.lacks('lock', signalsOnly);
  }

  callActivity(): never {
    return this.lacks('callActivity', ownEffects);
  }

  callSubOrchestration(): never {
    return this.lacks('callSubOrchestration', 'Start it one-way: context.startNewOrchestration.');
  }

  startNew(): never {
    return this.lacks('startNew', 'Use context.startNewOrchestration.');
  }

  createTimer(): never {
    return this.lacks('createTimer', ownSchedule);
  }

  waitForExternalEvent(): never {
    return this.lacks('waitForExternalEvent', 'Events of an entity are its operations: let the sender signal it.');
  }
}

/** Members that the context of an orchestrator does not have. */
export abstract class AbsentInOrchestrators {
  private lacks(member: string, wayOut: string): never {
    throw absent('the context of an orchestration', member, wayOut);
  }

  startNew(): never {
    return this.lacks('startNew', 'Use context.startNewOrchestration, or context.callSubOrchestration for its result.');
  }

  readEntityState(): never {
    return this.lacks('readEntityState', 'Call an operation that returns what you need (context.callEntity).');
  }

  getInput(): never {
    return this.lacks('getInput', 'The input is the second parameter: async (context, input) => ….');
  }

  getState(): never {
    return this.lacks('getState', 'An orchestration has local variables; shared state belongs to an entity.');
  }

  callHttp(): never {
    return this.lacks('callHttp', 'Send the request in an activity (context.callActivity).');
  }
}
