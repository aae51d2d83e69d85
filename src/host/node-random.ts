import { randomFillSync, randomInt } from 'node:crypto';
import type { Random } from '../ports/clock.js';

const digits = Buffer.from('0123456789abcdef', 'latin1');
const dash = '-'.charCodeAt(0);
/** One digit a byte: 18 of the 19 last digits are random, and a part of the other one. */
const bytesEach = 19;

export class NodeRandom implements Random {
  /** The last UUID. A text that is joined from parts would be copied at its first use as a key, so all its digits are written here. */
  private readonly text = Buffer.alloc(36, dash);
  /** The millisecond of the last UUID. */
  private textMs = Number.NaN;
  private readonly bytes = Buffer.alloc(bytesEach * 200);
  private used = this.bytes.length;

  constructor(private readonly wallMs: () => number = Date.now) {}

  u32(): number {
    return randomInt(2 ** 32);
  }

  /**
   * A UUID of version 7. Such an id begins with the time, so ids of a later millisecond sort later, and rows that are written together are
   * neighbours in every index. With random ids, each orchestration would change a page of its own in four indexes, and a large commit would
   * take twice as long.
   */
  uuid(): string {
    const { text } = this;
    const ms = this.wallMs();
    if (ms !== this.textMs) this.writeTime(ms);
    this.writeDigits(15, 18);
    this.writeDigits(19, 23);
    this.writeDigits(24, 36);
    // The variant: two bits of the first digit of this group.
    text[19] = digits[8 | (this.bytes[this.used - 1]! >> 6)]!;
    return text.toString('latin1');
  }

  private writeTime(ms: number): void {
    this.textMs = ms;
    // A clock before 1970, or far in the future, must still give a valid UUID.
    const time = (Math.max(0, ms) % 2 ** 48).toString(16).padStart(12, '0');
    this.text.write(`${time.slice(0, 8)}-${time.slice(8)}-7`, 'latin1');
  }

  /** Writes random digits at these places. */
  private writeDigits(from: number, to: number): void {
    const { text, bytes } = this;
    if (this.used + to - from > bytes.length) {
      randomFillSync(bytes);
      this.used = 0;
    }
    for (let place = from; place < to; place++) text[place] = digits[bytes[this.used++]! & 15]!;
  }
}
