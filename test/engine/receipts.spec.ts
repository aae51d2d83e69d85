import { expect } from 'chai';
import { OpenBatch } from '../../src/engines/sql/commit/open-batch.js';
import { Receipts } from '../../src/engines/sql/inbox/receipts.js';
import type { WorkerTerm } from '../../src/engines/sql/live/worker-term.js';
import type { Receipt } from '../../src/engines/sql/ports/store.js';
import { defineEntity } from '../../src/functions/define.js';
import { counter, id } from './programs.js';
import { deferred, failure, defaults, World } from './world.js';

const gated = (gate: Promise<void>) =>
  defineEntity('Gated', async (context) => {
    await gate;
    context.setState(context.getState(() => 0) + 1);
    return context.getState();
  });

describe('request ids', () => {
  it('a repeated request id takes effect once: at the same time, later, and in another process', async () => {
    const world = new World([counter]);
    const first = await world.start();
    const call = (process: typeof first) => process.client.callEntity(id('Counter', 'a'), 'add', 5, { requestId: 'r' });
    expect(await world.until(Promise.all([call(first), call(first), call(first)]))).to.deep.equal([5, 5, 5]);
    expect(await world.until(call(first))).to.equal(5);
    first.crash();
    const second = await world.start();
    expect(await world.until(call(second))).to.equal(5);
    expect(world.state('Counter', 'a')).to.equal(5);
  });

  it('the batch that accepts a message writes its receipt', async () => {
    const world = new World([counter]);
    const { client, store } = await world.start();
    await world.until(client.signalEntity(id('Counter', 'a'), 'add', 1, { requestId: 'r' }));
    const accepting = store.batches.findIndex(({ batch }) => batch.inbox.length > 0 || batch.instances.length > 0);
    expect(store.batches[accepting]?.batch.receipts.map(({ requestId }) => requestId)).to.deep.equal(['r']);
  });

  it('a repeated request id with other content is refused, also in another process', async () => {
    const world = new World([counter]);
    const first = await world.start();
    await world
      .until(first.client.callEntity(id('Counter', 'a'), 'add', { a: 1, b: 2 }, { requestId: 'r' }))
      .catch(() => {});
    const call = (input: unknown, process = first) =>
      process.client.callEntity(id('Counter', 'a'), 'add', input, { requestId: 'r' }).then(
        () => 'done',
        (error: Error) => error.name,
      );
    expect(await world.until(call(2))).to.equal('RequestIdReusedError');
    expect(await world.until(call({ b: 2, a: 1 })), 'the order of keys is no content').to.equal('done');
    first.crash();
    const second = await world.start();
    expect(await world.until(call(2, second))).to.equal('RequestIdReusedError');
    expect(await world.until(call({ b: 2, a: 1 }, second))).to.equal('done');
  });

  it('a request id is compared by content also when its outcome came in a later term', async () => {
    const gate = deferred();
    const world = new World([gated(gate.promise)]);
    const first = await world.start();
    void first.client.callEntity(id('Gated', 'g'), 'go', 1, { requestId: 'r' }).catch(() => {});
    await world.quiet();
    first.crash();
    gate.resolve();
    const second = await world.start();
    await world.quiet();
    expect(world.state('Gated', 'g')).to.equal(1);
    expect(await world.until(second.client.callEntity(id('Gated', 'g'), 'go', 1, { requestId: 'r' }))).to.equal(1);
    second.crash();
    const third = await world.start();
    expect(await world.until(third.client.callEntity(id('Gated', 'g'), 'go', 1, { requestId: 'r' }))).to.equal(1);
    const reused = third.client.callEntity(id('Gated', 'g'), 'go', 2, { requestId: 'r' });
    expect((await world.until(failure(reused))).name).to.equal('RequestIdReusedError');
    expect(world.state('Gated', 'g')).to.equal(1);
  });

  it('every repeat of a call in progress during a reset is answered', async () => {
    const gate = deferred();
    const world = new World([gated(gate.promise), counter]);
    const { client, store } = await world.start();
    const calls = [1, 2].map(() => client.callEntity(id('Gated', 'g'), 'go', 1, { requestId: 'r' }));
    await world.quiet();
    let failed = false;
    store.plan = (access) => {
      if (access !== 'commit' || failed) return undefined;
      failed = true;
      return 'unknown-lost';
    };
    await world.until(client.signalEntity(id('Counter', 'a'), 'add'));
    gate.resolve();
    expect(await world.until(Promise.all(calls), 60_000)).to.deep.equal([1, 1]);
    expect(world.state('Gated', 'g')).to.equal(1);
  });

  it('a repeat is answered while the first call is in progress, in another process as well', async () => {
    const gate = deferred();
    const world = new World([gated(gate.promise)]);
    const first = await world.start();
    void first.client.callEntity(id('Gated', 'g'), 'go', 1, { requestId: 'r' }).catch(() => {});
    await world.quiet();
    first.crash();
    const second = await world.start();
    const repeat = second.client.callEntity(id('Gated', 'g'), 'go', 1, { requestId: 'r' });
    await world.quiet();
    gate.resolve();
    expect(await world.until(repeat, 60_000)).to.equal(1);
    expect(world.state('Gated', 'g')).to.equal(1);
  });

  it('a repeat gets the failure of the first call', async () => {
    const world = new World([counter]);
    const first = await world.start();
    const call = (process: typeof first) =>
      failure(process.client.callEntity(id('Counter', 'a'), 'fail', undefined, { requestId: 'r' }));
    expect((await world.until(call(first))).name).to.equal('EntityOperationFailedError');
    first.crash();
    const second = await world.start();
    expect((await world.until(call(second))).name).to.equal('EntityOperationFailedError');
  });

  it('a request id is forgotten after its retention time, and not before', async () => {
    const world = new World([counter], { options: { retention: { ...defaults.retention, receipts: 3_600_000 } } });
    const { client } = await world.start();
    const call = () => world.until(client.callEntity(id('Counter', 'a'), 'add', 1, { requestId: 'r' }));
    expect(await call()).to.equal(1);
    await world.pass(3_500_000);
    expect(world.database.receipts.size).to.equal(1);
    expect(await call()).to.equal(1);
    await world.pass(300_000);
    expect(world.database.receipts.size).to.equal(0);
  });

  it('messages with and without request ids are admitted while commits follow each other closely', async () => {
    const world = new World([counter]);
    const { client, store } = await world.start();
    // A look-up takes longer than a commit, and somebody keeps the committer busy.
    store.latency = (access) => (access === 'loadReceipts' ? [3, 3] : [1, 0]);
    const busy = { stop: false };
    const ticker = (async () => {
      while (!busy.stop) await client.signalEntity(id('Counter', 'tick'), 'add');
    })();
    const call = client.callEntity(id('Counter', 'a'), 'add', 1, { requestId: 'r' });
    expect(await world.until(call, 60_000)).to.equal(1);
    busy.stop = true;
    await world.until(ticker);
  });

  for (const receiptsCached of [1, 3, 1_000])
    it(`a request id counts for each target alone, with ${receiptsCached} receipts in memory`, async () => {
      const world = new World([counter], { options: { receiptsCached } });
      const first = await world.start();
      const keys = ['a', 'b', 'c', 'd'];
      const requests = ['r', 's'];
      const addAll = (process: typeof first, input: number) =>
        world.until(
          Promise.all(
            requests.flatMap((requestId) =>
              keys.map((key) => process.client.callEntity(id('Counter', key), 'add', input, { requestId })),
            ),
          ),
        );
      const answers = [1, 1, 1, 1, 2, 2, 2, 2];
      expect(await addAll(first, 1)).to.deep.equal(answers);
      expect(await addAll(first, 1)).to.deep.equal(answers);
      first.crash();
      const second = await world.start();
      expect(await addAll(second, 1)).to.deep.equal(answers);
      for (const key of keys) expect(world.state('Counter', key)).to.equal(2);
      expect((await failure(addAll(second, 5))).name).to.equal('RequestIdReusedError');
    });
});

