import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An order, as the shop shows it. */
@Entity('shop_order')
export class OrderRow {
  @PrimaryColumn() id!: string;
  @Column() article!: string;
  @Column() count!: number;
  @Column() status!: 'accepted' | 'paid' | 'sold out' | 'not paid';
}

/** A payment. The key makes a payment that is tried again the same one. */
@Entity('shop_payment')
export class PaymentRow {
  @PrimaryColumn() orderId!: string;
  @Column() cents!: number;
}
