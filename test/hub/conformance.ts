/** The behaviour of every task hub, with any engine. */
import { expect } from 'chai';
import { InvalidArgumentError } from '../../src/errors/index.js';
import { defineActivity, defineEntity, defineOrchestration } from '../../src/functions/define.js';
import type { EntitySnapshot, RunEnd, RunSnapshot } from '../../src/hub/snapshots.js';
import type { TaskHub } from '../../src/hub/task-hub.js';
import { EntityId } from '../../src/model/entity-id.js';

/** A hub that runs these definitions. */
export interface HubUnderTest {
  readonly hub: TaskHub;
  /** Lets everything run until the promise settles. */
  until<T>(promise: Promise<T>): Promise<T>;
  /** Lets everything run that can run without waiting for time. */
  quiet(): Promise<void>;
  stop(): Promise<void>;
}

const counter = defineEntity('Counter', { effects: 'none', readOnly: ['peek'] }, (context) => {
  const state = context.getState<{ n: number }>(() => ({ n: 0 }));
  switch (context.operationName) {
    case 'peek':
      return state.n;
    case 'fail':
      throw new RangeError('it fails');
    case 'forget':
      context.deleteState();
      return undefined;
    default:
      state.n += context.getInput<number | undefined>() ?? 1;
      return state.n;
  }
});

const flaky = defineActivity('Flaky', (_, fails: boolean) => {
  if (fails) throw new Error('the activity fails');
  return 'done';
});

const waits = defineOrchestration('Waits', async (context, input: number) => {
  context.setCustomStatus('waiting');
  const event = await context.waitForExternalEvent<number>('go');
  return input + event;
});

const locks = defineOrchestration('Locks', async (context) => {
  using section = await context.lock(new EntityId('counter', 'locked'));
  await context.waitForExternalEvent('go');
  void section;
});

let activityFails = true;
const rewound = defineOrchestration('Rewound', (context) => context.callActivity(flaky, activityFails));

export const definitions = [counter, flaky, waits, locks, rewound];

const c = (key: string) => `@counter@${key}`;

async function rejection(promise: Promise<unknown>): Promise<{ readonly code?: string; readonly message: string }> {
  return promise.then(
    (value) => expect.fail(`it resolved with ${JSON.stringify(value)}`),
    (error: { code?: string; message: string }) => error,
  );
}

/** Calls that an engine does not support: it rejects them with NotSupportedError. */
export interface Lacking {
  readonly engine: string;
  readonly lacks: readonly ('run.rewind' | 'client.deadLetters')[];
}

