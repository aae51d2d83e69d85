/**
 * The state of one entity: the last captured one as JSON, and a live object that was in step with it.
 *
 * The captured tree is what is stored, compared and rolled back to; the live object is only ever a cache of it. It is kept only
 * where reading the captured tree would give the same: of one object in two places, reading makes two. An object that changed
 * behind our back (a forgotten await) is noticed before the next use and dropped.
 */
import { CaptureNotes } from '../model/capture-notes.js';
import { fromTree, toTree, type Json } from '../model/values.js';
import { LimitExceededError } from '../errors/index.js';
import { isLonger } from '../model/limits.js';
import { isSameJson, sizeBound } from './json-compare.js';
import { stretches } from './stretches.js';
import { StoredStateProblem, type StateType } from '../functions/state-type.js';

/** A live object and how to capture it; `type` undefined: plain data. */
export interface LiveState {
  readonly type: StateType<unknown> | undefined;
  readonly value: unknown;
}

export class StateSlot {
  private text: string | undefined;
  private tree: Json | undefined;
  /** The tree was not parsed yet: only the text is known. */
  private parsed: boolean;
  private live: LiveState | undefined;
  /** The live object was captured as the tree; one that was read may lack what only its class of today has. */
  private exact = false;
  /** The stretch of code in which the live object was captured; `undefined` where other code may have run since. */
  private capturedIn: number | undefined;

  /** @param bytesMax of a stored state that is read */
  constructor(
    stored: string | undefined,
    private readonly bytesMax: number,
  ) {
    this.text = stored;
    this.parsed = stored === undefined;
  }

  get exists(): boolean {
    return this.tree !== undefined || !this.parsed;
  }

  /** Whether what is stored is JSON within the limit. */
  get readable(): boolean {
    return this.captured() !== undefined;
  }

  encode(): string | undefined {
    if (this.text === undefined && this.tree !== undefined) this.text = JSON.stringify(this.tree);
    return this.text;
  }

  /** A live object for the captured state. @throws what the type or JSON.parse throws, StoredStateProblem when it is too large */
  open(type: StateType<unknown> | undefined): LiveState {
    if (this.live !== undefined && this.live.type === type && this.inStep(this.live)) return this.live;
    this.live = undefined;
    this.checkSize();
    const copy = JSON.parse(this.encode() as string) as Json;
    const value = type === undefined ? fromTree(copy) : type.restore(copy);
    this.live = { type, value };
    this.exact = false;
    return this.live;
  }

  /** Of what this process did not write itself: what is too large takes seconds to read, and could not be written again. */
  private checkSize(): void {
    if (!this.isTooLarge()) return;
    throw new StoredStateProblem('state', `it is larger than the limit \`stateBytes\`, ${this.bytesMax} bytes`);
  }

  private isTooLarge(): boolean {
    return !this.parsed && this.text !== undefined && isLonger(this.text, this.bytesMax);
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

  /** The captured tree; `undefined` where there is none or it cannot be read. */
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
   * Captures a live object as the new state; true when it is another one.
   * @param atOnce the operation has awaited nothing, so all code that it has started runs in a later stretch
   * @throws SerializationError, LimitExceededError: nothing has changed
   */
  store(live: LiveState, atOnce: boolean): boolean {
    const { bytesMax } = this;
    const notes = new CaptureNotes();
    const tree = capture(live, notes);
    // Above half the limit by a cheap bound the text itself is measured, here and not at sealing, where nothing may fail.
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

  /** True when there was a state. */
  remove(): boolean {
    const existed = this.exists;
    this.tree = undefined;
    this.text = undefined;
    this.parsed = true;
    this.live = undefined;
    return existed;
  }

  /** Whether a live object is at hand, so that the next operation need not read the captured state. */
  get isKept(): boolean {
    return this.live !== undefined;
  }

  /** The captured tree that this live object was captured as; `undefined` of any other object. */
  treeOf(live: LiveState): Json | undefined {
    return live === this.live && this.exact ? this.captured() : undefined;
  }

  /** The live object may have been changed by something that is rolled back. */
  dropLive(): void {
    this.live = undefined;
  }
}

/** A live object as data. @throws SerializationError */
export function capture(live: LiveState, notes?: CaptureNotes): Json {
  return live.type === undefined ? toTree(live.value, 'state', notes) : live.type.capture(live.value, notes);
}
