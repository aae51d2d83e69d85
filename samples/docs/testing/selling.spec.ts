// #region suite
import { DurableHost, Entity, Operation, defineActivity, defineOrchestration } from '../../../src/index.js';

@Entity({ effects: 'none' })
class Stock {
  pieces = 0;

  @Operation()
  async add(pieces: number): Promise<number> {
    if (this.pieces + pieces < 0) throw new RangeError(`only ${this.pieces} left`);
    this.pieces += pieces;
    return this.pieces;
  }
}

const pack = defineActivity('Pack', async (_context, article: string): Promise<string> => `a parcel with a ${article}`);

const sell = defineOrchestration('Sell', async (context, article: string): Promise<string> => {
  await context.createEntityProxy(Stock, article).add(-1);
  return context.callActivity(pack, article);
});

/** A fresh, empty host for each test: nothing survives it, and nothing is written to disk. */
function testHost(register: readonly unknown[]): Promise<DurableHost> {
  return DurableHost.start({
    storage: ':memory:',
    register,
    evictAfterEachTurn: true, // every operation reads what was stored; orchestrations are replayed all the time
    logger: { debug() {}, info() {}, warn() {}, error: console.error },
  });
}
// #endregion

// #region tests
import { expect } from 'chai';

describe('selling', () => {
  it('takes from the stock and packs', async () => {
    await using host = await testHost([Stock, sell, pack]);
    await host.client.callEntity(Stock, 'cup', (stock) => stock.add(1));

    const run = await host.client.startNew(sell, { input: 'cup' });

    expect(await run.result({ timeout: '5s' })).to.equal('a parcel with a cup');
    const { entityState } = await host.client.readEntityState(Stock, 'cup');
    expect(entityState?.pieces).to.equal(0);
  });

  it('sells nothing that is not there', async () => {
    // Another activity of the same name stands in for the real one.
    const neverPack = defineActivity('Pack', async (): Promise<string> => expect.fail('packed'));
    await using host = await testHost([Stock, sell, neverPack]);

    const run = await host.client.startNew(sell, { input: 'cup' });

    const error = await run.result({ timeout: '5s' }).catch((thrown: Error) => thrown);
    expect(error).to.have.property('message').that.contains('only 0 left');
  });
});
// #endregion

// #region replay
import { Activity, type ActivityContext } from '../../../src/index.js';

@Activity({ name: 'Pack' })
class SlowPack {
  static runs = 0;

  async run(_context: ActivityContext, article: string): Promise<string> {
    SlowPack.runs += 1;
    return `parcel ${SlowPack.runs} with a ${article}`;
  }
}

it('an activity runs once, however often its orchestration is replayed', async () => {
  await using host = await testHost([Stock, sell, SlowPack]);
  await host.client.callEntity(Stock, 'cup', (stock) => stock.add(1));
  const run = await host.client.startNew(sell, { input: 'cup' });
  expect(await run.result()).to.equal('parcel 1 with a cup');
});
// #endregion
