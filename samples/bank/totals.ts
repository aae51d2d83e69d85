import Table from 'cli-table3';
import type { Books } from './books.js';

const number = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const cents = new Intl.NumberFormat('en', { minimumFractionDigits: 2 });

export function printTotals(books: Books, accounts: number, elapsedMs: number): void {
  const done = books.counts.get('done') ?? 0;
  const table = new Table({
    colAligns: ['left', 'right'],
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    style: { border: [] },
  });
  table.push(['accounts', number.format(accounts)], ['transfers done', number.format(done)]);
  table.push(['transfers refused', number.format(books.transfers - done)]);
  for (const reason of ['insufficient funds', 'payer frozen', 'payee frozen'] as const) {
    table.push([`  ${reason}`, number.format(books.counts.get(reason) ?? 0)]);
  }
  table.push(['money before', cents.format(books.moneyBefore / 100)]);
  table.push(['money after', cents.format(books.moneyAfter / 100)]);
  table.push(['conservation of money', books.moneyBefore === books.moneyAfter ? 'holds' : 'BROKEN']);
  table.push(['duration', `${(elapsedMs / 1000).toFixed(1)} s`]);
  table.push(['rate', `${number.format((books.transfers * 1000) / elapsedMs)} transfers/s`]);
  console.log(table.toString());
  console.log(`books: ${books.digest}`);
}
