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
  it('a refused batch costs only the message whose effects cannot be stored, and its neighbours continue', async () => {
    const world = new World([counter, list]);
    const { client, store } = await world.start();
    refusePoison(store);
    const bad = failure(client.callEntity(id('List', 'l'), 'append', 'poison', { requestId: 'bad' }));
    const good = Array.from({ length: 20 }, (_, n) => client.callEntity(id('Counter', `c${n}`), 'add'));
    const behind = client.signalEntity(id('List', 'l'), 'append', 'fine');
    const given = await world.until(bad, 120_000);
    expect([given.name, given.message]).to.deep.equal([
      'MessageAbandonedError',
      'A message to "@list@l" was given up: the storage refuses its effects. It cannot be stored.',
    ]);
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

describe('a storage that refuses whatever is written', () => {
  /** Acts like a trigger of the application that raises an error: writes of entities and runs fail, other writes succeed. */
  function refuseAll(store: { commit(batch: CommitBatch): Promise<{ nowMs: number }> }): void {
    const commit = store.commit.bind(store);
    store.commit = (batch) =>
      batch.instances.length > 0 ? Promise.reject(new StoreRefusedError('The application says no.')) : commit(batch);
  }

  it('P6: a storage that refuses everything fails the host with its error, gives up no message and counts no death', async () => {
    const world = new World([counter, list]);
    const { client, store, engine } = await world.start();
    refuseAll(store);
    const calls = Array.from({ length: 20 }, (_, n) => failure(client.callEntity(id('Counter', `c${n}`), 'add')));
    for (const error of await world.until(Promise.all(calls), 120_000))
      expect([error.name, (error.cause as Error | undefined)?.message]).to.deep.equal([
        'HostStoppedError',
        'The application says no.',
      ]);
    expect(engine.role).to.equal('failed');
    await world.pass(5_000);
    expect([...world.database.deadLetters.values()]).to.deep.equal([]);
    expect(world.database.partitions.every(({ crashes, owner }) => crashes === 0 && owner === 0)).to.equal(true);
    expect([...world.database.inbox.values()].map(({ attempts }) => attempts)).to.deep.equal(Array(20).fill(0));
    // The storage accepts writes again, and the next host continues with all durable messages.
    const next = await world.start();
    await world.pass(2_000);
    expect(next.engine.role).to.equal('active');
    expect(world.state('Counter', 'c7')).to.equal(1);
  });

  it('P6: signals, starts and events get the error of a storage that refuses everything', async () => {
    const world = new World([counter, list]);
    const { client, store } = await world.start();
    refuseAll(store);
    const sent = Array.from({ length: 6 }, (_, n) => client.callEntity(id('List', `l${n}`), 'append', n));
    const told = await world.until(Promise.all(sent.map(failure)), 120_000);
    expect(new Set(told.map(({ name }) => name))).to.deep.equal(new Set(['HostStoppedError']));
    const refused = await failure(client.signalEntity(id('List', 'l'), 'append', 1));
    expect([refused.name, (refused.cause as Error).message]).to.deep.equal([
      'HostStoppedError',
      'The application says no.',
    ]);
  });

  it('P6: a few messages that cannot be stored are given up one by one with the reason, and the host continues', async () => {
    const world = new World([counter, list]);
    const { client, store, engine } = await world.start();
    refusePoison(store);
    const bad = ['a', 'b', 'c'].map((key) => failure(client.callEntity(id('List', key), 'append', 'poison')));
    for (const error of await world.until(Promise.all(bad), 120_000))
      expect(error.message).to.match(/the storage refuses its effects\. It cannot be stored\.$/);
    expect(await world.until(client.callEntity(id('Counter', 'c'), 'add'), 120_000)).to.equal(1);
    expect([engine.role, world.database.deadLetters.size]).to.deep.equal(['active', 3]);
    expect([...world.database.deadLetters.values()].every(({ reason }) => reason.includes('refuses'))).to.equal(true);
  });

  it('P7: a host whose first batches are all refused fails: one error line in the log, the role, and the reason for clients', async () => {
    const world = new World([counter]);
    const { client, store, engine } = await world.start();
    store.commit = () => Promise.reject(new StoreRefusedError('The disk quota says no.'));
    const signal = await world.until(failure(client.signalEntity(id('Counter', 'a'), 'add')), 120_000);
    expect([signal.name, (signal.cause as Error).message]).to.deep.equal([
      'HostStoppedError',
      'The disk quota says no.',
    ]);
    expect(engine.role).to.equal('failed');
    await world.quiet();
    const lines = world.log.filter(({ level }) => level === 'error');
    expect(lines.map(({ message }) => message)).to.deep.equal([
      'The host has failed. Not done: the storage refuses the writes of the host.',
    ]);
    expect((lines[0] as { fields: { error?: Error } } | undefined)?.fields.error?.message).to.equal(
      'The disk quota says no.',
    );
    // The log says that the worker continues only if the worker does continue.
    expect(world.log.at(-1)?.message).to.equal(lines[0]?.message);
    expect(world.log.filter(({ message }) => message.includes('again from storage')).length).to.equal(4);
    await world.until(engine.stop());
    expect(engine.role).to.equal('failed');
  });

  it('P7: a stopped host has the role stopped, and logs no error', async () => {
    const world = new World([counter]);
    const { engine } = await world.start();
    const standby = await world.start();
    await world.until(standby.engine.stop());
    await world.until(engine.stop());
    expect([standby.engine.role, engine.role]).to.deep.equal(['stopped', 'stopped']);
    expect(world.log.filter(({ level }) => level === 'error')).to.deep.equal([]);
  });
});

describe('a disk that fails under a commit', () => {
  it('a disk that fails under a commit stops the host at once, because a later sync could succeed without the lost pages', async () => {
    const world = new World([counter]);
    const { client, store } = await world.start();
    await world.until(client.callEntity(id('Counter', 'a'), 'add'));
    store.commit = () => Promise.reject(new StoreBrokenError('The disk failed.'));
    const error = await world.until(failure(client.signalEntity(id('Counter', 'a'), 'add')));
    expect(error.name).to.equal('UnknownOutcomeError');
    await world.quiet();
    expect(world.log.filter(({ level }) => level === 'error').map(({ message }) => message)).to.deep.equal([
      'The host has failed. Not done: the storage of the host is broken.',
    ]);
    const next = await world.until(failure(client.signalEntity(id('Counter', 'a'), 'add')));
    expect([next.name, (next.cause as Error).name]).to.deep.equal(['HostStoppedError', 'StoreBrokenError']);
    expect(store.accesses.filter((access) => access === 'join').length).to.equal(1);
  });

  it('a disk that fails during the search for the last batch stops the host', async () => {
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