describe('the cache of receipts', () => {
  const key = { target: '@counter@a', requestId: 'r' };
  const stored = (outcome: string | null): Receipt => ({ ...key, hash: 'h', outcome, atMs: 0 });

  function cacheOver(loadReceipts: () => Promise<readonly Receipt[]>) {
    const term = {
      ports: { store: { loadReceipts } },
      options: { receiptsCached: 1 },
      batch: new OpenBatch(1),
      committedSeq: 0,
      activeMs: () => 0,
    };
    return { term, receipts: new Receipts(term as unknown as WorkerTerm) };
  }

  it('reads again what another worker may have written while it was read', async () => {
    const gates = [deferred(), deferred()];
    const answers = [[stored(null)], [stored('{"ok":true,"value":"5"}')]];
    let reads = 0;
    const { receipts } = cacheOver(async () => {
      const read = reads++;
      await gates[read]?.promise;
      return answers[read] ?? [];
    });
    const unpin = receipts.pin([key]);
    const look = receipts.look([key]);
    receipts.lost(() => true);
    for (const gate of gates) gate.resolve();
    await look;
    expect(receipts.admit(key.target, { requestId: 'r', hash: 'h' }, {})).to.equal('repeat');
    expect(receipts.outcome(key)).to.deep.equal({ ok: true, value: '5' });
    unpin();
  });

  it('keeps a pinned key until its decision, however many others come', async () => {
    const { term, receipts } = cacheOver(async () => [stored(null)]);
    const unpin = receipts.pin([key]);
    await receipts.look([key]);
    const others = ['s', 't', 'u'];
    for (const requestId of others) receipts.admit(key.target, { requestId, hash: 'h' }, {});
    term.committedSeq = 1;
    receipts.trim();
    expect(receipts.knows(key)).to.equal(true);
    expect(others.some((requestId) => receipts.knows({ ...key, requestId }))).to.equal(false);
    unpin();
    receipts.trim();
    expect(receipts.knows(key), 'the last one may stay').to.equal(true);
    receipts.admit(key.target, { requestId: 'v', hash: 'h' }, {});
    receipts.trim();
    expect(receipts.knows(key)).to.equal(false);
  });

  it('knows one request id of thousands of targets, and forgets it by targets', async () => {
    const { term, receipts } = cacheOver(async () => []);
    const targets = Array.from({ length: 20_000 }, (_, i) => `@counter@${i}`);
    const request = { requestId: 'r', hash: 'h' };
    for (const target of targets) expect(receipts.admit(target, request, {})).to.equal('new');
    for (const target of targets) expect(receipts.admit(target, request, {})).to.equal('repeat');
    const kept = { target: '@counter@7', requestId: 'r' };
    const unpin = receipts.pin([kept]);
    receipts.lost((target) => target.endsWith('1'));
    term.committedSeq = 1;
    receipts.trim();
    expect(targets.filter((target) => receipts.knows({ target, requestId: 'r' }))).to.deep.equal([kept.target]);
    unpin();
    expect(receipts.admit('@counter@1', request, {})).to.equal('new');
  });

  it('writes the receipts of an open batch after they were lost', async () => {
    const { term, receipts } = cacheOver(async () => []);
    expect(receipts.admit(key.target, { requestId: 'r', hash: 'h' }, {})).to.equal('new');
    receipts.lost(() => true);
    expect([...term.batch.receipts.values()].map(({ requestId }) => requestId)).to.deep.equal(['r']);
    expect(receipts.knows(key)).to.equal(false);
  });
});
