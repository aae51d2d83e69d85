import { Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DurableModule } from 'durable-entities/nestjs';
import { OrdersController } from './orders.controller.js';
import { Payments } from './payments.js';
import { ChargeCard, PlaceOrder, SaveOrder } from './place-order.js';
import { OrderRow, PaymentRow } from './rows.js';
import { Stock } from './stock.js';

// #region module
@Module({
  imports: [TypeOrmModule.forFeature([OrderRow, PaymentRow])],
  controllers: [OrdersController],
  providers: [Payments, ...DurableModule.providers([Stock, PlaceOrder, ChargeCard, SaveOrder])],
})
export class OrdersModule {}

export class AppModule {
  /** The shop on two SQLite files: its rows, and its task hub. */
  static on(file: string): DynamicModule {
    return {
      module: AppModule,
      imports: [
        TypeOrmModule.forRoot({
          type: 'sqlite',
          database: `${file}.rows`,
          entities: [OrderRow, PaymentRow],
          synchronize: true,
          enableWAL: true,
          busyTimeout: 5_000,
        }),
        DurableModule.forRoot({ storage: file }),
        OrdersModule,
      ],
    };
  }
}
// #endregion
