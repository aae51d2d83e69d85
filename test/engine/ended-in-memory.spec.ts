import { expect } from 'chai';
import { defineOrchestration } from '../../src/functions/define.js';
import { counter, id } from './programs.js';
import { World } from './world.js';

const quick = defineOrchestration('Quick', async () => 1);
const commitsKept = 8;

describe('orchestrations that have ended, in memory', () => {
  it('are there for the next commits, and then a repeated start reads the row', async () => {
    const world = new World([quick, counter]);
    const { client, store } = await world.start();
    const loads = () => store.accesses.filter((access) => access === 'loadInstances').length;
    const start = () => world.until(client.startNew(quick, { instanceId: 'a' }));
    await start();
    expect(await world.until(client.run(quick, 'a').result())).to.equal(1);
    const before = loads();
    await start();
    expect(loads()).to.equal(before);
    for (let n = 0; n < 2 * commitsKept; n++) await world.until(client.callEntity(id('Counter', 'b'), 'add'));
    const between = loads();
    await start();
    expect(loads()).to.equal(between + 1);
    expect(await world.until(client.run(quick, 'a').result())).to.equal(1);
  });

  it('stay while a message waits for them, and are purged and started again from memory or not', async () => {
    for (const commits of [0, 1, commitsKept - 1, commitsKept, commitsKept + 1, 3 * commitsKept]) {
      const world = new World([quick, counter]);
      const { client } = await world.start();
      await world.until(client.startNew(quick, { instanceId: 'a' }));
      for (let n = 0; n < commits; n++) await world.until(client.callEntity(id('Counter', 'b'), 'add'));
      const purged = client.run(quick, 'a').purge();
      const again = client.startNew(quick, { instanceId: 'a' });
      await world.until(Promise.all([purged, again]));
      expect(await world.until(client.run(quick, 'a').result()), `${commits} commits`).to.equal(1);
      expect(world.row('a')?.status).to.equal('completed');
    }
  });
});
