import { expect } from 'chai';
import { UnknownOutcomeError } from '../../src/errors/index.js';
import { StoreBrokenError, StoreRefusedError } from '../../src/engines/sql/ports/store-errors.js';
import type { CommitBatch } from '../../src/engines/sql/ports/store.js';
import { counter, id, list } from './programs.js';
import { failure, World } from './world.js';

/** The storage refuses for good every batch that stores the word `poison` in a state. */
function refusePoison(store: { commit(batch: CommitBatch): Promise<{ nowMs: number }> }): void {
  const commit = store.commit.bind(store);
  store.commit = (batch) =>
    JSON.stringify(batch.instances).includes('poison')
      ? Promise.reject(new StoreRefusedError('It cannot be stored.'))
      : commit(batch);
}

describe('a batch that the storage refuses for good', () => {
  it('costs only the message whose effects cannot be stored: it is given up, its neighbours go on', async () => {
    const world = new World([counter, list]);
    const { client, store } = await world.start();
    refusePoison(store);
    const bad = failure(client.callEntity(id('List', 'l'), 'append', 'poison', { requestId: 'bad' }));
    const good = Array.from({ length: 20 }, (_, n) => client.callEntity(id('Counter', `c${n}`), 'add'));
    const behind = client.signalEntity(id('List', 'l'), 'append', 'fine');
    expect((await world.until(bad, 120_000)).name).to.equal('MessageAbandonedError');
    expect(await world.until(Promise.all(good), 120_000)).to.deep.equal(good.map(() => 1));
    await world.until(behind);
    await world.quiet();
    expect(world.state('List', 'l')).to.deep.equal(['fine']);
    expect(world.database.inbox.size).to.equal(0);
    expect(world.database.deadLetters.size).to.equal(1);
    // Nothing is suspected any more, and the host was never stopped.
    expect(await world.until(client.callEntity(id('Counter', 'c0'), 'add'))).to.equal(2);
  });
});

describe('a disk that fails under a commit', () => {
  it('stops the host at once: a later sync could succeed without the lost pages', async () => {
    const world = new World([counter]);
    const { client, store } = await world.start();
    await world.until(client.callEntity(id('Counter', 'a'), 'add'));
    store.commit = () => Promise.reject(new StoreBrokenError('The disk failed.'));
    const error = await world.until(failure(client.signalEntity(id('Counter', 'a'), 'add')));
    expect(error.name).to.equal('UnknownOutcomeError');
    await world.quiet();
    const next = await world.until(failure(client.signalEntity(id('Counter', 'a'), 'add')));
    expect([next.name, (next.cause as Error).name]).to.deep.equal(['HostStoppedError', 'StoreBrokenError']);
    expect(store.accesses.filter((access) => access === 'join').length).to.equal(1);
  });

  it('stops the host also when it fails while the last batch is looked for', async () => {
    const world = new World([counter]);
    const { client, store } = await world.start();
    await world.until(client.callEntity(id('Counter', 'a'), 'add'));
    store.commit = () => Promise.reject(new UnknownOutcomeError('it did not answer'));
    store.retire = () => Promise.reject(new StoreBrokenError('The disk failed.'));
    const error = await world.until(failure(client.signalEntity(id('Counter', 'a'), 'add')));
    expect(error.name).to.equal('UnknownOutcomeError');
    const next = await world.until(failure(client.signalEntity(id('Counter', 'a'), 'add')));
    expect([next.name, (next.cause as Error).name]).to.deep.equal(['HostStoppedError', 'StoreBrokenError']);
    expect(store.accesses.filter((access) => access === 'join').length).to.equal(1);
  });
});
