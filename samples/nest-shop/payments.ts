import { setTimeout } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { PaymentRow } from './rows.js';

/** The payment provider of the shop: an ordinary service of Nest. */
@Injectable()
export class Payments {
  constructor(@InjectRepository(PaymentRow) private readonly payments: Repository<PaymentRow>) {}

  /** Charges once for each order, however often it is called. Cards of more than 100 euros are refused. */
  async charge(orderId: string, cents: number): Promise<void> {
    await setTimeout(20);
    if (cents > 10_000) throw new Error('The bank refuses the card.');
    await this.payments.upsert({ orderId, cents }, ['orderId']);
  }

  count(): Promise<number> {
    return this.payments.count();
  }
}
