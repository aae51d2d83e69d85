import { expect } from 'chai';
import { TimeoutError, type DurableError, type EntityOperationFailedError } from '../../src/errors/index.js';
import { defineActivity, defineEntity, defineOrchestration } from '../../src/functions/define.js';
import type { EntityContext } from '../../src/functions/entity-context.js';
import type { RetryPolicy } from '../../src/functions/call-options.js';
import { counter, id, list } from './programs.js';
import { ioTurn } from '../../src/testing/virtual-clock.js';
import { deferred, failure, World } from './world.js';

const thrice: RetryPolicy = { maxAttempts: 3, firstRetryInterval: '10s', backoffCoefficient: 2 };
const go = { maxAttempts: 3, firstRetryInterval: '10s' } as const;

describe('attempts of operations', () => {
  it('a failed attempt of an operation is rolled back whole, the last failure is the outcome, and nothing else runs between attempts', async () => {
    const starts: [string, number, number][] = [];
    const flaky = defineEntity('Flaky', { operations: { go: { retry: thrice } } }, async (context) => {
      starts.push([context.operationName, context.getState(() => 0), world.time.elapsedMs]);
      context.setState(context.getState(() => 0) + 1);
      context.signalEntity(id('List', 'l'), 'append', `attempt ${starts.length}`);
      if (starts.length % 2 === 0) await ioTurn();
      if (context.operationName === 'go') throw new Error(`attempt ${starts.length}`);
      return context.getState();
    });
    const world = new World([flaky, list]);
    const { client } = await world.start();
    const first = failure(client.callEntity(id('Flaky', 'f'), 'go'));
    const second = client.callEntity(id('Flaky', 'f'), 'other');
    const error = await world.until(first);
    expect((error.cause as Error).message).to.equal('attempt 3');
    expect(await world.until(second)).to.equal(1);
    await world.quiet();
    expect(starts.map(([name, state]) => [name, state])).to.deep.equal([
      ['go', 0],
      ['go', 0],
      ['go', 0],
      ['other', 0],
    ]);
    const times = starts.map(([, , atMs]) => atMs);
    expect([times[1]! - times[0]!, times[2]! - times[1]!]).to.deep.equal([10_000, 20_000]);
    expect(world.state('List', 'l')).to.deep.equal(['attempt 4']);
    expect(world.state('Flaky', 'f')).to.equal(1);
  });

  it('the first successful attempt of an operation ends its attempts and takes effect once, and a signal is reported only when all attempts failed', async () => {
    let attempts = 0;
    const flaky = defineEntity('Flaky', { operations: { Go: { retry: go }, never: { retry: go } } }, (context) => {
      context.setState(context.getState(() => 0) + 1);
      context.signalEntity(id('List', 'l'), 'append', 'x');
      if (context.operationName === 'never' || ++attempts < 3) throw new Error('no');
    });
    const world = new World([flaky, list]);
    const { client } = await world.start();
    await world.until(client.signalEntity(id('Flaky', 'f'), 'go'));
    await world.until(client.signalEntity(id('Flaky', 'f'), 'never'));
    await world.pass(60_000);
    expect(attempts).to.equal(3);
    expect(world.state('Flaky', 'f')).to.equal(1);
    expect(world.state('List', 'l')).to.deep.equal(['x']);
    expect(world.signalFailures.map(({ operation }) => operation)).to.deep.equal(['never']);
    expect(world.database.inbox.size).to.equal(0);
  });

  it('an operation is not repeated if its predicate refuses, or if no attempt can help', async () => {
    let attempts = 0;
    const retry: RetryPolicy = { ...go, shouldRetry: (error) => !error.is('Refused') };
    const throws: RetryPolicy = {
      ...go,
      shouldRetry: () => {
        throw new Error('a bad predicate');
      },
    };
    const flaky = defineEntity(
      'Flaky',
      { operations: { go: { retry }, throws: { retry: throws }, no: { retry: go } } },
      (context) => {
        attempts++;
        if (context.operationName === 'no') context.unknownOperation();
        throw Object.assign(new Error('no'), { name: 'Refused' });
      },
    );
    const world = new World([flaky]);
    const { client } = await world.start();
    for (const operation of ['go', 'throws', 'no']) {
      const error = await world.until(failure(client.callEntity(id('Flaky', 'f'), operation)), 1_000);
      expect((error as DurableError).code).to.match(/DE_OPERATION_FAILED|DE_UNKNOWN_OPERATION/);
    }
    expect(attempts).to.equal(3);
  });

  it('an attempt that exceeds its timeout gets an aborted signal, is rolled back and repeated, and its late effects do not count', async () => {
    const contexts: EntityContext[] = [];
    const reasons: unknown[] = [];
    const late = deferred();
    const lateErrors: unknown[] = [];
    const slow = defineEntity('Slow', { operations: { go: { timeout: '5s', retry: go } } }, async (context) => {
      contexts.push(context);
      const state = context.getState<{ n: number }>(() => ({ n: 0 }));
      state.n++;
      if (contexts.length >= 2) return state.n;
      context.signal.addEventListener('abort', () => {
        reasons.push(context.signal.reason);
      });
      await late.promise;
      state.n += 100;
      try {
        context.setState({ n: 1_000 });
      } catch (error) {
        lateErrors.push(error);
        throw error;
      }
      return state.n;
    });
    const world = new World([slow]);
    const { client } = await world.start();
    const call = client.callEntity(id('Slow', 's'), 'go');
    await world.pass(5_000);
    expect(reasons[0]).to.be.instanceOf(TimeoutError);
    expect(contexts).to.have.lengthOf(1);
    expect(await world.until(call)).to.equal(1);
    late.resolve();
    await world.quiet();
    expect((lateErrors[0] as DurableError).code).to.equal('DE_INVALID_OPERATION');
    expect(world.state('Slow', 's')).to.deep.equal({ n: 1 });
    expect(await world.until(client.callEntity(id('Slow', 's'), 'go')), 'of the live object nothing is left').to.equal(
      2,
    );
  });

  it('an operation whose last attempt exceeds its timeout fails with a TimeoutError as the cause', async () => {
    const slow = defineEntity('Slow', { operations: { go: { timeout: 50 } } }, async (context) => {
      context.setState(1);
      await new Promise(() => {});
    });
    const world = new World([slow]);
    const { client } = await world.start();
    const error = (await world.until(failure(client.callEntity(id('Slow', 's'), 'go')))) as EntityOperationFailedError;
    expect(error.code).to.equal('DE_OPERATION_FAILED');
    expect(error.cause).to.be.instanceOf(TimeoutError);
    expect((error.cause as TimeoutError).timeoutMs).to.equal(50);
    expect(world.row('@slow@s')).to.equal(undefined);
    expect(world.database.inbox.size).to.equal(0);
  });

  it('an operation between two attempts takes no place of concurrent external operations', async () => {
    const flaky = defineEntity('Flaky', { operations: { go: { retry: go } } }, async (context) => {
      await ioTurn();
      if (context.operationName === 'go') throw new Error('no');
      return 'done';
    });
    const world = new World([flaky], { options: { maxConcurrentExternal: 1 } });
    const { client } = await world.start();
    const failing = failure(client.callEntity(id('Flaky', 'f'), 'go'));
    await world.pass(1_000);
    expect(await world.until(client.callEntity(id('Flaky', 'other'), 'ok'), 1_000)).to.equal('done');
    expect((await client.entityStatus(id('Flaky', 'f')))?.currentOperation).to.equal('go');
    await world.until(failing);
  });

  it('a repeated attempt waits for a free place like a first attempt', async () => {
    const gate = deferred();
    let attempts = 0;
    const flaky = defineEntity('Flaky', { operations: { go: { retry: go } } }, async (context) => {
      if (context.operationName === 'hold') return gate.promise;
      if (++attempts === 1) throw new Error('no');
      return attempts;
    });
    const world = new World([flaky], { options: { maxConcurrentExternal: 1 } });
    const { client } = await world.start();
    const call = client.callEntity(id('Flaky', 'f'), 'go');
    await world.pass(1_000);
    const holding = client.callEntity(id('Flaky', 'h'), 'hold');
    await world.pass(30_000);
    expect(attempts).to.equal(1);
    gate.resolve();
    await world.until(holding);
    expect(await world.until(call, 1_000)).to.equal(2);
  });

  it('an attempt starts only while the last successful commit began less than two thirds of a lease ago', async () => {
    let attempts = 0;
    const flaky = defineEntity('Flaky', { operations: { go: { retry: { ...go, firstRetryInterval: '12s' } } } }, () => {
      if (++attempts === 1) throw new Error('no');
    });
    const world = new World([flaky]);
    const { client, store } = await world.start();
    const call = client.callEntity(id('Flaky', 'f'), 'go');
    await world.quiet();
    expect(attempts).to.equal(1);
    // Heartbeats are not answered: at 12 s the last good commit is 12 s old.
    const gate = deferred();
    store.holdAnswer.set('commit', gate.promise);
    await world.pass(12_500);
    expect(attempts).to.equal(1);
    store.holdAnswer.clear();
    gate.resolve();
    await world.until(call, 10_000);
    expect(attempts).to.equal(2);
  });

  it('attempts end at a stop without an outcome, and the next host starts again from the first attempt', async () => {
    const attempts: number[] = [];
    let process = 0;
    const flaky = defineEntity(
      'Flaky',
      { operations: { go: { retry: { ...go, firstRetryInterval: '1 hour' } } } },
      () => {
        attempts.push(process);
        throw new Error('no');
      },
    );
    const world = new World([flaky]);
    const first = await world.start();
    await world.until(first.client.signalEntity(id('Flaky', 'f'), 'go'));
    await world.quiet();
    const beforeMs = world.time.elapsedMs;
    await world.until(first.engine.stop(), 60_000);
    await first.store.close();
    expect(world.time.elapsedMs - beforeMs, 'a wait keeps no host from stopping').to.be.lessThan(1_500);
    expect(world.time.nextTimerMs, 'no timer is left').to.equal(undefined);
    expect(world.database.inbox.size).to.equal(1);
    expect(world.signalFailures).to.deep.equal([]);
    process = 1;
    await world.start();
    await world.pass(3 * 3_600_000);
    expect(attempts).to.deep.equal([0, 1, 1, 1]);
    expect(world.signalFailures).to.have.lengthOf(1);
  });

  it('a failure during a stop is not an outcome if another attempt would follow', async () => {
    let attempts = 0;
    const gate = deferred();
    const flaky = defineEntity('Flaky', { operations: { go: { retry: go } } }, async () => {
      if (++attempts > 1) return;
      await gate.promise;
      throw new Error('no');
    });
    const world = new World([flaky]);
    const first = await world.start();
    await world.until(first.client.signalEntity(id('Flaky', 'f'), 'go'));
    await world.quiet();
    const stopped = first.engine.stop();
    await world.quiet();
    gate.resolve();
    await world.until(stopped, 60_000);
    expect(world.signalFailures).to.deep.equal([]);
    await world.start();
    await world.quiet();
    expect(attempts).to.equal(2);
    expect(world.database.inbox.size).to.equal(0);
  });

  for (const fault of ['fenced', 'unknown-applied', 'unknown-lost'] as const) {
    it(`attempts start again from the first after a reset between two attempts (${fault})`, async () => {
      let attempts = 0;
      const flaky = defineEntity('Flaky', { operations: { go: { retry: go } } }, (context) => {
        context.setState(context.getState(() => 0) + 1);
        if (++attempts < 4) throw new Error('no');
      });
      const world = new World([flaky, counter]);
      const { client, store } = await world.start();
      const call = client.callEntity(id('Flaky', 'f'), 'go');
      await world.pass(15_000);
      expect(attempts).to.equal(2);
      let faults = 0;
      store.plan = (access) => (access === 'commit' && faults++ === 0 ? fault : undefined);
      await world.until(client.callEntity(id('Counter', 'c'), 'add'), 20_000);
      await world.until(call, 60_000);
      expect(attempts, 'two of the first life, two of the second').to.equal(4);
      expect(world.state('Flaky', 'f')).to.equal(1);
    });
  }

  it('cautious work commits each attempt before it begins, and other messages run between two attempts', async () => {
    const committedAtStart: number[] = [];
    const flaky = defineEntity('Flaky', { operations: { go: { retry: go } } }, () => {
      const row = [...world.database.inbox.values()].find(({ target }) => target === '@flaky@f');
      committedAtStart.push(row?.attempts ?? -1);
      if (committedAtStart.length < 3) throw new Error('no');
    });
    const world = new World([flaky, counter]);
    (await world.start()).die();
    for (const partition of world.database.partitions) partition.crashes = 5;
    const { client } = await world.start();
    const call = client.callEntity(id('Flaky', 'f'), 'go');
    await world.pass(1_000);
    expect([...world.database.inbox.values()].map(({ attempts }) => attempts)).to.deep.equal([0]);
    expect(await world.until(client.callEntity(id('Counter', 'n'), 'add'), 1_000)).to.equal(1);
    await world.until(call, 60_000);
    expect(committedAtStart).to.deep.equal([1, 1, 1]);
    expect(world.database.inbox.size).to.equal(0);
  });

  it('the signal of an attempt is not aborted after the attempt has ended', async () => {
    const aborted: unknown[] = [];
    const quick = defineEntity('Quick', { operations: { go: { timeout: '1s' } } }, async (context) => {
      const { signal } = context;
      signal.addEventListener('abort', () => aborted.push(signal.reason));
      await ioTurn();
    });
    const world = new World([quick]);
    const { client, engine } = await world.start();
    for (let i = 0; i < 20; i++) await world.until(client.callEntity(id('Quick', 'q'), 'go'));
    await world.until(engine.stop());
    expect(aborted).to.deep.equal([]);
  });
});

