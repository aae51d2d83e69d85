import { Validator } from '@seriousme/openapi-schema-validator';
import { expect } from 'chai';
import fc from 'fast-check';
import type {
  DeadLetterEntry,
  EntityDetail,
  HistoryEntry,
  LockEntry,
  Page,
  RunEntry,
  RunHistory,
  Timeline,
  WaitingMessage,
} from '../../src/hub/inspected.js';
import type { Explanation } from '../../src/hub/explanation.js';
import type { HubOverview, HubTypes, Inspector, PartitionEntry, WorkerEntry } from '../../src/hub/inspector.js';
import { runtimeStatuses } from '../../src/model/runtime-status.js';
import { encodeValue } from '../../src/model/values.js';
import { everything } from './counter.js';
import { Description } from './description.js';
import { httpSuite, send } from './harness.js';

const text = fc.string({ unit: 'binary', maxLength: 12 }).filter((each) => each.isWellFormed());
const whole = fc.nat({ max: 1_000_000 });
const instant = fc.integer({ min: 0, max: 4e12 });
const status = fc.constantFrom(...runtimeStatuses);
function maybe<T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(one, { nil: undefined });
}
const value = fc
  .oneof(
    fc.jsonValue(),
    fc.date({ noInvalidDate: true }),
    fc.bigInt(),
    fc.constant(new Map([['a', new Set([1])]])),
    fc.double(),
  )
  .map((one) => encodeValue(one) as string);
const shown = fc.record({ text: value, isCut: fc.boolean() }).map(({ text: whole, isCut }) => ({
  text: isCut ? whole.slice(0, 3) : whole,
  length: whole.length,
  isCut,
}));
const error = fc.record({ name: text, message: text, stack: fc.constant('at secret.js:1') }).map((one) => {
  const details = JSON.stringify(one);
  return { text: details, length: details.length, isCut: false };
});

function pageOf<T>(item: fc.Arbitrary<T>): fc.Arbitrary<Page<T>> {
  return fc.record({
    items: fc.array(item, { maxLength: 3 }),
    next: maybe(text),
    scan: maybe(fc.record({ looked: whole, of: maybe(whole) })),
  });
}

const hold = fc.record({ instance: text, execution: text, section: whole, sinceMs: maybe(instant) });

const entity: fc.Arbitrary<EntityDetail> = fc.record({
  id: text.map((key) => `@counter@${key}`),
  name: fc.constant('counter'),
  key: text,
  partition: whole,
  exists: fc.boolean(),
  version: whole,
  state: maybe(shown),
  lock: maybe(hold),
  expiresAtMs: maybe(instant),
  createdAtMs: instant,
  updatedAtMs: instant,
  problem: maybe(text),
  backlog: whole,
  scheduled: whole,
  registered: maybe(fc.boolean()),
  live: maybe(
    fc.record({
      waiting: whole,
      running: maybe(
        fc.record({ operation: text, sinceMs: instant, attempt: maybe(whole), nextAttemptAtMs: maybe(instant) }),
      ),
    }),
  ),
});

const run: fc.Arbitrary<RunEntry> = fc.record({
  id: text,
  name: text,
  version: whole,
  status,
  partition: whole,
  execution: maybe(text),
  input: maybe(shown),
  output: maybe(shown),
  error: maybe(error),
  customStatus: maybe(shown),
  reason: maybe(text),
  awaitedEvents: fc.array(text),
  unreadEvents: fc.array(text),
  unreadEventCount: whole,
  missingCode: fc.array(text),
  parent: maybe(text),
  tags: fc.array(fc.tuple(text, text)),
  startsAtMs: maybe(instant),
  createdAtMs: instant,
  updatedAtMs: instant,
  endedAtMs: maybe(instant),
  historyBytes: whole,
  problem: maybe(text),
});

const event: fc.Arbitrary<HistoryEntry> = fc.record({
  index: whole,
  kind: fc.constantFrom('started' as const, 'completed' as const, 'locksRequested' as const),
  atMs: maybe(instant),
  task: maybe(whole),
  name: maybe(text),
  target: maybe(text),
  targets: maybe(fc.array(text)),
  value: maybe(shown),
  error: maybe(error),
  startedAtMs: maybe(instant),
  dueMs: maybe(instant),
  section: maybe(whole),
  limitOf: maybe(whole),
  cancels: maybe(whole),
  version: maybe(whole),
  kept: fc.boolean(),
});

const history: fc.Arbitrary<RunHistory> = fc.record({
  instance: text,
  name: text,
  status,
  execution: text,
  problem: maybe(text),
  items: fc.array(event, { maxLength: 3 }),
  next: maybe(text),
});