export function taskHubConformance(name: string, start: () => Promise<HubUnderTest>, lacking?: Lacking): void {
  const lacks = (member: Lacking['lacks'][number]) => lacking?.lacks.includes(member) === true;
  const notSupported = async (attempt: Promise<unknown>, member: string) => {
    const error = await rejection(attempt);
    expect(error.code).to.equal('DE_NOT_SUPPORTED');
    expect(error).to.include({ member, engine: lacking?.engine });
  };

  describe(`a task hub: ${name}`, () => {
    let under: HubUnderTest;
    let hub: TaskHub;
    const until = <T>(promise: Promise<T>) => under.until(promise);

    beforeEach(async () => {
      under = await start();
      hub = under.hub;
    });

    afterEach(() => under.stop());

    /** Resolves when the watcher's callback has been called with a value that the predicate accepts. */
    function heard<T>(watch: (callback: (value: T) => void) => () => void, accept: (value: T) => boolean): Promise<T> {
      let stop = () => {};
      const found = new Promise<T>((resolve) => {
        stop = watch((value) => {
          if (accept(value)) resolve(value);
        });
      });
      return until(found).finally(() => stop());
    }

    const processed = (ticket: string) =>
      heard<Error | undefined>(
        (callback) => hub.whenProcessed(ticket, callback),
        () => true,
      );
    const ended = (id: string) =>
      heard<RunEnd | Error>(
        (callback) => hub.watchRun(id, callback),
        () => true,
      );
    const runThat = (id: string, accept: (run: RunSnapshot) => boolean) =>
      heard<RunSnapshot | Error>(
        (callback) => hub.followRun(id, callback),
        (run) => run instanceof Error || accept(run),
      );
    const startWaits = (instanceId: string, input = '1') => until(hub.start({ instanceId, name: 'Waits', input }));

    describe('entities', () => {
      it('a signal takes effect once it is processed, and a call returns its result', async () => {
        const ticket = await until(hub.signal({ entityId: c('a'), operation: 'add', input: '5' }));
        expect(await processed(ticket)).to.equal(undefined);
        expect(await until(hub.call({ entityId: c('a'), operation: 'add', input: undefined }))).to.equal('6');
      });

      it('signals that are sent at once keep their order', async () => {
        const sent = Array.from({ length: 50 }, (_, i) =>
          hub.signal({ entityId: c('order'), operation: 'add', input: String(i) }),
        );
        await until(Promise.all(sent));
        expect(await until(hub.call({ entityId: c('order'), operation: 'add', input: '0' }))).to.equal('1225');
      });

      it('an operation that throws rejects its caller and changes nothing', async () => {
        await until(hub.call({ entityId: c('f'), operation: 'add', input: '2' }));
        const error = await rejection(until(hub.call({ entityId: c('f'), operation: 'fail', input: undefined })));
        expect(error.code).to.equal('DE_OPERATION_FAILED');
        expect(await until(hub.call({ entityId: c('f'), operation: 'add', input: '0' }))).to.equal('2');
      });

      it('a call with an idempotency key takes effect once, and its repeat gets the same answer', async () => {
        const call = {
          entityId: c('once'),
          operation: 'add',
          input: '1',
          idempotencyKey: { requestId: 'r1', hash: 'h' },
        };
        expect(await until(hub.call(call))).to.equal('1');
        expect(await until(hub.call(call))).to.equal('1');
        expect(await until(hub.call({ ...call, idempotencyKey: undefined }))).to.equal('2');
      });

      it('an idempotency key with another content is refused', async () => {
        const signal = { entityId: c('reused'), operation: 'add', input: '1' };
        await until(hub.call({ ...signal, idempotencyKey: { requestId: 'r', hash: 'one' } }));
        const second = until(hub.call({ ...signal, idempotencyKey: { requestId: 'r', hash: 'two' } }));
        expect((await rejection(second)).code).to.equal('DE_REQUEST_ID_REUSED');
      });

      it('a scheduled signal waits until it is due', async () => {
        const dueMs = hub.hubTimeMs() + 300;
        const ticket = await until(hub.signal({ entityId: c('later'), operation: 'add', input: '7', dueMs }));
        expect(await until(hub.readEntity(c('later')))).to.equal(undefined);
        expect(await processed(ticket)).to.equal(undefined);
        expect((await until(hub.readEntity(c('later'))))?.state).to.equal('{"n":7}');
        expect(hub.hubTimeMs()).to.be.at.least(dueMs);
      });

      it('a named signal is replaced by the next one of its name, and can be cancelled', async () => {
        const dueMs = hub.hubTimeMs() + 3_600_000;
        const signal = { entityId: c('named'), operation: 'add', input: '1', dueMs, name: 'tick' };
        const first = await until(hub.signal(signal));
        await until(hub.signal(signal));
        expect(await processed(first), 'the first one was replaced').to.equal(undefined);
        expect(await until(hub.cancelSignal(c('named'), 'tick'))).to.equal(true);
        expect(await until(hub.cancelSignal(c('named'), 'tick'))).to.equal(false);
      });

      it('a read-only operation runs on the committed state, and another operation is refused there', async () => {
        await until(hub.call({ entityId: c('p'), operation: 'add', input: '3' }));
        const peek = { entityId: c('p'), operation: 'peek', input: undefined };
        expect(await until(hub.callCommitted(peek))).to.equal('3');
        const refused = rejection(until(hub.callCommitted({ ...peek, operation: 'add' })));
        expect((await refused).code).to.equal('DE_INVALID_OPERATION');
      });

      it('a snapshot has the committed state, the lock holder and the time of the last write', async () => {
        const before = hub.hubTimeMs();
        await until(hub.call({ entityId: c('snap'), operation: 'add', input: '4' }));
        const found = (await until(hub.readEntity(c('snap')))) as EntitySnapshot;
        const { updatedAtMs, ...rest } = found;
        expect(rest).to.deep.equal({
          id: c('snap'),
          name: 'counter',
          key: 'snap',
          state: '{"n":4}',
          lockedBy: undefined,
          expired: false,
        });
        expect(updatedAtMs).to.be.within(before - 1, hub.hubTimeMs() + 1);
        expect(await until(hub.readEntity(c('nobody')))).to.equal(undefined);
      });

      it('an entity that is followed notifies of its present and of each later state, in order', async () => {
        const states: (string | undefined)[] = [];
        const stop = hub.followEntity(c('followed'), (entity) => {
          if (!(entity instanceof Error) && states.at(-1) !== entity?.state) states.push(entity?.state);
        });
        for (const input of ['1', '2']) await until(hub.call({ entityId: c('followed'), operation: 'add', input }));
        await until(hub.call({ entityId: c('followed'), operation: 'forget', input: undefined }));
        await heard<EntitySnapshot | undefined | Error>(
          (callback) => hub.followEntity(c('followed'), callback),
          (entity) => entity === undefined,
        );
        await under.quiet();
        stop();
        expect(states.filter((state) => state !== undefined)).to.satisfy(
          (seen: string[]) => seen.length === 0 || seen.join() === [...new Set(seen)].toSorted().join(),
        );
      });

      it('queries return entities by name and key, page by page, ordered by id', async () => {
        for (const key of ['q/1', 'q/2', 'q/3', 'z'])
          await until(hub.call({ entityId: c(key), operation: 'add', input: '1' }));
        const filter = { name: 'counter', keyPrefix: 'q/' };
        const first = await until(hub.queryEntities(filter, { limit: 2 }, false));
        expect(first.map(({ key, state }) => [key, state])).to.deep.equal([
          ['q/1', undefined],
          ['q/2', undefined],
        ]);
        const second = await until(hub.queryEntities(filter, { after: first[1]?.id, limit: 2 }, true));
        expect(second.map(({ key, state }) => [key, state])).to.deep.equal([['q/3', '{"n":1}']]);
      });

      it('an entity without a state is in no query', async () => {
        await until(hub.call({ entityId: c('gone'), operation: 'add', input: '1' }));
        await until(hub.call({ entityId: c('gone'), operation: 'forget', input: undefined }));
        expect(await until(hub.queryEntities({ keyPrefix: 'gone' }, { limit: 5 }, true))).to.deep.equal([]);
      });

      it('a ticket that is not one is refused', () => {
        expect(() => hub.whenProcessed('nonsense', () => {})).to.throw(InvalidArgumentError);
      });

      it('nothing waits for an idle entity', async () => {
        expect(await until(hub.entityLoad(c('idle')))).to.include({ backlog: 0, currentOperation: null });
      });
    });

    describe('orchestration instances', () => {
      it('an instance runs, takes an event, and ends with its output', async () => {
        await startWaits('w1', '40');
        const waiting = await runThat('w1', (run) => run.awaitedEvents.includes('go'));
        expect(waiting).to.include({ id: 'w1', name: 'Waits', version: 1, status: 'running', input: '40' });
        expect(waiting).to.include({ customStatus: '"waiting"', output: undefined, endedAtMs: undefined });
        await until(hub.raise('w1', 'go', '2'));
        expect(await ended('w1')).to.include({ name: 'Waits', status: 'completed', output: '42' });
        const run = (await until(hub.readRun('w1'))) as RunSnapshot;
        expect(run).to.include({ status: 'completed', output: '42', problem: undefined });
        expect(run.execution).to.be.a('string');
      });

      it('the same start twice is one instance, and another input under the same id is refused', async () => {
        await startWaits('w2');
        await startWaits('w2');
        const other = until(hub.start({ instanceId: 'w2', name: 'Waits', input: '2' }));
        expect((await rejection(other)).code).to.equal('DE_INSTANCE_EXISTS');
      });

      it('an event or a command for an instance that does not exist is refused', async () => {
        const nobody = until(hub.raise('nobody', 'go', '1'));
        expect((await rejection(nobody)).code).to.equal('DE_ORCHESTRATION_NOT_FOUND');
        const command = until(hub.command('nobody', { kind: 'suspend', reason: undefined }));
        expect((await rejection(command)).code).to.equal('DE_ORCHESTRATION_NOT_FOUND');
        const watched = await ended('nobody');
        expect(watched).to.have.property('code', 'DE_ORCHESTRATION_NOT_FOUND');
        expect(await until(hub.readRun('nobody'))).to.equal(undefined);
      });

      it('a suspended instance keeps its events until it is resumed', async () => {
        await startWaits('w3');
        await until(hub.command('w3', { kind: 'suspend', reason: 'lunch' }));
        expect(await until(hub.readRun('w3'))).to.include({ status: 'suspended', reason: 'lunch' });
        await until(hub.raise('w3', 'go', '1'));
        await until(hub.command('w3', { kind: 'resume' }));
        expect(await ended('w3')).to.include({ status: 'completed', output: '2' });
      });

      it('a terminated instance has ended with its reason, and can be restarted and purged', async () => {
        await startWaits('w4');
        await until(hub.command('w4', { kind: 'terminate', reason: 'enough' }));
        expect(await ended('w4')).to.include({ status: 'terminated', reason: 'enough' });
        await until(hub.command('w4', { kind: 'restart' }));
        expect(await until(hub.readRun('w4'))).to.include({ status: 'running', input: '1' });
        const purge = until(hub.command('w4', { kind: 'purge' }));
        expect((await rejection(purge)).code).to.equal('DE_INVALID_OPERATION');
        await until(hub.command('w4', { kind: 'terminate', reason: undefined }));
        await until(hub.command('w4', { kind: 'purge' }));
        expect(await until(hub.readRun('w4'))).to.equal(undefined);
      });

      it('a purge of another execution than the last is refused', async () => {
        await startWaits('w5');
        await until(hub.command('w5', { kind: 'terminate', reason: undefined }));
        const stale = until(hub.command('w5', { kind: 'purge', execution: 'another' }));
        expect((await rejection(stale)).code).to.equal('DE_INVALID_OPERATION');
      });

      it('a failed instance says why, and a rewind repeats what failed or is not supported', async () => {
        activityFails = true;
        await until(hub.start({ instanceId: 'r', name: 'Rewound', input: undefined }));
        const end = (await ended('r')) as RunEnd;
        expect(end.status).to.equal('failed');
        expect(end.error).to.include('the activity fails');
        if (lacks('run.rewind')) {
          await notSupported(until(hub.command('r', { kind: 'rewind', reason: 'repaired' })), 'run.rewind');
          return;
        }
        activityFails = false;
        await until(hub.command('r', { kind: 'rewind', reason: 'repaired' }));
        expect(await ended('r')).to.include({ status: 'completed', output: '"done"' });
      });

      it('a lock stands in the snapshot of its entity', async () => {
        await until(hub.start({ instanceId: 'l', name: 'Locks', input: undefined }));
        await runThat('l', (run) => run.awaitedEvents.includes('go'));
        expect((await until(hub.readEntity(c('locked'))))?.lockedBy).to.equal('l');
        await until(hub.raise('l', 'go', undefined));
        await ended('l');
        expect((await until(hub.call({ entityId: c('locked'), operation: 'add', input: '1' }))) ?? '').to.equal('1');
        expect((await until(hub.readEntity(c('locked'))))?.lockedBy).to.equal(undefined);
      });

      it('queries return instances by name, id and status, ordered by id', async () => {
        for (const id of ['q1', 'q2', 'q3']) await startWaits(id);
        await until(hub.command('q2', { kind: 'terminate', reason: undefined }));
        const all = await until(hub.queryRuns({ name: 'Waits', idPrefix: 'q' }, { limit: 2 }));
        expect(all.map(({ id }) => id)).to.deep.equal(['q1', 'q2']);
        const terminated = await until(hub.queryRuns({ idPrefix: 'q', statuses: ['terminated'] }, { limit: 9 }));
        expect(terminated.map(({ id }) => id)).to.deep.equal(['q2']);
        expect(terminated[0]?.endedAtMs).to.be.a('number');
      });
    });

    it('dead letters that do not exist are neither retried nor discarded', async () => {
      if (lacks('client.deadLetters')) {
        await notSupported(until(hub.deadLetters({ limit: 10 })), 'client.deadLetters');
        await notSupported(until(hub.retryDeadLetter(1)), 'client.deadLetters');
        await notSupported(until(hub.discardDeadLetter(1)), 'client.deadLetters');
        return;
      }
      expect(await until(hub.deadLetters({ limit: 10 }))).to.deep.equal([]);
      expect(await until(hub.retryDeadLetter(1))).to.equal(false);
      expect(await until(hub.discardDeadLetter(1))).to.equal(false);
    });

    it('new instance ids differ, and a pause takes its time', async () => {
      const ids = new Set(Array.from({ length: 100 }, () => hub.newInstanceId()));
      expect(ids.size).to.equal(100);
      const before = hub.hubTimeMs();
      await until(hub.pause(50));
      expect(hub.hubTimeMs() - before).to.be.at.least(49);
    });
  });
}
