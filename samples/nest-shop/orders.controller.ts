import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, HttpCode, NotFoundException, Param, Post } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsInt, IsString, Length, Max, Min } from 'class-validator';
import type { Repository } from 'typeorm';
import { DurableClient } from 'durable-entities';
import { InjectDurableClient } from 'durable-entities/nestjs';
import { PlaceOrder } from './place-order.js';
import { OrderRow } from './rows.js';
import { Stock } from './stock.js';

class NewOrder {
  @IsString() @Length(1, 40) article!: string;
  @IsInt() @Min(1) @Max(100) count!: number;
}

class Delivery {
  @IsInt() @Min(1) @Max(10_000) count!: number;
}

// #region controller
@Controller()
export class OrdersController {
  constructor(
    @InjectDurableClient() private readonly client: DurableClient,
    @InjectRepository(OrderRow) private readonly orders: Repository<OrderRow>,
  ) {}

  /** Resolves when the order is durable. From then on it ends, whatever happens to this process. */
  @Post('orders')
  @HttpCode(202)
  async place(@Body() { article, count }: NewOrder): Promise<OrderRow> {
    const order = { id: randomUUID(), article, count };
    await this.client.startNew(PlaceOrder, { instanceId: order.id, input: order });
    return { ...order, status: 'accepted' };
  }

  @Get('orders/:id')
  async order(@Param('id') id: string): Promise<OrderRow> {
    const order = await this.orders.findOneBy({ id });
    if (order === null) throw new NotFoundException();
    return order;
  }

  @Post('stock/:article')
  @HttpCode(202)
  async deliver(@Param('article') article: string, @Body() { count }: Delivery): Promise<void> {
    await this.client.signalEntity(Stock, article, (stock) => stock.put(count));
  }

  @Get('stock/:article')
  async stock(@Param('article') article: string): Promise<{ available: number }> {
    const { entityState } = await this.client.readEntityState(Stock, article);
    return { available: entityState?.available ?? 0 };
  }
}
// #endregion
