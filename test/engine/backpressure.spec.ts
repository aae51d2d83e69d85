import { expect } from 'chai';
import { counter, id } from './programs.js';
import { deferred, failure, World } from './world.js';

describe('backpressure', () => {
  it('the host refuses messages that it cannot admit in time, in order, and loses no admitted message', async () => {
    const world = new World([counter], { options: { intakeTimeoutMs: 1_000, leaseMs: 600_000 } });
    const { client, store } = await world.start();
    await world.until(client.callEntity(id('Counter', 'a'), 'add'));
    // A commit is held up. The batch behind it fills, and then the host accepts no more messages.
    const gate = deferred();
    store.holdBefore.set('commit', gate.promise);
    const first = client.callEntity(id('Counter', 'a'), 'add');
    await world.quiet();
    const waiting = Array.from({ length: 21_000 }, () => client.signalEntity(id('Counter', 'a'), 'add'));
    const outcomes = Promise.allSettled(waiting);
    await world.pass(1_200);
    const late = waiting.at(-1) as Promise<unknown>;
    const error = await failure(late);
    expect([error.name, (error as { code?: string }).code]).to.deep.equal(['BackpressureError', 'DE_BACKPRESSURE']);
    store.holdBefore.clear();
    gate.resolve();
    await world.until(first);
    const settled = await world.until(outcomes);
    const accepted = settled.filter(({ status }) => status === 'fulfilled').length;
    expect(
      settled.findIndex(({ status }) => status === 'rejected'),
      'the first ones are let in',
    ).to.equal(accepted);
    expect(await world.until(client.callEntity(id('Counter', 'a'), 'get'))).to.equal(2 + accepted);
  });
});