const { timeline } = fc.letrec<{ timeline: Timeline }>((tie) => ({
  timeline: fc.record({
    id: text,
    name: text,
    status,
    execution: maybe(text),
    startedAtMs: instant,
    endedAtMs: maybe(instant),
    isCut: fc.boolean(),
    bars: fc.array(
      fc.record({
        kind: fc.constantFrom('call' as const, 'child' as const, 'section' as const),
        task: maybe(whole),
        name: text,
        target: maybe(text),
        targets: maybe(fc.array(text)),
        scheduledAtMs: instant,
        startedAtMs: maybe(instant),
        endedAtMs: maybe(instant),
        outcome: fc.constantFrom('open' as const, 'ok' as const),
        child: fc.option(tie('timeline'), { nil: undefined, depthSize: 'small', maxDepth: 2 }),
      }),
      { maxLength: 2 },
    ),
  }),
}));

const explanation: fc.Arbitrary<Explanation> = fc.record({
  subject: text,
  isCut: fc.boolean(),
  links: fc.array(
    fc.record({
      depth: whole,
      subject: text,
      reason: fc.oneof(
        fc.constant({ code: 'idle' as const }),
        fc.record({ code: fc.constant('suspended' as const), reason: maybe(text) }),
        fc.record({ code: fc.constant('waitsForEvent' as const), events: fc.array(text), unread: fc.array(text) }),
      ),
      because: text,
      sinceMs: maybe(instant),
      remedy: maybe(text),
    }),
    { maxLength: 3 },
  ),
});

const lock: fc.Arbitrary<LockEntry> = fc.record({
  entity: text,
  hold,
  holder: maybe(fc.record({ name: text, status })),
  waiters: fc.array(fc.record({ instance: text, section: whole, sinceMs: maybe(instant) })),
  waiterCount: whole,
  waiting: whole,
});

const message: fc.Arbitrary<WaitingMessage> = fc.record({
  id: fc.integer(),
  kind: text,
  name: maybe(text),
  value: maybe(shown),
  from: maybe(fc.record({ instance: text, task: maybe(whole) })),
  called: fc.boolean(),
  behindLock: fc.boolean(),
  dueMs: maybe(instant),
  signalName: maybe(text),
  everyMs: maybe(whole),
  attempts: whole,
  sinceMs: maybe(instant),
  problem: maybe(text),
});

const letter: fc.Arbitrary<DeadLetterEntry> = fc.record({
  id: fc.integer(),
  target: text,
  operation: maybe(text),
  input: maybe(shown),
  attempts: whole,
  reason: text,
  atMs: instant,
});

const worker: fc.Arbitrary<WorkerEntry> = fc.record({
  incarnation: whole,
  kind: fc.constantFrom('worker' as const, 'client' as const),
  name: text,
  alive: fc.boolean(),
  here: fc.boolean(),
  version: text,
  seq: whole,
  leaseLeftMs: fc.integer(),
  holdsLock: fc.boolean(),
  partitions: whole,
});

const partition: fc.Arbitrary<PartitionEntry> = fc.record({
  partition: whole,
  owner: maybe(whole),
  epoch: whole,
  crashes: whole,
  live: maybe(fc.record({ backlog: whole, leaving: fc.boolean() })),
});

const code = { name: text, registered: fc.boolean(), workers: fc.array(text) };

const types: fc.Arbitrary<HubTypes> = fc.record({
  entities: fc.array(
    fc.record({
      ...code,
      effects: maybe(fc.constantFrom('none' as const, 'external' as const)),
      expireAfterMs: maybe(whole),
      operations: maybe(
        fc.array(
          fc.record({
            name: text,
            kind: fc.constantFrom('call' as const, 'signal' as const),
            readOnly: fc.boolean(),
            input: fc.constantFrom(undefined, { type: 'object' }),
          }),
        ),
      ),
    }),
    { maxLength: 2 },
  ),
  orchestrations: fc.array(fc.record({ ...code, versions: fc.array(whole) }), { maxLength: 2 }),
  activities: fc.array(fc.record(code), { maxLength: 2 }),
});

const overview: fc.Arbitrary<HubOverview> = fc.record({
  engine: text,
  version: text,
  process: text,
  role: fc.constantFrom('active' as const, 'client' as const),
  uptimeMs: whole,
  hubTimeMs: instant,
  workers: whole,
  partitions: fc.record({ total: whole, owned: whole, here: whole }),
  countedAtMs: instant,
  entities: maybe(fc.array(fc.record({ name: text, count: whole }))),
  runs: maybe(fc.array(fc.record({ name: text, count: whole, status }))),
  longestIdle: maybe(fc.record({ id: text, name: text, updatedAtMs: instant })),
  longestLock: maybe(lock),
  deadLetters: whole,
  sizes: fc.array(fc.record({ name: text, bytes: whole })),
});

