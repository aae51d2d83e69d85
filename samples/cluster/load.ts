import type { DurableClient } from 'durable-entities';
import { Account, IAccount } from '../bank/account.js';
import { transferMoney, type Outcome } from '../bank/transfer-money.js';

const accountCount = 200;
const openingBalance = 100_000;

/** A client in a process without a worker. It moves money between accounts until it is told to end. */
export class Load {
  /** Outcomes by the id of the transfer. */
  readonly outcomes = new Map<string, Outcome>();
  /** Money that each account must have, by the outcomes. */
  private readonly expected = Array.from({ length: accountCount }, () => openingBalance);
  private started = 0;
  private ending = false;

  constructor(
    private readonly client: DurableClient,
    private readonly inFlight: number,
  ) {}

  async open(): Promise<void> {
    const terms = { balance: openingBalance, isFrozen: false };
    const open = (key: string) => this.client.callEntity(IAccount, key, (account) => account.open(terms));
    await Promise.all(this.expected.map((_, account) => open(keyOf(account))));
  }

  /** Resolves after `end`, when every transfer has its outcome. */
  async run(): Promise<void> {
    await Promise.all(Array.from({ length: this.inFlight }, () => this.lane()));
  }

  end(): void {
    this.ending = true;
  }

  private async lane(): Promise<void> {
    while (!this.ending) {
      const number = this.started++;
      const from = (number * 7) % accountCount;
      const to = (from + 1 + (number % (accountCount - 1))) % accountCount;
      const input = { id: `T${number}`, from: keyOf(from), to: keyOf(to), amount: 1 + ((number * 31) % 500) };
      // No retries, and no thought of workers: the client waits until some worker has done it.
      const run = await this.client.startNew(transferMoney, { instanceId: input.id, input });
      const outcome = await run.result();
      this.outcomes.set(input.id, outcome);
      if (outcome !== 'done') continue;
      this.expected[from]! -= input.amount;
      this.expected[to]! += input.amount;
    }
  }

  /** The number of accounts whose balance is not what the outcomes say. */
  async wrongAccounts(): Promise<number> {
    const states = await Promise.all(
      this.expected.map((_, account) => this.client.readEntityState(Account, keyOf(account))),
    );
    return states.filter(({ entityState }, account) => entityState?.balance !== this.expected[account]).length;
  }
}

function keyOf(account: number): string {
  return `C${account}`;
}
