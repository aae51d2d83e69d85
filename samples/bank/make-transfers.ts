/**
 * Writes accounts.csv and transfers.csv: `npm run make-transfers`. The same seed gives the same bytes.
 *
 * The refused transfers do not depend on the order, so that the books of two runs can be compared: an account opens with enough
 * for all its ordinary payments, and a transfer that shall be refused is more than the account can ever have.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

interface Payment {
  readonly from: number;
  readonly to: number;
  readonly cents: number;
  readonly isTooLarge: boolean;
}

const accountCount = 500;
const transferCount = 10_000;
const frozenEvery = 50;
const tooLargeShare = 0.03;

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '2026' }, folder: { type: 'string', default: 'samples/bank' } },
});
const random = randomFrom(Number(values.seed));
const payments = Array.from({ length: transferCount }, drawPayment);
const [paid, received] = ordinaryTotals(payments);
const opening = paid.map((total) => Math.max(100_000, Math.ceil(total / 1_000) * 1_000));

await mkdir(values.folder, { recursive: true });
await writeFile(join(values.folder, 'accounts.csv'), accountsCsv());
await writeFile(join(values.folder, 'transfers.csv'), transfersCsv());

function drawPayment(): Payment {
  const from = below(accountCount);
  const to = (from + 1 + below(accountCount - 1)) % accountCount;
  return { from, to, cents: 1 + below(50_000), isTooLarge: random() < tooLargeShare };
}

function isFrozen(account: number): boolean {
  return account % frozenEvery === frozenEvery - 1;
}

/** The largest sums that each account pays and receives. */
function ordinaryTotals(all: readonly Payment[]): [paid: number[], received: number[]] {
  const paid = Array.from({ length: accountCount }, () => 0);
  const received = [...paid];
  for (const { from, to, cents, isTooLarge } of all) {
    if (isTooLarge || isFrozen(from) || isFrozen(to)) continue;
    paid[from]! += cents;
    received[to]! += cents;
  }
  return [paid, received];
}

function accountsCsv(): string {
  const lines = opening.map((balance, account) => [accountId(account), balance, isFrozen(account) ? 'yes' : 'no']);
  return csv(['id', 'balance', 'frozen'], lines);
}

function transfersCsv(): string {
  const lines = payments.map(({ from, to, cents, isTooLarge }, index) => {
    const amount = isTooLarge ? opening[from]! + received[from]! + cents : cents;
    return [`T${String(index + 1).padStart(5, '0')}`, accountId(from), accountId(to), amount];
  });
  return csv(['id', 'from', 'to', 'amount'], lines);
}

function accountId(account: number): string {
  return `A${String(account + 1).padStart(3, '0')}`;
}

function csv(columns: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [columns, ...rows].map((row) => `${row.join(',')}\n`).join('');
}

function below(limit: number): number {
  return Math.floor(random() * limit);
}

/** mulberry32, a small random generator with the same results on each machine. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
