import { Entity, entityInterface } from 'durable-entities';

export interface IAccount {
  add(amount: number): Promise<void>;
  balance(): Promise<number>;
}

export const IAccount = entityInterface<IAccount>('IAccount', { add: 'call', balance: 'call' });

/** The same operation as a one-way operation, which a critical section cannot use. */
export interface IOneWayAccount {
  add(amount: number): void;
}

export const IOneWayAccount = entityInterface<IOneWayAccount>('IOneWayAccount', { add: 'signal' });

@Entity({ implements: [IAccount, IOneWayAccount], effects: 'none' })
export class Account implements IAccount {
  amount = 0;

  async add(amount: number): Promise<void> {
    this.amount += amount;
  }

  async balance(): Promise<number> {
    return this.amount;
  }
}
