import { randomInt, randomUUID } from 'node:crypto';
import type { Random } from '../ports/clock.js';

export class NodeRandom implements Random {
  u32(): number {
    return randomInt(2 ** 32);
  }

  uuid(): string {
    return randomUUID();
  }
}
