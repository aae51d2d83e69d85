import { AsyncResource } from 'node:async_hooks';
import { expect } from 'chai';
import { defineActivity, defineOrchestration } from '../../src/index.js';
import { startHost } from './programs.js';

describe('TestHost: what it leaves behind', () => {
  /** The number of asynchronous storages that each new asynchronous resource of this process carries. */
  const carried = () => Object.getOwnPropertySymbols(new AsyncResource('probe')).length;

  it('a test host leaves no asynchronous storage behind, so later tests are as fast as the first', async () => {
    const act = defineActivity('Act', async () => 'done');
    const runs = defineOrchestration('Runs', async (context) => context.callActivity(act));
    const once = async () => {
      await using host = await startHost({ register: [act, runs] });
      expect(await (await host.client.startNew(runs)).result()).to.equal('done');
    };
    await once();
    const before = carried();
    for (let n = 0; n < 5; n++) await once();
    expect(carried()).to.equal(before);
  });
});
