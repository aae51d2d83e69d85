/** Counts the activities and external operations that run now, in all and by partition. */
export class OutsideWork {
  private readonly byPartition = new Map<number, number>();
  count = 0;
  /** The number of external operations among them. */
  operations = 0;

  begins(partition: number): void {
    this.count++;
    this.byPartition.set(partition, this.runningIn(partition) + 1);
  }

  ends(partition: number): void {
    this.count--;
    const left = this.runningIn(partition) - 1;
    if (left > 0) this.byPartition.set(partition, left);
    else this.byPartition.delete(partition);
  }

  runningIn(partition: number): number {
    return this.byPartition.get(partition) ?? 0;
  }
}
