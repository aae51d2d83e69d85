import { Entity, entityInterface } from 'durable-entities'; // in your program: from 'durable-entities'

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

/** Its fields are what is stored. It touches nothing but itself, hence `effects: 'none'`. */
@Entity({ implements: [IAccount], effects: 'none' })
export class Account implements IAccount {
  isOpen = false;
  isFrozen = false;
  balance = 0;

  /** Harmless when it is repeated, also after the bank has worked with the account. */
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

  /** A throw undoes the operation and is what the caller sees. */
  async withdraw(amount: number): Promise<void> {
    if (this.balance < amount) throw new Error(`${this.balance} cents are less than ${amount}`);
    this.balance -= amount;
  }
}
