/** Accounts between which money is moved: balances must follow from what each transfer's client was told. */

export interface MoneyMoved {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly amount: number;
  /** Whether the money was moved. */
  readonly done: boolean;
}

/** `balances` and `opening` are by account. */
export function moneyProblems(
  opening: ReadonlyMap<string, number>,
  transfers: readonly MoneyMoved[],
  balances: ReadonlyMap<string, number>,
): string[] {
  const expected = new Map(opening);
  for (const { from, to, amount, done } of transfers) {
    if (!done) continue;
    expected.set(from, (expected.get(from) ?? 0) - amount);
    expected.set(to, (expected.get(to) ?? 0) + amount);
  }
  const problems: string[] = [];
  let difference = 0;
  for (const [account, wanted] of expected) {
    const balance = balances.get(account) ?? 0;
    difference += balance - (opening.get(account) ?? 0);
    if (balance < 0) problems.push(`${account} has ${balance}: it gave what it had not`);
    if (balance !== wanted) problems.push(`${account} has ${balance}, its transfers say ${wanted}`);
  }
  if (difference !== 0) problems.push(`money: ${difference} more than there was`);
  return problems;
}
