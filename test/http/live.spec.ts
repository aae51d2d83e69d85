import { expect } from 'chai';
import type { FeedChange, FeedInstance, Inspector } from '../../src/hub/inspector.js';
import { streamsMax } from '../../src/http/event-streams.js';
import { HostStoppedError } from '../../src/errors/index.js';
import { everything } from './counter.js';
import { Events, httpSuite, quiet, send } from './harness.js';

function entity(id: string, version: number): FeedInstance {
  return { id, kind: 'entity', name: 'counter', status: undefined, version, deleted: false };
}

/** An inspector whose changes a test makes. */
class ScriptedFeed {
  readonly listeners = new Set<(change: FeedChange) => void>();
  ids: () => readonly string[] = () => [];
  /** What `statistics` answers with. */
  failure: Error | undefined;
  private seq = 0;

  readonly inspector = {
    feed: (listener: (change: FeedChange) => void, options?: { readonly ids?: () => readonly string[] }) => {
      this.listeners.add(listener);
      this.ids = options?.ids ?? this.ids;
      return () => void this.listeners.delete(listener);
    },
    statistics: async () => {
      if (this.failure !== undefined) throw this.failure;
      return undefined;
    },
    entity: async () => this.detail,
  } as unknown as Inspector;

  detail: unknown;

  change(instances: readonly FeedInstance[], more = false): void {
    this.seq++;
    for (const listener of this.listeners) listener({ seq: this.seq, atMs: this.seq, instances, more });
  }
}

interface Changes {
  readonly seq: number;
  readonly instances: readonly { readonly id: string; readonly version: number }[];
  readonly more: boolean;
}

httpSuite('live events', (world) => {
  let feed: ScriptedFeed;
  beforeEach(async () => {
    feed = new ScriptedFeed();
    await world().start(everything);
  });

  const served = (options = {}) => world().serveHandler({ inspector: feed.inspector, ...options });

  it('a change after a pause is told at once', async () => {
    const port = await served();
    const events = await Events.open(port, '/api/v1/live');
    await events.block();
    for (const seq of [1, 2]) {
      feed.change([entity('@counter@a', seq)]);
      expect(((await events.next('changes')) as Changes).seq).to.equal(seq);
      world().httpClock.pass(250);
    }
    events.close();
  });

  it('changes within a quarter of a second are one event, each instance once, with its newest version', async () => {
    const port = await served();
    const events = await Events.open(port, '/api/v1/live');
    await events.block();
    feed.change([entity('@counter@a', 1)]);
    await events.next('changes');
    feed.change([entity('@counter@a', 2)]);
    feed.change([entity('@counter@a', 3), entity('@counter@b', 1)]);
    world().httpClock.pass(250);
    const { seq, instances, more } = (await events.next('changes')) as Changes;
    expect([seq, more]).to.deep.equal([3, false]);
    expect(instances.map(({ id, version }) => [id, version])).to.deep.equal([
      ['@counter@a', 3],
      ['@counter@b', 1],
    ]);
    feed.change([entity('@counter@a', 4)]);
    world().httpClock.pass(250);
    expect(((await events.next('changes')) as Changes).seq).to.equal(4);
    events.close();
  });

  it('more changed instances than an event holds are left out, and the event says so', async () => {
    const port = await served();
    const events = await Events.open(port, '/api/v1/live');
    await events.block();
    feed.change(Array.from({ length: 1_200 }, (_, at) => entity(`@counter@${at}`, 1)));
    world().httpClock.pass(250);
    const { instances, more } = (await events.next('changes')) as Changes;
    expect([instances.length, more]).to.deep.equal([1_000, true]);
    events.close();
  });

  it('all readers share one subscription, which ends with the last of them', async () => {
    const port = await served();
    const first = await Events.open(port, '/api/v1/live?ids=a,b');
    const second = await Events.open(port, '/api/v1/live?ids=b,c');
    await first.block();
    await second.block();
    expect(feed.listeners.size).to.equal(1);
    expect(feed.ids()).to.deep.equal(['a', 'b', 'c']);
    first.close();
    second.close();
    // The server notices the end of a connection when it serves the next ones.
    while (feed.listeners.size > 0) await send(port, '/healthz');
    expect(feed.listeners.size).to.equal(0);
  });

  it('a stream of one entity shows it at once, and again after its changes only', async () => {
    const port = await served();
    const base = { id: '@counter@a', name: 'counter', key: 'a', partition: 1, exists: true, lock: undefined };
    const times = { expiresAtMs: undefined, createdAtMs: 1, updatedAtMs: 2, problem: undefined };
    const version = (at: number) => ({
      ...base,
      ...times,
      version: at,
      state: { text: String(at), length: 1, isCut: false },
      backlog: 0,
      scheduled: 0,
      registered: true,
    });
    feed.detail = version(1);
    const events = await Events.open(port, '/api/v1/entities/counter/a/changes');
    expect(await events.next('entity')).to.deep.include({ version: 1, state: { value: 1, length: 1 } });
    feed.change([entity('@counter@b', 9)]);
    feed.detail = version(2);
    feed.change([entity('@counter@a', 2)]);
    world().httpClock.pass(250);
    expect(await events.next('entity')).to.include({ version: 2 });
    feed.detail = undefined;
    feed.change([], true);
    world().httpClock.pass(250);
    expect(await events.next('entity')).to.equal(null);
    events.close();
  });

  it('a reader more than 32 gets 503, until another one leaves', async () => {
    const port = await served();
    const open = await Promise.all(Array.from({ length: streamsMax }, () => Events.open(port, '/api/v1/live')));
    for (const events of open) expect(events.status).to.equal(200);
    const refused = await send(port, '/api/v1/live');
    expect([refused.status, (refused.json as { code: string }).code]).to.deep.equal([503, 'DE_HTTP_TOO_MANY_STREAMS']);
    open[0]?.close();
    for (;;) {
      const again = await Events.open(port, '/api/v1/live');
      again.close();
      if (again.status === 200) break;
    }
    for (const events of open) events.close();
  });

  it('a quiet stream has heartbeats', async () => {
    const port = await world().serveHandler({ inspector: quiet });
    const events = await Events.open(port, '/api/v1/live');
    expect(await events.block()).to.equal(': open');
    world().httpClock.pass(15_000);
    let block = await events.block();
    while (block?.startsWith('event: rates') === true) block = await events.block();
    expect(block).to.equal(': alive');
    events.close();
  });

  it('streams end with the host', async () => {
    const port = await served();
    const events = await Events.open(port, '/api/v1/live');
    await events.block();
    feed.failure = new HostStoppedError();
    world().httpClock.pass(1_000);
    while ((await events.block()) !== undefined);
    expect(events.response.readableEnded).to.equal(true);
  });

  it('streams end if the status of the host says that it has stopped', async () => {
    const port = await served({ status: () => ({ role: 'failed', ready: false }) as never });
    const events = await Events.open(port, '/api/v1/live');
    await events.block();
    world().httpClock.pass(1_000);
    while ((await events.block()) !== undefined);
    expect((await send(port, '/readyz')).status).to.equal(503);
  });
});
