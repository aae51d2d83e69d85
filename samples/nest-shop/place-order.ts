import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { Activity, Orchestration, type ActivityContext, type OrchestrationContext } from 'durable-entities';
import { Payments } from './payments.js';
import { OrderRow } from './rows.js';
import { Stock } from './stock.js';

export interface Order {
  readonly id: string;
  readonly article: string;
  readonly count: number;
}

// #region activities
@Activity()
export class ChargeCard {
  constructor(private readonly payments: Payments) {}

  async run(_context: ActivityContext, { id, count }: Order): Promise<void> {
    await this.payments.charge(id, count * 500);
  }
}

@Activity()
export class SaveOrder {
  constructor(@InjectRepository(OrderRow) private readonly orders: Repository<OrderRow>) {}

  /** An activity may run again after a crash, so it writes the same row again. */
  async run(_context: ActivityContext, order: OrderRow): Promise<void> {
    await this.orders.upsert(order, ['id']);
  }
}
// #endregion

// #region orchestration
@Orchestration()
export class PlaceOrder {
  async run(context: OrchestrationContext, order: Order): Promise<OrderRow['status']> {
    await context.callActivity(SaveOrder, { ...order, status: 'accepted' });
    const status = await this.handle(context, order);
    await context.callActivity(SaveOrder, { ...order, status });
    return status;
  }

  private async handle(context: OrchestrationContext, order: Order): Promise<OrderRow['status']> {
    const stock = context.createEntityProxy(Stock, order.article);
    if (!(await stock.take(order.count))) return 'sold out';
    try {
      await context.callActivity(ChargeCard, order);
      return 'paid';
    } catch {
      stock.put(order.count);
      return 'not paid';
    }
  }
}
// #endregion
