import { Entity, entityInterface } from 'durable-entities';

/** Money is counted in whole cents. */
export interface Terms {
  readonly balance: number;
  readonly isFrozen: boolean;
}

export interface IAccount {
  open(terms: Terms): Promise<void>;
  terms(): Promise<Terms>;
  deposit(amount: number): Promise<void>;
  withdraw(amount: number): Promise<void>;
}

export const IAccount = entityInterface<IAccount>('IAccount', {
  open: 'call',
  terms: 'call',
  deposit: 'call',
  withdraw: 'call',
});

/** An account. Its fields are its state. Its operations touch nothing else, so it declares `effects: 'none'`. */
@Entity({ implements: [IAccount], effects: 'none' })
export class Account implements IAccount {
  isOpen = false;
  isFrozen = false;
  balance = 0;

  /** A repeat has no effect, also after transfers. */
  async open({ balance, isFrozen }: Terms): Promise<void> {
    if (this.isOpen) return;
    this.isOpen = true;
    this.isFrozen = isFrozen;
    this.balance = balance;
  }

  async terms(): Promise<Terms> {
    return { balance: this.balance, isFrozen: this.isFrozen };
  }

  async deposit(amount: number): Promise<void> {
    this.balance += amount;
  }

  /** An error rolls the operation back, and the caller gets it. */
  async withdraw(amount: number): Promise<void> {
    if (this.balance < amount) throw new Error(`${this.balance} cents are less than ${amount}`);
    this.balance -= amount;
  }
}
