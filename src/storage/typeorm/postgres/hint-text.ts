/** Hints as text for NOTIFY, which takes less than 8,000 bytes. */
import type { Hint } from '../../../engines/sql/ports/store.js';

const bytesMax = 7_900;

interface Payload {
  p?: number[];
  a?: string[];
  w?: [string, string][];
  m?: true;
  g?: number[];
}

/** Hints that wait to be sent. Equal parts of them are one, and too many of them become one hint without content: anything may have changed. */
export class WaitingHints {
  readonly #partitions = new Set<number>();
  readonly #processes = new Set<string>();
  readonly #interest = new Map<string, [string, string]>();
  readonly #gained = new Set<number>();
  #members = false;
  #anything = false;

  get isEmpty(): boolean {
    return this.#size === 0 && !this.#members && !this.#anything;
  }

  get #size(): number {
    return this.#partitions.size + this.#processes.size + this.#interest.size + this.#gained.size;
  }

  add({ partitions = [], processes = [], interest = [], members = false, gained = [] }: Hint): void {
    for (const partition of partitions) this.#partitions.add(partition);
    for (const process of processes) this.#processes.add(process);
    for (const pair of interest) this.#interest.set(JSON.stringify(pair), [...pair]);
    this.#members ||= members;
    for (const incarnation of gained) this.#gained.add(incarnation);
    // Far more than one payload holds: the text is dropped anyway.
    if (this.#size > bytesMax) this.#forget(true);
  }

  /** The text of all that waits. Empty if it does not fit: then anything may have changed. */
  take(): string {
    const payload: Payload = {};
    if (this.#partitions.size > 0) payload.p = [...this.#partitions];
    if (this.#processes.size > 0) payload.a = [...this.#processes];
    if (this.#interest.size > 0) payload.w = [...this.#interest.values()];
    if (this.#members) payload.m = true;
    if (this.#gained.size > 0) payload.g = [...this.#gained];
    const text = this.#anything ? '' : JSON.stringify(payload);
    this.#forget(false);
    return Buffer.byteLength(text) > bytesMax ? '' : text;
  }

  #forget(anything: boolean): void {
    this.#partitions.clear();
    this.#processes.clear();
    this.#interest.clear();
    this.#gained.clear();
    this.#members = false;
    this.#anything = anything;
  }
}

/** The hint of a text. `undefined` if anything may have changed, also if the text cannot be read: another version may have sent it. */
export function readHint(text: string): Hint | undefined {
  try {
    const { p, a, w, m, g } = JSON.parse(text) as Payload;
    return {
      ...(p === undefined ? {} : { partitions: p }),
      ...(a === undefined ? {} : { processes: a }),
      ...(w === undefined ? {} : { interest: w }),
      ...(m === undefined ? {} : { members: m }),
      ...(g === undefined ? {} : { gained: g }),
    };
  } catch {
    return undefined;
  }
}
