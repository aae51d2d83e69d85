/** The context of a read-only operation: it fails the operation when the code tries to change, send or start something. */
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
 * An operation that is declared readOnly. It finds the state as any operation does, where there is none the one that it would
 * begin with; nothing comes of it, and what it tries to do fails it, also when its code catches the error.
 */
export class ReadOnlyContext extends OperationContext {
  private violation: ReadOnlyViolationError | undefined = undefined;
  /** The state as the code was given it; `undefined`: it was given none, or one that is no data. */
  private given: Json | undefined = undefined;

  /**
   * Whether the live object is still what reading the state gives: one object in two places has the same JSON.
   * @throws ReadOnlyViolationError when it did anything, SerializationError when the state is no data any more
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

  /** Where there is none: one to begin with, as custom initialisation does it. */
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
