/** The steps after a commit: all waiting callers are answered first, whatever happens in later steps. */
import { expect } from 'chai';
import { AfterCommit, AfterCommitError } from '../../src/engines/sql/commit/after-commit.js';
import type { SealedBatch } from '../../src/engines/sql/commit/sealing.js';
import { notifyWaiters } from '../../src/engines/sql/waiting/client-waits.js';
import { IntakeQueue } from '../../src/engines/sql/inbox/intake-queue.js';
import { PendingCalls } from '../../src/engines/sql/waiting/pending-calls.js';
import { RunWatch } from '../../src/engines/sql/waiting/run-watch.js';
import { defineEntity, defineOrchestration } from '../../src/functions/define.js';
import { EntityId } from '../../src/model/entity-id.js';
import { amount } from '../amount.js';
import { deferred, World } from './world.js';

const many = defineOrchestration('Many', async (context, timers: number) => {
  const waiting = Array.from({ length: timers }, (_, i) => context.createTimer(3_600_000 + i));
  await Promise.all(waiting);
});

const counter = defineEntity('Counter', { effects: 'none' }, (context) => {
  const count = context.getState<{ n: number }>(() => ({ n: 0 }));
  count.n++;
  return count.n;
});

describe('the steps after a commit', () => {
  it('P2: every client is answered when eight orchestrations with thousands of timers each are terminated during a slow poll', async () => {
    const world = new World([many]);
    const { client, store } = await world.start();
    const runs = [];
    for (let i = 0; i < 8; i++) {
      runs.push(
        await world.until(
          client.startNew(many, { instanceId: `m${i}`, input: amount({ usual: 5_000, long: 20_000 }) }),
        ),
      );
    }
    const gate = deferred();
    store.holdAnswer.set('poll', gate.promise);
    await world.pass(120_000);
    await world.until(Promise.all(runs.map((run) => run.terminate('enough'))));
    const statuses = await world.until(Promise.all(runs.map((run) => run.status())));
    expect(statuses.map((status) => status?.runtimeStatus)).to.deep.equal(
      Array.from({ length: 8 }, () => 'terminated'),
    );
    store.holdAnswer.delete('poll');
    gate.resolve();
    await world.pass(1_000);
    expect(world.database.inbox.size, 'rows of cancelled timers').to.equal(0);
    expect(world.log.filter(({ level }) => level === 'error' || level === 'warn')).to.deep.equal([]);
  });

  for (const member of ['monotonicMs', 'setTimer'] as const) {
    for (let nth = 1; nth <= 12; nth++) {
      it(`P2: an exception of ${member} at its use ${nth} after a commit leaves no client without an answer`, async () => {
        const world = new World([counter]);
        const { client, clock, store } = await world.start();
        const id = new EntityId('counter', 'c');
        await world.until(client.callEntity(id, 'add'));
        let uses = Number.NEGATIVE_INFINITY;
        const original = clock[member].bind(clock) as (...given: unknown[]) => never;
        Object.defineProperty(clock, member, {
          value: (...given: unknown[]) => {
            if (++uses === nth) throw new Error(`a fault in ${member}`);
            return original(...given);
          },
        });
        const later = world.until(client.callEntity(id, 'add'));
        store.plan = (access) => {
          if (access === 'commit' && uses < 0) uses = 0;
          return undefined;
        };
        expect(await later).to.equal(2);
        uses = Number.NEGATIVE_INFINITY;
        expect(await world.until(client.callEntity(id, 'add'))).to.equal(3);
      });
    }
  }

  it('P2: a batch that cannot be sealed is submitted again in the next term', async () => {
    const world = new World([counter]);
    const { client, clock } = await world.start();
    const id = new EntityId('counter', 'c');
    await world.until(client.callEntity(id, 'add'));
    const original = clock.monotonicMs.bind(clock);
    let thrown = 0;
    Object.defineProperty(clock, 'monotonicMs', {
      value: () => {
        if (thrown === 0 && /commit\/sealing/.test(new Error('where').stack ?? '')) {
          thrown++;
          throw new Error('a fault in the sealing');
        }
        return original();
      },
    });
    expect(await world.until(client.callEntity(id, 'add'))).to.equal(2);
    expect(thrown).to.equal(1);
  });

  it('the error of a failing step names the step, and the earlier steps have run', () => {
    const ran: string[] = [];
    const problem = new Error('out of order');
    const steps = [
      { name: 'first', run: () => void ran.push('first') },
      {
        name: 'second',
        run: () => {
          throw problem;
        },
      },
    ];
    const after = new AfterCommit(() => void ran.push('answer'), steps);
    after.answer({} as SealedBatch);
    expect(() => after.runSteps({} as SealedBatch))
      .to.throw(AfterCommitError, 'The step "second" after a commit failed')
      .with.property('cause', problem);
    expect(ran).to.deep.equal(['answer', 'first']);
  });

  it('a callback that throws does not keep other callers from their answers', () => {
    const heard: string[] = [];
    const logged: string[] = [];
    const watch = new RunWatch();
    watch.follow(
      'r',
      () => {
        throw new Error('a follower');
      },
      () => new Promise(() => {}),
    );
    const sealed = {
      accepted: [
        {
          when: 'accepted',
          resolve: () => {
            throw new Error('a submission');
          },
        },
        { when: 'accepted', resolve: () => heard.push('second submission') },
      ],
      afterCommit: [
        () => {
          throw new Error('a callback');
        },
        () => heard.push('second callback'),
      ],
      commit: { consumed: [], instances: [{ op: 'delete', id: 'r', version: 1 }] },
      inputs: new Map(),
    } as unknown as SealedBatch;
    const rowWatch = { committed: () => heard.push('row watch') };
    const commits = { wrote: () => heard.push('feed') };
    const queue = new IntakeQueue();
    const waits = { queue, calls: new PendingCalls('p'), watch, rowWatch, commits, waitingRows: new Map() };
    const error = (fields: object) => void logged.push((fields as { error: Error }).error.message);
    notifyWaiters(sealed, waits as unknown as Parameters<typeof notifyWaiters>[1], {
      debug() {},
      info() {},
      warn() {},
      error,
    });
    expect(heard).to.deep.equal(['second submission', 'second callback', 'row watch', 'feed']);
    expect(logged).to.deep.equal(['a submission', 'a callback', 'a follower']);
  });
});
