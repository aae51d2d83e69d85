/**
 * Gives out ids of inbox rows from blocks that the database hands out. No other process gets an id of the same block. The next block is
 * requested while half of the current one is left, so that an id is available at once.
 */
import { StorageError } from '../../../errors/index.js';

/** The port's rules for blocks: the number of ids of a block, and the first id of a block. */
export interface Blocks {
  readonly idsPerBlock: number;
  firstId(block: number): number;
}

/** The number of blocks whose rows are known as own. Rows of older blocks have been read long ago. */
const remembered = 16;

interface Block {
  next: number;
  readonly end: number;
}

export class RowIds {
  private readonly blocks: Block[] = [];
  /** The first ids of the newest blocks. */
  private readonly starts = new Set<number>();
  private asking = false;

  /** @param take hands out another block. After a failure, the next id requests a block again. */
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
      throw new StorageError('No row id is left, and the storage has not handed out another block.');
    const id = block.next++;
    if (block.next === block.end) this.blocks.shift();
    if (this.left < this.kind.idsPerBlock / 2) this.ask();
    return id;
  }

  /** Whether this row id was given out here. */
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
