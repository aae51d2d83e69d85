import { Entity, entityInterface } from 'durable-entities';
import type { Line } from './cart.js';

export interface IStock {
  add(line: Line): Promise<void>;
  /** Takes all lines or none. Returns the articles of which the stock has too few. */
  take(lines: readonly Line[]): Promise<string[]>;
}

export const IStock = entityInterface<IStock>('IStock', { add: 'call', take: 'call' });

/** The stock of one shop. */
@Entity({ implements: [IStock], effects: 'none' })
export class Stock implements IStock {
  counts = new Map<string, number>();

  async add({ item, count }: Line): Promise<void> {
    this.counts.set(item, (this.counts.get(item) ?? 0) + count);
  }

  async take(lines: readonly Line[]): Promise<string[]> {
    const missing = lines.filter(({ item, count }) => (this.counts.get(item) ?? 0) < count);
    if (missing.length > 0) return missing.map(({ item }) => item);
    for (const { item, count } of lines) this.counts.set(item, this.counts.get(item)! - count);
    return [];
  }
}
