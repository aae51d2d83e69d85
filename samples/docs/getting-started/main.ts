// #region entity
import { DurableHost, Entity, defineOrchestration, entityInterface } from '../../../src/index.js';

/** What can be asked of a shelf. */
interface IShelf {
  fill(pieces: number): void; // returns nothing: a signal, one-way
  take(pieces: number): Promise<number>; // returns a Promise: a call, with an answer
}
const IShelf = entityInterface<IShelf>('IShelf', { fill: 'signal', take: 'call' });

/** One shelf per article. Its fields are its state. */
@Entity({ implements: [IShelf], effects: 'none' })
class Shelf implements IShelf {
  pieces = 0;

  fill(pieces: number): void {
    this.pieces += pieces;
  }

  async take(pieces: number): Promise<number> {
    if (pieces > this.pieces) throw new RangeError(`only ${this.pieces} left`);
    this.pieces -= pieces;
    return this.pieces;
  }
}
// #endregion

// #region orchestration
/** Takes one piece of each article, or none at all. */
const takeSet = defineOrchestration('TakeSet', async (context, articles: string[]): Promise<string> => {
  using _section = await context.lock(...articles.map((article) => [Shelf, article] as const));
  const taken: string[] = [];
  try {
    for (const article of articles) {
      await context.createEntityProxy(IShelf, article).take(1);
      taken.push(article);
    }
  } catch {
    // The shelves are still locked, so `fill` would be a signal to a locked entity: a call by name puts the pieces back.
    for (const article of taken) await context.callEntity(new EntityId('Shelf', article), 'fill', 1);
    return `${articles[taken.length]} is sold out`;
  }
  return `took ${taken.join(' and ')}`;
});
// #endregion

// #region host
import { EntityId } from '../../../src/index.js';

const host = await DurableHost.start({ storage: process.argv[2] ?? 'shop.db', register: [Shelf, takeSet] });
const { client } = host;

await client.signalEntity(IShelf, 'cup', (shelf) => shelf.fill(2), { requestId: 'delivery 1, cups' });
await client.signalEntity(IShelf, 'saucer', (shelf) => shelf.fill(1), { requestId: 'delivery 1, saucers' });

for (const instanceId of ['order-1', 'order-2']) {
  const run = await client.startNew(takeSet, { instanceId, input: ['cup', 'saucer'] });
  console.log(instanceId, '->', await run.result());
}
for (const article of ['cup', 'saucer']) {
  const { entityState } = await client.readEntityState(Shelf, article);
  console.log(article, '->', entityState?.pieces);
}
await host.stop();
// #endregion
