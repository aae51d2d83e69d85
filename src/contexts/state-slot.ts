/**
 * The state of one entity: the last captured state as JSON, and a live object that matched it.
 *
 * The captured tree is stored, compared, and restored by a rollback. The live object is only a cache of it. It is kept only if reading the
 * captured tree would return the same object graph: reading makes two objects of one object in two places. A live object that changed
 * outside an operation (a forgotten await) is detected before the next use and dropped.
 */
import { CaptureNotes } from '../model/capture-notes.js';
import { fromTree, toTree, type Json } from '../model/values.js';
import { LimitExceededError } from '../errors/index.js';
import { isLonger } from '../model/limits.js';
import { isSameJson, sizeBound } from './json-compare.js';
import { stretches } from './stretches.js';
import { StoredStateProblem, type StateType } from '../functions/state-type.js';

/** A live object and its state type. `type` is `undefined` for plain data. */
export interface LiveState {
  readonly type: StateType<unknown> | undefined;
  readonly value: unknown;
}

export interface StateRules {
  /** The maximum size of a stored state that is read, in bytes. */
  readonly stateBytes: number;
  /** Receives a live object that was changed after it was captured, and what was captured. Absent if nobody asks. */
  readonly changedLater?: (live: LiveState, captured: Json | undefined) => void;
}

export class StateSlot {
  private text: string | undefined;
  private tree: Json | undefined;
  /** Whether the tree is known. `false` while only the text is. */
  private parsed: boolean;
  private live: LiveState | undefined;
  /** Whether the live object was captured as the tree. An object that was read may have fields that the tree does not have yet. */
  private exact = false;
  /** Stretch of code in which the live object was captured. `undefined` if other code may have run since. */
  private capturedIn: number | undefined;

  /** @param rules one object for all entities of a program, unless strict mode watches each of them: each property here costs memory in every entity */
  constructor(
    stored: string | undefined,
    private readonly rules: StateRules,
  ) {
    this.text = stored;
    this.parsed = stored === undefined;
  }

  get exists(): boolean {
    return this.tree !== undefined || !this.parsed;
  }

  /** Whether the stored state is JSON within the size limit. */
  get readable(): boolean {
    return this.captured() !== undefined;
  }

  encode(): string | undefined {
    if (this.text === undefined && this.tree !== undefined) this.text = JSON.stringify(this.tree);
    return this.text;
  }

  /** A live object of the captured state. @throws errors of the type and of JSON.parse; StoredStateProblem if the state is too large */
  open(type: StateType<unknown> | undefined): LiveState {
    const { live } = this;
    if (live !== undefined && live.type === type && this.inStep(live)) return live;
    this.live = undefined;
    if (live !== undefined && live.type === type && this.exact) this.rules.changedLater?.(live, this.captured());
    this.checkSize();
    const copy = JSON.parse(this.encode() as string) as Json;
    const value = type === undefined ? fromTree(copy) : type.restore(copy);
    this.live = { type, value };
    this.exact = false;
    return this.live;
  }

  /** Refuses a too large state of another process. Reading it would take seconds, and it could not be written again. */
  private checkSize(): void {
    if (!this.isTooLarge()) return;
    throw new StoredStateProblem('state', `it is larger than the limit \`stateBytes\`, ${this.rules.stateBytes} bytes`);
  }

  private isTooLarge(): boolean {
    return !this.parsed && this.text !== undefined && isLonger(this.text, this.rules.stateBytes);
  }

  private inStep(live: LiveState): boolean {
    if (this.capturedIn !== undefined && this.capturedIn === stretches.current) return true;
    const captured = this.captured();
    if (captured === undefined || typeof live.value !== 'object') return captured !== undefined;
    try {
      return isSameJson(capture(live), captured);
    } catch {
      return false;
    }
  }

  /** The captured tree. `undefined` if there is no state, or if it cannot be read. */
  private captured(): Json | undefined {
    if (this.isTooLarge()) return undefined;
    if (!this.parsed) {
      try {
        this.tree = JSON.parse(this.text as string) as Json;
        this.parsed = true;
      } catch {
        return undefined;
      }
    }
    return this.tree;
  }

  /**
   * Captures a live object as the new state. Returns whether the state differs from the one before.
   * @param atOnce whether the operation awaited nothing, so that all code that it started runs in a later stretch
   * @throws SerializationError, LimitExceededError; the captured state is then unchanged
   */
  store(live: LiveState, atOnce: boolean): boolean {
    const { stateBytes: bytesMax } = this.rules;
    const notes = new CaptureNotes();
    const tree = capture(live, notes);
    // The text is measured only if a cheap bound is above half the limit. This happens here, because sealing must not fail.
    if (sizeBound(tree, bytesMax / 2) > bytesMax / 2 && isLonger(JSON.stringify(tree), bytesMax)) {
      throw new LimitExceededError('state', 'stateBytes', bytesMax);
    }
    const before = this.captured();
    this.live = notes.differs ? undefined : live;
    this.exact = true;
    this.capturedIn = atOnce ? stretches.current : undefined;
    if (before !== undefined && isSameJson(tree, before)) return false;
    this.tree = tree;
    this.text = undefined;
    this.parsed = true;
    return true;
  }

  /** Removes the state. Returns whether there was one. */
  remove(): boolean {
    const existed = this.exists;
    this.tree = undefined;
    this.text = undefined;
    this.parsed = true;
    this.live = undefined;
    return existed;
  }

  /** Whether the live object is kept, so that the next operation does not read the captured state. */
  get isKept(): boolean {
    return this.live !== undefined;
  }

  /** The tree as which this live object was captured. `undefined` for any other object. */
  treeOf(live: LiveState): Json | undefined {
    return live === this.live && this.exact ? this.captured() : undefined;
  }

  /** Drops the live object, which a rolled back operation may have changed. */
  dropLive(): void {
    this.live = undefined;
  }
}

/** The JSON form of a live object. @throws SerializationError */
export function capture(live: LiveState, notes?: CaptureNotes): Json {
  return live.type === undefined ? toTree(live.value, 'state', notes) : live.type.capture(live.value, notes);
}
