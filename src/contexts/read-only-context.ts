/** The context of a read-only operation. It fails the operation if the code tries to change, send or start something. */
import { ReadOnlyViolationError } from '../errors/index.js';
import type { StartOptions } from '../functions/call-options.js';
import type { EntityToken } from '../functions/tokens.js';
import { EntityId } from '../model/entity-id.js';
import { CaptureNotes } from '../model/capture-notes.js';
import type { Json } from '../model/values.js';
import { isSameJson } from './json-compare.js';
import { OperationContext } from './operation-context.js';
import { capture } from './state-slot.js';

/**
 * An operation that is declared readOnly. It gets the state as any other operation. If the entity has no state, it gets an initial one, which
 * is not stored. A forbidden action fails the operation, even if the code catches the error.
 */
export class ReadOnlyContext extends OperationContext {
  private violation: ReadOnlyViolationError | undefined = undefined;
  /** Captured form of the state that the code got. `undefined` if it got no state, or a state that cannot be captured. */
  private given: Json | undefined = undefined;

  /**
   * Whether reading the stored state would still return the live object. It would not if one object stands in two places, although the JSON
   * is the same then.
   * @throws ReadOnlyViolationError if the code did a forbidden action, SerializationError if the state cannot be captured any more
   */
  checkNothingDone(): boolean {
    if (this.violation !== undefined) throw this.violation;
    const { left, given } = this;
    if (typeof left !== 'object' || given === undefined) return true;
    const notes = new CaptureNotes();
    if (!isSameJson(capture(left, notes), given)) this.refuse('changed the state');
    return !notes.differs;
  }

  private refuse(did: string): never {
    this.violation ??= new ReadOnlyViolationError(this.id, this.operationName, did);
    throw this.violation;
  }

  private note(): void {
    if (typeof this.left !== 'object') return;
    try {
      this.given = this.slot.treeOf(this.left) ?? capture(this.left);
    } catch {
      this.given = undefined;
    }
  }

  override getState(initial?: unknown): unknown {
    const { left } = this;
    const state = super.getState(initial as () => unknown);
    if (this.left !== left) this.note();
    return state;
  }

  /** Sets an initial state if the entity has none, as custom initialisation does. */
  override setState(value: unknown): void {
    if (this.slot.exists) this.refuse('set the state');
    super.setState(value);
    this.note();
  }

  override deleteState(): void {
    if (this.slot.exists) this.refuse('deleted the state');
    super.deleteState();
  }

  override signalEntity(first: unknown, second: unknown): void {
    this.refuse(`signalled ${this.targetOf(first, second)}`);
  }

  override cancelSignal(first: unknown, second: unknown): void {
    this.refuse(`cancelled a signal of ${this.targetOf(first, second)}`);
  }

  private targetOf(first: unknown, second: unknown): string {
    const id =
      first instanceof EntityId ? first : this.support.classes.resolveTarget(first as EntityToken<unknown>, second);
    return id.toString();
  }

  override startNewOrchestration(orchestration: unknown, _options?: StartOptions): string {
    return this.refuse(`started the orchestration ${this.support.classes.orchestrationName(orchestration)}`);
  }

  override dispatch(type: unknown, ...values: unknown[]): unknown {
    return this.support.classes.dispatch(this, type, values, () => this.note());
  }
}
