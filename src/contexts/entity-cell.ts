/** Runs the operations of one live entity. Each operation takes effect as a whole, or is rolled back. */
import { runInFrame, type Strict } from '../functions/ambient.js';
import {
  EffectsViolationError,
  EntityOperationFailedError,
  HostStoppedError,
  LimitExceededError,
  SerializationError,
  StateChangedLaterError,
  StateSerializationError,
  TimeoutError,
} from '../errors/index.js';
import { reasonOf } from '../errors/text.js';
import { encodeError, errorOf } from '../model/error-details.js';
import { encodeWithin } from '../model/limits.js';
import type { Json } from '../model/values.js';
import type { EntityId } from '../model/entity-id.js';
import type { EntityCell, OperationOutcome, OperationRequest, TurnEnvironment } from '../ports/user-code.js';
import type { EntityDefinition } from '../functions/definitions.js';
import { differingFields } from './json-compare.js';
import { OperationContext } from './operation-context.js';
import { ReadOnlyContext } from './read-only-context.js';
import { capture, StateSlot, type LiveState } from './state-slot.js';
import { stretches } from './stretches.js';
import type { RuntimeSupport } from './support.js';

/** Port of a cell to the program that opened it. */
export interface EntityOperations {
  readonly definition: EntityDefinition;
  readonly support: RuntimeSupport;
  readonly effects: 'none' | 'external';
  isReadOnly(operation: string): boolean;
  /** Reports a live state that is dropped, because reading its stored form returns something else. */
  tellReloads(left: LiveState): void;
}

export class LiveEntityCell implements EntityCell {
  private readonly slot: StateSlot;
  private running: OperationContext | undefined;
  /** The operation that left the present state. */
  private lastOperation = '';

  constructor(
    private readonly program: EntityOperations,
    private readonly id: EntityId,
    stored: string | undefined,
  ) {
    const { limits, strict } = program.support;
    const rules = strict && {
      stateBytes: limits.stateBytes,
      changedLater: (live: LiveState, before: Json | undefined) => this.tellChanged(strict, live, before),
    };
    this.slot = new StateSlot(stored, rules ?? limits);
  }

  get exists(): boolean {
    return this.slot.exists;
  }

  expire(): void {
    this.slot.remove();
  }

  encodeState(): string | undefined {
    return this.slot.encode();
  }

  run(request: OperationRequest, environment: TurnEnvironment): OperationOutcome | Promise<OperationOutcome> {
    const { definition, support, effects } = this.program;
    const Context = this.program.isReadOnly(request.operation) ? ReadOnlyContext : OperationContext;
    const context = new Context(this.id, request, environment, this.slot, support);
    this.running = context;
    // Read before user code runs: code that it defers runs in a later stretch.
    const begun = stretches.current;
    let returned: unknown;
    let pending: boolean;
    try {
      returned = runInFrame({ kind: 'entity', effects, id: this.id, context }, definition.handler, context);
      pending = isThenable(returned);
    } catch (error) {
      return this.fail(context, error);
    }
    if (!pending) return this.succeed(context, returned, begun === stretches.current);
    return Promise.resolve(returned).then(
      (value) => (this.running === context ? this.succeed(context, value, false) : abandoned),
      (error: unknown) => (this.running === context ? this.fail(context, error) : abandoned),
    );
  }

  abandon(reason: 'effects' | 'stopped' | { readonly timeoutMs: number }): OperationOutcome {
    const context = this.running as OperationContext;
    const { operationName } = context;
    if (typeof reason === 'object') {
      const what = `operation ${JSON.stringify(operationName)} of ${this.id.toString()} did not end`;
      const hint = 'It was rolled back, and its signal was aborted. Outside work that ignores the signal may continue.';
      const error = new TimeoutError(what, reason.timeoutMs, hint);
      const outcome = this.fail(context, error);
      // Aborts last, so that listeners of the signal find an ended operation.
      context.abort(error);
      return outcome;
    }
    const error =
      reason === 'effects'
        ? new EffectsViolationError(this.id, operationName)
        : new HostStoppedError('the host stopped while the operation ran');
    return this.fail(context, error);
  }

  private succeed(context: OperationContext, returned: unknown, atOnce: boolean): OperationOutcome {
    try {
      const value = context.result === undefined ? returned : context.result.value;
      const result = encodeWithin(this.program.support.limits, value, 'result', this.program.definition);
      const changed = this.keepState(context, atOnce);
      context.end();
      this.running = undefined;
      return { ok: true, result, changed, effects: context.effects };
    } catch (error) {
      return this.fail(context, error);
    }
  }

  /** Captures the state that the operation left. This is the last step that can fail. */
  private keepState(context: OperationContext, atOnce: boolean): boolean {
    const { slot } = this;
    if (context instanceof ReadOnlyContext) {
      if (!context.checkNothingDone()) slot.dropLive();
      return false;
    }
    const { left } = context;
    if (left === 'untouched') return false;
    if (left === 'deleted') return slot.remove();
    try {
      const changed = slot.store(left, atOnce);
      this.lastOperation = context.operationName;
      if (!slot.isKept) this.program.tellReloads(left);
      return changed;
    } catch (error) {
      const [path, problem] =
        error instanceof SerializationError
          ? [error.path, error.problem]
          : error instanceof LimitExceededError
            ? [error.subject, `it is larger than ${error.max} bytes`]
            : ['state', reasonOf(error)];
      throw new StateSerializationError(this.id, context.operationName, path, problem, error);
    }
  }

  /** Reports to strict mode that code changed the state after the operation that left it. @throws StateChangedLaterError */
  private tellChanged(strict: Strict, live: LiveState, before: Json | undefined): void {
    const { id, lastOperation, program } = this;
    const fields = changedFields(live, before);
    const error = new StateChangedLaterError(id.toString(), lastOperation, fields);
    const place = `${program.definition.name} ${lastOperation}`;
    strict.found(error, place, { entity: id.toString(), operation: lastOperation });
  }

  private fail(context: OperationContext, thrown: unknown): OperationOutcome {
    context.end();
    this.running = undefined;
    this.slot.dropLive();
    const cause = errorOf(thrown);
    const ours = cause instanceof EntityOperationFailedError && cause.entityId?.equals?.(this.id);
    const error = ours ? cause : new EntityOperationFailedError(this.id, context.operationName, cause);
    return { ok: false, error: encodeError(error) };
  }
}

/** Names of the outermost fields that differ from what was captured. Keys of a Map are state, and are not named. */
function changedFields(live: LiveState, before: Json | undefined): string[] {
  try {
    return differingFields(before, capture(live));
  } catch {
    // The change cannot be stored.
    return [];
  }
}

/** The outcome of an abandoned operation, which is never read. */
const abandoned: OperationOutcome = { ok: false, error: '' };

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}
