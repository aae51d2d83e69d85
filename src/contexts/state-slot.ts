/**
 * The state of one entity: the last captured one as JSON, and a live object that was in step with it.
 *
 * The captured tree is what is stored, compared and rolled back to; the live object is only ever a cache of it. An object that
 * changed behind our back (a forgotten await) is noticed before the next use and dropped.
 */
import { fromTree, toTree, type Json } from '../model/values.js';
import { LimitExceededError } from '../errors/index.js';
import { isLonger } from '../model/limits.js';
import { isSameJson, sizeBound } from './json-compare.js';
import type { StateType } from '../functions/state-type.js';

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

  constructor(stored: string | undefined) {
    this.text = stored;
    this.parsed = stored === undefined;
  }

  get exists(): boolean {
    return this.tree !== undefined || !this.parsed;
  }

  /** Whether what is stored is JSON. */
  get readable(): boolean {
    return this.captured() !== undefined;
  }

  encode(): string | undefined {
    if (this.text === undefined && this.tree !== undefined) this.text = JSON.stringify(this.tree);
    return this.text;
  }

  /** A live object for the captured state. @throws what the type or JSON.parse throws */
  open(type: StateType<unknown> | undefined): LiveState {
    if (this.live !== undefined && this.live.type === type && this.inStep(this.live)) return this.live;
    this.live = undefined;
    const copy = JSON.parse(this.encode() as string) as Json;
    const value = type === undefined ? fromTree(copy) : type.restore(copy);
    this.live = { type, value };
    return this.live;
  }

  private inStep(live: LiveState): boolean {
    const captured = this.captured();
    if (captured === undefined || typeof live.value !== 'object') return captured !== undefined;
    try {
      return isSameJson(capture(live), captured);
    } catch {
      return false;
    }
  }

  /** The captured tree; `undefined` where there is none or it cannot be parsed. */
  private captured(): Json | undefined {
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

  /** Captures a live object as the new state; true when it is another one. @throws SerializationError, LimitExceededError: nothing has changed */
  store(live: LiveState, bytesMax: number): boolean {
    const tree = capture(live);
    // Above half the limit by a cheap bound the text itself is measured, here and not at sealing, where nothing may fail.
    if (sizeBound(tree, bytesMax / 2) > bytesMax / 2 && isLonger(JSON.stringify(tree), bytesMax)) {
      throw new LimitExceededError('state', 'stateBytes', bytesMax);
    }
    const before = this.captured();
    this.live = live;
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

  /** The live object may have been changed by something that is rolled back. */
  dropLive(): void {
    this.live = undefined;
  }
}

/** A live object as data. @throws SerializationError */
export function capture(live: LiveState): Json {
  return live.type === undefined ? toTree(live.value, 'state') : live.type.capture(live.value);
}
