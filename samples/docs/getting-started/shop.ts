// #region entity
import { Entity, defineOrchestration, entityInterface } from 'durable-entities';

/** The operations of a shelf. */
export interface IShelf {
  fill(pieces: number): Promise<void>; // returns a Promise: a call, with an answer
  take(pieces: number): Promise<number>;
  label(text: string): void; // returns nothing: a signal, one-way
}
export const IShelf = entityInterface<IShelf>('IShelf', { fill: 'call', take: 'call', label: 'signal' });

/** One shelf per article. Its fields are its state. */
@Entity({ implements: [IShelf], effects: 'none' })
export class Shelf implements IShelf {
  pieces = 0;
  text = '';

  async fill(pieces: number): Promise<void> {
    this.pieces += pieces;
  }

  async take(pieces: number): Promise<number> {
    if (pieces > this.pieces) throw new RangeError(`only ${this.pieces} left`);
    this.pieces -= pieces;
    return this.pieces;
  }

  label(text: string): void {
    this.text = text;
  }
}
// #endregion

// #region orchestration
/** Takes one piece of each article, or nothing. */
export const takeSet = defineOrchestration('TakeSet', async (context, articles: string[]): Promise<string> => {
  using _section = await context.lock(...articles.map((article) => [Shelf, article] as const));
  const taken: string[] = [];
  for (const article of articles) {
    try {
      await context.createEntityProxy(IShelf, article).take(1);
      taken.push(article);
    } catch {
      for (const other of taken) await context.createEntityProxy(IShelf, other).fill(1);
      return `no ${article} left`;
    }
  }
  return `took ${taken.join(' and ')}`;
});
// #endregion
