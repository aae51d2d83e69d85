import { Entity, Operation } from 'durable-entities';

// #region entity
/** Pieces of one article. The key is the article. Operations of one article run one at a time. */
@Entity()
export class Stock {
  available = 0;

  @Operation()
  async take(count: number): Promise<boolean> {
    if (this.available < count) return false;
    this.available -= count;
    return true;
  }

  @Operation()
  put(count: number): void {
    this.available += count;
  }
}
// #endregion