describe('attempts of calls from orchestrations', () => {
  const flakyCalls = () => {
    let calls = 0;
    return defineEntity('Flaky', { effects: 'none' }, (context) => {
      if (context.operationName === 'count') return calls;
      if (++calls < 3) throw new Error(`call ${calls}`);
      return calls;
    });
  };

  it('a call of an orchestration repeats a failed operation after durable timers, the same in replay', async () => {
    const runs = defineOrchestration('Runs', async (context) => {
      const begunMs = context.currentTime.getTime();
      const calls = await context.callEntity<number>(id('Flaky', 'f'), 'go', undefined, { retry: go });
      const tookMs = context.currentTime.getTime() - begunMs;
      await context.waitForExternalEvent('end');
      return { calls, tookMs };
    });
    const world = new World([flakyCalls(), runs], { options: { evictAfterEachTurn: true } });
    const first = await world.start();
    await world.until(first.client.startNew(runs, { instanceId: 'r' }));
    await world.pass(5_000);
    first.crash();
    const second = await world.start();
    await world.pass(30_000);
    const run = second.client.run(runs, 'r');
    await world.until(run.raiseEvent('end'));
    const result = await world.until(run.result());
    expect(result.calls).to.equal(3);
    expect(result.tookMs).to.be.within(20_000, 21_000);
  });

  it('a call of an orchestration stops to wait at its timeout, and a late answer does not count', async () => {
    const gate = deferred();
    const slow = defineEntity('Slow', async (context) => {
      await gate.promise;
      context.setState(context.getState(() => 0) + 1);
    });
    const runs = defineOrchestration('Runs', async (context) => {
      const seen = await context
        .callEntity(id('Slow', 's'), 'go', undefined, { timeout: '30s' })
        .catch((error: DurableError) => error.code);
      await context.waitForExternalEvent('end');
      return seen;
    });
    const world = new World([slow, runs], { options: { evictAfterEachTurn: true } });
    const { client } = await world.start();
    const run = await world.until(client.startNew(runs));
    await world.pass(31_000);
    gate.resolve();
    await world.quiet();
    expect(world.state('Slow', 's')).to.equal(1);
    await world.until(run.raiseEvent('end'));
    expect(await world.until(run.result())).to.equal('DE_TIMEOUT');
    expect(world.database.inbox.size, 'neither a timer nor an answer is left').to.equal(0);
  });

  it('a call whose answer comes in time leaves no timer behind', async () => {
    const runs = defineOrchestration('Runs', async (context) => {
      const n = await context.callEntity(id('Counter', 'c'), 'add', 5, { timeout: '30s', retry: go });
      await context.waitForExternalEvent('end');
      return n;
    });
    const world = new World([counter, runs]);
    const { client } = await world.start();
    const run = await world.until(client.startNew(runs));
    await world.quiet();
    expect(world.database.inbox.size).to.equal(0);
    await world.until(run.raiseEvent('end'));
    expect(await world.until(run.result())).to.equal(5);
  });

  it('a call to a locked entity that exceeds its timeout is neither repeated nor followed by a second call', async () => {
    const gate = deferred();
    const running = { now: 0, most: 0, calls: 0 };
    const slow = defineEntity('Slow', async () => {
      running.calls++;
      running.most = Math.max(running.most, ++running.now);
      await gate.promise;
      running.now--;
    });
    const runs = defineOrchestration('Runs', async (context) => {
      const section = await context.lock(id('Slow', 's'));
      const code = (error: DurableError) => error.code;
      const seen: unknown[] = [];
      seen.push(
        await context.callEntity(id('Slow', 's'), 'go', undefined, { timeout: '5s', retry: go }).catch(code),
        await context.callEntity(id('Slow', 's'), 'go').catch(code),
      );
      await context.waitForExternalEvent('opened');
      seen.push(await context.callEntity(id('Slow', 's'), 'go').catch(code));
      section.release();
      return seen;
    });
    const world = new World([slow, runs], { options: { evictAfterEachTurn: true } });
    const { client } = await world.start();
    const run = await world.until(client.startNew(runs));
    await world.pass(20_000);
    expect(running.calls).to.equal(1);
    gate.resolve();
    await world.quiet();
    await world.until(run.raiseEvent('opened'));
    expect(await world.until(run.result())).to.deep.equal(['DE_TIMEOUT', 'DE_CALL_PENDING', undefined]);
    expect(running).to.deep.equal({ now: 0, most: 1, calls: 2 });
  });

  it('a call inside a critical section is repeated under the same lock', async () => {
    const runs = defineOrchestration('Runs', async (context) => {
      using _section = await context.lock(id('Flaky', 'f'));
      return context.callEntity<number>(id('Flaky', 'f'), 'go', undefined, { retry: go });
    });
    const world = new World([flakyCalls(), runs]);
    const { client } = await world.start();
    const run = await world.until(client.startNew(runs));
    expect(await world.until(run.result())).to.equal(3);
  });

  it('an activity that exceeds its timeout gets an aborted signal, and no crash starts it again', async () => {
    let starts = 0;
    const reasons: string[] = [];
    const hangs = defineActivity('Hangs', async (context) => {
      starts++;
      context.signal.addEventListener('abort', () => reasons.push((context.signal.reason as Error).message));
      await new Promise(() => {});
    });
    const runs = defineOrchestration('Runs', async (context) => {
      const error = await context
        .callActivity(hangs, undefined, { timeout: '5s', retry: { maxAttempts: 2, firstRetryInterval: '1s' } })
        .catch((thrown: DurableError) => thrown);
      await context.waitForExternalEvent('end');
      return [(error as DurableError).code, (error as DurableError).is('TimeoutError')];
    });
    const world = new World([hangs, runs]);
    const first = await world.start();
    const { instanceId } = await world.until(first.client.startNew(runs));
    await world.pass(12_000);
    expect(starts).to.equal(2);
    expect(reasons).to.deep.equal(['Its time limit has passed.', 'Its time limit has passed.']);
    expect(world.database.inbox.size).to.equal(0);
    first.crash();
    const second = await world.start();
    const run = second.client.run(runs, instanceId);
    await world.until(run.raiseEvent('end'));
    expect(await world.until(run.result())).to.deep.equal(['DE_ACTIVITY_FAILED', true]);
    expect(starts).to.equal(2);
  });

  it('a cancelled activity that never ends takes no place and does not delay the stop of its host', async () => {
    let hangs = true;
    const act = defineActivity('Act', async () => (hangs ? new Promise<never>(() => {}) : 'done'));
    const runs = defineOrchestration('Runs', async (context) =>
      context.callActivity<string>('Act', undefined, { timeout: '5s' }).catch(() => 'timed out'),
    );
    const world = new World([act, runs], { options: { maxConcurrentActivities: 1 } });
    const { client, engine } = await world.start();
    const first = await world.until(client.startNew(runs));
    expect(await world.until(first.result())).to.equal('timed out');
    hangs = false;
    const second = await world.until(client.startNew(runs));
    expect(await world.until(second.result(), 4_000)).to.equal('done');
    hangs = true;
    await world.until((await world.until(client.startNew(runs))).result());
    const beforeMs = world.time.elapsedMs;
    await world.until(engine.stop());
    expect(world.time.elapsedMs - beforeMs).to.be.lessThan(1_500);
  });

  it('a timeout ends the wait for a sub-orchestration, which continues', async () => {
    const child = defineOrchestration('Child', async (context) => {
      await context.waitForExternalEvent('go');
      context.signalEntity(id('List', 'l'), 'append', 'child');
    });
    const runs = defineOrchestration('Runs', async (context) =>
      context
        .callSubOrchestration(child, undefined, { instanceId: 'child', timeout: '5s', retry: go })
        .catch((error: DurableError) => error.code),
    );
    const world = new World([child, runs, list]);
    const { client } = await world.start();
    const run = await world.until(client.startNew(runs));
    expect(await world.until(run.result())).to.equal('DE_TIMEOUT');
    await world.until(client.run(child, 'child').raiseEvent('go'));
    await world.quiet();
    expect(world.state('List', 'l')).to.deep.equal(['child']);
  });

  it('a rewind repeats calls that exceeded their timeouts, each with its whole timeout', async () => {
    let hangs = true;
    const act = defineActivity('Act', async () => {
      await ioTurn();
      if (hangs) await new Promise(() => {});
      return 'done';
    });
    const runs = defineOrchestration('Runs', async (context) =>
      context.callActivity(act, undefined, { timeout: '5s' }),
    );
    const world = new World([act, runs]);
    const { client } = await world.start();
    const run = await world.until(client.startNew(runs));
    expect((await world.until(failure(run.result()))).message).to.contain('Timed out');
    hangs = false;
    await world.pass(60_000);
    await world.until(run.rewind());
    expect(await world.until(run.result())).to.equal('done');
  });
});