/** The paths of reads with the method of the inspector behind each, and what it may return. */
const reads: readonly (readonly [
  operation: string,
  path: string,
  method: keyof Inspector,
  gives: fc.Arbitrary<unknown>,
])[] = [
  ['GET /api/v1/overview', '/api/v1/overview', 'overview', overview],
  ['GET /api/v1/types', '/api/v1/types', 'types', types],
  ['GET /api/v1/workers', '/api/v1/workers', 'workers', pageOf(worker)],
  ['GET /api/v1/partitions', '/api/v1/partitions', 'partitions', fc.array(partition)],
  ['GET /api/v1/entities', '/api/v1/entities', 'entities', pageOf(entity)],
  ['GET /api/v1/entities/{name}/{key}', '/api/v1/entities/counter/a', 'entity', maybe(entity)],
  ['GET /api/v1/entities/{name}/{key}/messages', '/api/v1/entities/counter/a/messages', 'messages', pageOf(message)],
  ['GET /api/v1/entities/{name}/{key}/explain', '/api/v1/entities/counter/a/explain', 'explain', explanation],
  ['GET /api/v1/runs', '/api/v1/runs', 'runs', pageOf(run)],
  ['GET /api/v1/runs/{id}', '/api/v1/runs/r', 'run', maybe(run)],
  ['GET /api/v1/runs/{id}/history', '/api/v1/runs/r/history', 'history', maybe(history)],
  ['GET /api/v1/runs/{id}/timeline', '/api/v1/runs/r/timeline', 'timeline', maybe(timeline)],
  ['GET /api/v1/runs/{id}/explain', '/api/v1/runs/r/explain', 'explain', explanation],
  ['GET /api/v1/locks', '/api/v1/locks', 'locks', pageOf(lock)],
  ['GET /api/v1/dead-letters', '/api/v1/dead-letters', 'deadLetters', pageOf(letter)],
];

httpSuite('the description of the API', (world) => {
  beforeEach(() => world().start(everything));

  /** An inspector whose method returns the given values one after the other. */
  function returning(method: keyof Inspector, values: readonly unknown[]): Inspector {
    let at = 0;
    return { [method]: async () => values[at++] } as unknown as Inspector;
  }

  async function described(): Promise<Description> {
    return Description.of(await send(await world().serveHandler(), '/api/v1/openapi.json'));
  }

  it('it is valid OpenAPI 3.1', async () => {
    const { document } = await described();
    const result = await new Validator().validate(document as never);
    expect(result.errors ?? []).to.deep.equal([]);
    expect(result.valid).to.equal(true);
  });

  it('every read is tried here, but for events, health, sessions, metrics and what bulk work reads', async () => {
    const description = await described();
    const others = /\/(changes|live|healthz|readyz|session|metrics|stats|openapi\.json)$|\/bulk\//;
    const gets = description.operations().filter((name) => name.startsWith('GET ') && !others.test(name));
    expect(gets.toSorted()).to.deep.equal(reads.map(([name]) => name).toSorted());
  });

  for (const [operation, path, method, gives] of reads) {
    it(`${operation} answers as described, whatever the inspector returns`, async () => {
      const description = await described();
      const values = fc.sample(gives, { numRuns: 40, seed: 7 });
      const port = await world().serveHandler({ inspector: returning(method, values) });
      for (const given of values) {
        const answer = await send(port, path);
        expect(answer.status).to.equal(given === undefined ? 404 : 200);
        expect(description.problems(operation, answer), answer.text).to.deep.equal([]);
        expect(answer.text).not.to.include('secret.js');
      }
    });

    it(`${operation} shows no payload if payloads are hidden`, async () => {
      const description = await described();
      const values = fc.sample(gives, { numRuns: 20, seed: 8 });
      const port = await world().serveHandler({ inspector: returning(method, values), payloads: 'hide' });
      for (const _ of values) {
        const answer = await send(port, path);
        expect(description.problems(operation, answer)).to.deep.equal([]);
        expect(answer.text).not.to.match(/"(?:length|cut|text)":/);
      }
    });
  }

  it('a search in values is refused if payloads are hidden', async () => {
    const port = await world().serveHandler({ payloads: 'hide' });
    for (const path of ['/api/v1/entities?contains=a', '/api/v1/runs?contains=a']) {
      const answer = await send(port, path);
      expect([answer.status, (answer.json as { code: string }).code]).to.deep.equal([403, 'DE_HTTP_HIDDEN']);
    }
  });

  it('a function replaces payloads, and sees none that is cut', async () => {
    const whole = { text: '{"a":1}', length: 7, isCut: false };
    const [first] = fc.sample(entity, 1) as [EntityDetail];
    const states = [whole, { text: '{"a"', length: 7, isCut: true }];
    const values = states.map((state) => ({ ...first, state }));
    const seen: unknown[] = [];
    const payloads = (given: unknown) => {
      seen.push(given);
      return 'replaced';
    };
    const port = await world().serveHandler({ inspector: returning('entity', values), payloads });
    const shownStates = [];
    for (const _ of values)
      shownStates.push(((await send(port, '/api/v1/entities/counter/a')).json as { state: unknown }).state);
    expect(shownStates).to.deep.equal([{ value: 'replaced', length: 7 }, { hidden: true }]);
    expect(seen).to.deep.equal([{ a: 1 }]);
  });
});
