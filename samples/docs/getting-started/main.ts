// #region entity
import { DurableHost, Entity, defineOrchestration, entityInterface } from 'durable-entities';

/** The operations of a shelf. */
interface IShelf {
  fill(pieces: number): Promise<void>; // returns a Promise: a call, with an answer
  take(pieces: number): Promise<number>;
  label(text: string): void; // returns nothing: a signal, one-way
}
const IShelf = entityInterface<IShelf>('IShelf', { fill: 'call', take: 'call', label: 'signal' });

/** One shelf per article. Its fields are its state. */
@Entity({ implements: [IShelf], effects: 'none' })
class Shelf implements IShelf {
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
const takeSet = defineOrchestration('TakeSet', async (context, articles: string[]): Promise<string> => {
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

// #region host
const host = await DurableHost.start({ storage: 'shop.db', register: [Shelf, takeSet] });
const { client } = host;

await client.signalEntity(IShelf, 'cup', (shelf) => shelf.label('top left'));
await client.signalEntity(IShelf, 'saucer', (shelf) => shelf.label('top right'));
await client.callEntity(IShelf, 'cup', (shelf) => shelf.fill(2), { requestId: 'delivery 1, cups' });
await client.callEntity(IShelf, 'saucer', (shelf) => shelf.fill(1), { requestId: 'delivery 1, saucers' });

for (const instanceId of ['order-1', 'order-2']) {
  const run = await client.startNew(takeSet, { instanceId, input: ['cup', 'saucer'] });
  console.log(instanceId, '->', await run.result());
}
for (const article of ['cup', 'saucer']) {
  const { entityState } = await client.readEntityState(Shelf, article);
  console.log(article, '->', entityState?.pieces, 'left,', entityState?.text);
}
await host.stop();
// #endregion
