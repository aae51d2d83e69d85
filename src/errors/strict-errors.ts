/** Findings of strict mode. Each is logged once per place, or thrown where `strict` is `'error'`. */
import { DurableError } from './durable-error.js';
import { quoted } from './text.js';

/**
 * An orchestration ended, or continued as new, and no code had looked at the promise of a request. `member` names the method of the context,
 * and `site` the place of the call.
 */
export class NotAwaitedError extends DurableError {
  constructor(
    readonly orchestrationName: string,
    readonly member: string,
    readonly site: string,
  ) {
    super(`Orchestration ${quoted(orchestrationName)} ends without awaiting context.${member} at ${quoted(site)}.`, {
      code: 'DE_NOT_AWAITED',
      retry: 'never',
      hint: 'Await the promise, also by Promise.all. Cancel a timer that is not needed. For work that nobody awaits, signal an entity or use startNewOrchestration.',
    });
  }
}

/**
 * An object of a class was sent, and arrives as plain data without its methods. `path` names its place, e.g. `result.payments[0]`. `site` is
 * the place of the call, `undefined` for results.
 */
export class ClassLostError extends DurableError {
  constructor(
    /** For example `The result of activity "Charge"`. */
    subject: string,
    readonly path: string,
    readonly className: string,
    readonly method: string,
    readonly site: string | undefined,
  ) {
    super(
      `${subject}${site === undefined ? '' : ` at ${quoted(site)}`} loses a class: ${path} is an object of the class ${quoted(className)}, and arrives without ${quoted(method)}.`,
      {
        code: 'DE_CLASS_LOST',
        retry: 'never',
        hint: 'Send plain data, and build the object where it arrives. An operation restores the class that @Operation({ input }) names.',
      },
    );
  }
}

/**
 * The state of an entity was changed after the operation had ended, by code that kept it. The change is dropped. `fields` names the changed
 * fields, without their values. Found at the next operation.
 */
export class StateChangedLaterError extends DurableError {
  constructor(
    readonly entityId: string,
    readonly operationName: string,
    readonly fields: readonly string[],
  ) {
    const what = fields.length === 0 ? 'its value' : fields.map(quoted).join(', ');
    super(`The state of ${entityId} was changed after operation ${quoted(operationName)} had ended: ${what}.`, {
      code: 'DE_STATE_CHANGED_LATER',
      retry: 'never',
      hint: 'The change is dropped. Await everything before the operation ends, or signal the entity later.',
    });
  }
}
