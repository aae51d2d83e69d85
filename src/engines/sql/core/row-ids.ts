/**
 * Gives out the ids of inbox rows, from blocks that the database hands out: nobody else ever gets an id of them. Asks for the next block
 * while half of this one is left, so that an id can be given out at once.
 */
import { StorageError } from '../../../errors/index.js';

/** Of the port: how many numbers a block has, and the first id of a block. */
export interface Blocks {
  readonly idsPerBlock: number;
  firstId(block: number): number;
}

/** Blocks whose rows are known as own: rows of older ones have long been taken in. */
const remembered = 16;

interface Block {
  next: number;
  readonly end: number;
}

export class RowIds {
  private readonly blocks: Block[] = [];
  /** Where the ids of the newest blocks begin. */
  private readonly starts = new Set<number>();
  private asking = false;

  /**
   * @param take hands out another block; where it fails it is asked again with the next id
   */
  constructor(
    private readonly kind: Blocks,
    first: number,
    private readonly take: () => Promise<number>,
  ) {
    this.add(first);
  }

  /** A new id. @throws StorageError if the database has not handed out a block in time */
  next(): number {
    const [block] = this.blocks;
    if (block === undefined)
      throw new StorageError('No row id is left, and the storage has handed out no other block.');
    const id = block.next++;
    if (block.next === block.end) this.blocks.shift();
    if (this.left < this.kind.idsPerBlock / 2) this.ask();
    return id;
  }

  /** Whether this one came from here. */
  isOwn(id: number): boolean {
    const first = this.kind.firstId(0);
    const { idsPerBlock } = this.kind;
    return this.starts.has(first + Math.floor((id - first) / idsPerBlock) * idsPerBlock);
  }

  private get left(): number {
    return this.blocks.reduce((sum, { next, end }) => sum + end - next, 0);
  }

  private ask(): void {
    if (this.asking) return;
    this.asking = true;
    this.take()
      .then((block) => this.add(block))
      // The next id asks again.
      .catch(() => {})
      .finally(() => (this.asking = false));
  }

  private add(block: number): void {
    const next = this.kind.firstId(block);
    this.starts.add(next);
    const [oldest] = this.starts;
    if (this.starts.size > remembered) this.starts.delete(oldest as number);
    this.blocks.push({ next, end: next + this.kind.idsPerBlock - 1 });
  }
}
