import { randomInt, randomUUID } from 'node:crypto';
import type { Random } from '../ports/clock.js';

export class NodeRandom implements Random {
  constructor(private readonly wallMs: () => number = Date.now) {}

  u32(): number {
    return randomInt(2 ** 32);
  }

  /**
   * Version 7: it begins with the time, so what is made in a later millisecond sorts later, and rows that are written together stand together in every
   * index. With random ones each orchestration changes a page of its own in four indexes: a commit of many takes twice as long.
   */
  uuid(): string {
    // A clock before 1970 or far beyond is no reason for what is no UUID.
    const time = (Math.max(0, this.wallMs()) % 2 ** 48).toString(16).padStart(12, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
  }
}
