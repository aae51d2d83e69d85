// In your project: describe, it and so on come from your test runner.
import { after, describe, it } from 'node:test';
import { strict as assert } from 'node:assert';

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
    evictAfterEachTurn: true, // every operation reads what was stored; every orchestration is replayed at every event
    logger: { debug() {}, info() {}, warn() {}, error: console.error },
  });
}
// #endregion

const done: string[] = [];

// #region tests
void describe('selling', () => {
  void it('takes from the stock and packs', async () => {
    await using host = await testHost([Stock, sell, pack]);
    await host.client.callEntity(Stock, 'cup', (stock) => stock.add(1));

    const run = await host.client.startNew(sell, { input: 'cup' });

    assert.equal(await run.result({ timeout: '5s' }), 'a parcel with a cup');
    const { entityState } = await host.client.readEntityState(Stock, 'cup');
    assert.equal(entityState?.pieces, 0);
    done.push('sold');
  });

  void it('sells nothing that is not there', async () => {
    // Another activity of the same name stands in for the real one.
    const neverPack = defineActivity('Pack', async (): Promise<string> => assert.fail('packed'));
    await using host = await testHost([Stock, sell, neverPack]);

    const run = await host.client.startNew(sell, { input: 'cup' });

    await assert.rejects(run.result({ timeout: '5s' }), (error: Error & { is(name: string): boolean }) =>
      error.is('RangeError'),
    );
    done.push('refused');
  });
});
// #endregion

after(() => console.log(done.join(', ')));
