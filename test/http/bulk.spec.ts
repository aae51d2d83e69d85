import { expect } from 'chai';
import type { RunListFilter } from '../../src/hub/inspected.js';
import type { Inspector } from '../../src/hub/inspector.js';
import { BulkWork, BulkWorks } from '../../src/http/bulk-work.js';
import { eventually } from '../acceptance/world.js';
import { everything } from './counter.js';
import { Events, httpSuite, send, writing, type HttpWorld, type Response } from './harness.js';

/** An inspector that lists the runs of the client, in pages. */
function listing(world: HttpWorld): Inspector {
  return {
    async runs(filter: RunListFilter, { cursor, limit }: { readonly cursor?: string; readonly limit: number }) {
      const query = world.client.queryRuns({ instanceIdPrefix: filter.idPrefix ?? '' });
      const page = await query.page({ size: limit, after: cursor });
      return { items: page.items.map(({ instanceId }) => ({ id: instanceId })), next: page.continuationToken };
    },
  } as unknown as Inspector;
}

httpSuite('bulk work', (world) => {
  let port: number;
  beforeEach(async () => {
    await world().start(everything);
    port = await world().serveHandler({ writes: true, inspector: listing(world()) });
  });

  const post = (body: unknown) => send(port, '/api/v1/bulk', { method: 'POST', headers: writing, body });
  const select = { kind: 'runs', idPrefix: 'w-' };

  async function startWaiters(count: number): Promise<void> {
    await Promise.all(
      Array.from({ length: count }, (_, at) =>
        world().client.startNew('Waiter', { instanceId: `w-${String(at).padStart(3, '0')}` }),
      ),
    );
  }

  interface Progress {
    readonly id: string;
    readonly state: string;
    readonly done: number;
    readonly failed: number;
    readonly selected: number;
    readonly errors: readonly { readonly id: string; readonly error: { readonly code: string } }[];
  }

  function ended(begun: Response): Promise<Progress> {
    const { id } = begun.json as Progress;
    const read = async () => {
      const progress = (await send(port, `/api/v1/bulk/${id}`)).json as Progress;
      return progress.state === 'running' ? undefined : progress;
    };
    return eventually(read, 'the end of the bulk work');
  }

  it('a dry run counts, and changes nothing', async () => {
    await startWaiters(120);
    const answer = await post({ select, action: 'terminate', dryRun: true });
    expect([answer.status, answer.json]).to.deep.equal([200, { selected: 120, more: false }]);
    expect((await world().client.countRuns({})).terminated).to.equal(0);
  });

  it('acts on all that the filter selects, slice by slice, and tells its progress', async () => {
    await startWaiters(250);
    await world().client.startNew('Waiter', { instanceId: 'other' });
    const progress = await ended(await post({ select, action: 'terminate', reason: 'cleaned up' }));
    expect(progress).to.include({ state: 'done', selected: 250, done: 250, failed: 0 });
    const counts = await world().client.countRuns({});
    expect(counts.terminated).to.equal(250);
    expect(await world().client.run('Waiter', 'w-007').status()).to.include({ reason: 'cleaned up' });
    expect((await world().client.run('Waiter', 'other').status())?.runtimeStatus).not.to.equal('terminated');
  });

  it('ends after atMost items', async () => {
    await startWaiters(10);
    expect(await ended(await post({ select, action: 'suspend', atMost: 4 }))).to.include({ state: 'done', done: 4 });
    expect((await world().client.countRuns({})).suspended).to.equal(4);
  });

  it('keeps the first errors of items that fail, and goes on', async () => {
    await startWaiters(30);
    const progress = await ended(await post({ select, action: 'rewind' }));
    expect(progress).to.include({ state: 'done', done: 0, failed: 30 });
    expect(progress.errors).to.have.lengthOf(20);
    expect(progress.errors[0]?.error.code).to.equal('DE_REWIND_NOT_POSSIBLE');
  });

  it('streams its progress to the end', async () => {
    await startWaiters(5);
    const { id } = (await post({ select, action: 'terminate' })).json as Progress;
    const events = await Events.open(port, `/api/v1/bulk/${id}`);
    const last = (await events.next('progress', ({ state }: Progress) => state === 'done')) as Progress;
    expect(last.done).to.equal(5);
    expect(await events.block()).to.equal(undefined);
  });

  it('needs a condition, a known action, and a caller that may write', async () => {
    for (const body of [
      { select: { kind: 'runs' }, action: 'purge' },
      { select, action: 'explode' },
      { select: { kind: 'entities' }, action: 'purge' },
    ]) {
      expect((await post(body)).status).to.equal(400);
    }
    const reader = await world().serveHandler({ inspector: listing(world()) });
    const refused = await send(reader, '/api/v1/bulk', {
      method: 'POST',
      headers: writing,
      body: { select, action: 'purge', dryRun: true },
    });
    expect(refused.status).to.equal(403);
    expect((await send(port, '/api/v1/bulk/none')).status).to.equal(404);
  });
});

describe('bulk works', () => {
  const about = { action: 'test', selected: null, atMost: 1_000 };

  it('run one at a time', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    const works = new BulkWorks();
    const slow = new BulkWork({ slice: async () => ({ ids: ['a'], next: undefined }), act: () => gate }, about);
    works.begin(slow);
    const second = new BulkWork({ slice: async () => ({ ids: [], next: undefined }), act: async () => {} }, about);
    expect(() => works.begin(second)).to.throw('runs already');
    release();
    await eventually(() => (slow.progress.state === 'done' ? true : undefined), 'the end');
    works.begin(second);
    expect(works.get(slow.id)?.progress.done).to.equal(1);
  });

  it('end after the present slice when they are cancelled', async () => {
    const acted: string[] = [];
    const work = new BulkWork(
      {
        slice: async (cursor = '0') => ({ ids: [cursor], next: String(Number(cursor) + 1) }),
        act: async (id) => {
          acted.push(id);
          if (id === '2') work.cancel();
        },
      },
      about,
    );
    await work.run();
    expect([work.progress.state, acted]).to.deep.equal(['cancelled', ['0', '1', '2']]);
  });

  it('fail if the filter cannot be read, and say why', async () => {
    const work = new BulkWork({ slice: () => Promise.reject(new Error('secret')), act: async () => {} }, about);
    await work.run();
    expect(work.progress).to.deep.include({ state: 'failed', done: 0 });
    expect(work.progress.errors[0]?.error).to.include({ code: 'DE_HTTP_INTERNAL' });
  });
});