describe('attempts of calls from clients', () => {
  it('a client repeats a message without an answer, and the message takes effect once', async () => {
    const gate = deferred();
    const slow = defineEntity('Slow', async (context) => {
      context.setState(context.getState(() => 0) + 1);
      await gate.promise;
      return context.getState();
    });
    const world = new World([slow]);
    const { client } = await world.start();
    const call = client.callEntity(id('Slow', 's'), 'go', 7, { timeout: '5s', retry: { maxAttempts: 9 } });
    await world.pass(20_000);
    gate.resolve();
    expect(await world.until(call)).to.equal(1);
    expect(world.state('Slow', 's')).to.equal(1);
  });

  it('a client sends a new message after a failed operation, under ids that a repeated call finds again', async () => {
    let calls = 0;
    const flaky = defineEntity('Flaky', { effects: 'none' }, (context) => {
      if (++calls < 3) throw new Error('no');
      context.setState(calls);
      return calls;
    });
    const world = new World([flaky]);
    const { client } = await world.start();
    const options = { requestId: 'mine', retry: go };
    expect(await world.until(client.callEntity(id('Flaky', 'f'), 'go', 1, options))).to.equal(3);
    expect(await world.until(client.callEntity(id('Flaky', 'f'), 'go', 1, options))).to.equal(3);
    expect(calls).to.equal(3);
    expect([...world.database.receipts.values()].map(({ requestId }) => requestId).sort()).to.deep.equal([
      'mine',
      'mine#2',
      'mine#3',
    ]);
  });

  it('the attempts of a client end with the last failure, at a refusal of the predicate, or at once if no attempt can help or the host has stopped', async () => {
    let calls = 0;
    const flaky = defineEntity('Flaky', { effects: 'none' }, (context) => {
      calls++;
      if (context.operationName === 'unknown') context.unknownOperation();
      throw Object.assign(new Error(`call ${calls}`), { name: 'Refused' });
    });
    const world = new World([flaky]);
    const { client, engine } = await world.start();
    const call = (operation: string, retry: RetryPolicy) =>
      failure(client.callEntity(id('Flaky', 'f'), operation, undefined, { retry }));
    expect(((await world.until(call('go', go))).cause as Error).message).to.equal('call 3');
    await world.until(call('go', { ...go, shouldRetry: (error) => !error.is('Refused') }), 1_000);
    await world.until(call('unknown', go), 1_000);
    expect(calls).to.equal(5);
    const waiting = call('go', { maxAttempts: 2, firstRetryInterval: '1 day' });
    await world.quiet();
    await world.until(engine.stop());
    expect(((await world.until(waiting, 1_000)) as DurableError).code).to.equal('DE_HOST_STOPPED');
    expect(world.time.nextTimerMs, 'no timer is left').to.equal(undefined);
  });

  it('a client refuses a request id that is too long with the number of an attempt', async () => {
    const world = new World([counter]);
    const { client } = await world.start();
    const requestId = 'x'.repeat(511);
    const call = client.callEntity(id('Counter', 'c'), 'add', 1, { requestId, retry: go });
    expect(((await world.until(failure(call))) as DurableError).code).to.equal('DE_INVALID_ARGUMENT');
    expect(world.row('@counter@c')).to.equal(undefined);
  });
});
