import { expect } from 'chai';
import { defineEntity } from '../../src/functions/define.js';
import { counter, id } from './programs.js';
import { deferred, World } from './world.js';

describe('cautious work: a refused batch', () => {
  it('a refused batch costs only a message whose effects were in it', async () => {
    const gate = deferred();
    let runs = 0;
    const slow = defineEntity('Slow', async (context) => {
      runs++;
      await gate.promise;
      context.setState('done');
    });
    const world = new World([counter, slow]);
    (await world.start()).die();
    for (const partition of world.database.partitions) partition.crashes = 5;
    let faults = 0;
    world.onStore = (store) => {
      store.plan = (access) => {
        const bad = store.batches.at(-1)?.batch.inbox.some(({ target }) => target === '@counter@bad') === true;
        return access === 'commit' && bad && faults++ === 0 ? 'refuse' : undefined;
      };
    };
    const { client } = await world.start();
    await world.until(client.signalEntity(id('Slow', 's'), 'go'));
    await world.pass(2_000);
    expect(runs).to.equal(1);
    await world.until(client.signalEntity(id('Counter', 'bad'), 'add'), 20_000);
    expect(faults).to.be.greaterThan(0);
    gate.resolve();
    await world.pass(5_000);
    expect([...world.database.deadLetters.values()].map(({ target }) => target)).to.deep.equal([]);
    expect(world.state('Slow', 's')).to.equal('done');
  });
});
