import { Entity, entityInterface } from 'durable-entities';
import { PriceList } from './price-list.js';

export interface Line {
  readonly item: string;
  readonly count: number;
}

export interface ICart {
  put(line: Line): Promise<void>;
  lines(): Promise<Line[]>;
  total(): Promise<number>;
  empty(): Promise<void>;
}

export const ICart = entityInterface<ICart>('ICart', { put: 'call', lines: 'call', total: 'call', empty: 'call' });

/** One cart per customer. The cart looks prices up when it needs them. It stores neither prices nor the price list. */
@Entity({ implements: [ICart], effects: 'none' })
export class Cart implements ICart {
  counts = new Map<string, number>();

  constructor(private readonly prices: PriceList) {}

  async put({ item, count }: Line): Promise<void> {
    if (this.prices.priceOf(item) === undefined) throw new Error(`There is no ${item} here`);
    this.counts.set(item, (this.counts.get(item) ?? 0) + count);
  }

  async lines(): Promise<Line[]> {
    return Array.from(this.counts, ([item, count]) => ({ item, count }));
  }

  async total(): Promise<number> {
    let cents = 0;
    for (const [item, count] of this.counts) cents += count * this.prices.priceOf(item)!;
    return cents;
  }

  async empty(): Promise<void> {
    Entity.current.deleteState();
  }
}
