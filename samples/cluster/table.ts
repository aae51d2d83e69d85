import Table from 'cli-table3';
import type { WorkerSlot } from './fleet.js';

const columns = ['worker', 'process', 'state', 'partitions', 'messages/s'];

/** Shows the workers again and again: in place on a terminal, and one line each time elsewhere. */
export class LiveTable {
  private height = 0;

  show(workers: readonly WorkerSlot[], transfers: number): void {
    if (!process.stdout.isTTY) {
      const told = workers.map(({ name, state, partitions }) => `${name} ${state}, ${partitions} partitions`);
      console.log(`${transfers} transfers | ${told.join(' | ')}`);
      return;
    }
    const table = new Table({ head: columns, style: { head: [], border: [] } });
    for (const { name, pid, state, partitions, rate } of workers)
      table.push([name, pid ?? '-', state, partitions, Math.round(rate)]);
    const text = `${table.toString()}\n${transfers} transfers done`;
    if (this.height > 0) process.stdout.write(`\x1b[${this.height}A\x1b[J`);
    console.log(text);
    this.height = text.split('\n').length;
  }

  /** Says something above the table. */
  say(text: string): void {
    console.log(text);
    this.height = 0;
  }
}
