import { randomInt, randomUUID } from 'node:crypto';
import type { Random } from '../ports/clock.js';

export class NodeRandom implements Random {
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
    // A clock before 1970, or far in the future, must still give a valid UUID.
    const time = (Math.max(0, this.wallMs()) % 2 ** 48).toString(16).padStart(12, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
  }
}
