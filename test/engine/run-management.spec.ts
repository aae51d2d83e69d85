import { expect } from 'chai';
import { heartbeatMs } from '../../src/engines/sql/core/pace.js';
import { OrchestrationNotFoundError } from '../../src/errors/index.js';
import { defineActivity, defineOrchestration } from '../../src/functions/define.js';
import type { RunRecord } from '../../src/engines/sql/model/run-record.js';
import type { Access } from './fault-store.js';
import { counter, id, list } from './programs.js';
import { deferred, failure, World, type Process } from './world.js';

function record(world: World, instanceId: string): RunRecord {
  return JSON.parse(world.row(instanceId)?.state as string) as RunRecord;
}

const collector = defineOrchestration('Collector', async (context) => {
  const seen: string[] = [];
  while (!seen.includes('end')) seen.push(await context.waitForExternalEvent<string>('item'));
  return seen;
});

describe('suspended runs', () => {
  it('a suspended orchestration receives its timers, results and events after the resume, in their order', async () => {
    let gate = deferred();
    const act = defineActivity('Act', () => gate.promise.then(() => 'result'));
    const waiter = defineOrchestration('Waiter', async (context) => {
      const order: string[] = [];
      const note = (text: string) => order.push(text);
      await Promise.all([
        context.createTimer(1_000).then(() => note('timer 1')),
        context.createTimer(3_000).then(() => note('timer 3')),
        context.callActivity<string>('Act').then(note),
        context.waitForExternalEvent<string>('e').then(note),
      ]);
      return order;
    });
    for (const crash of [false, true]) {
      gate = deferred();
      const world = new World([waiter, act]);
      const first = await world.start();
      let { client } = first;
      await world.until(client.startNew(waiter, { instanceId: 'w' }));
      await world.until(client.run(waiter, 'w').suspend('wait'));
      await world.pass(1_500);
      await world.until(client.run(waiter, 'w').raiseEvent('e', 'event'));
      gate.resolve();
      await world.pass(2_500);
      expect(record(world, 'w').status).to.equal('suspended');
      if (crash) {
        first.crash();
        const next = await world.start();
        client = next.client;
      }
      await world.until(client.run(waiter, 'w').resume());
      const order = await world.until(client.run(waiter, 'w').result());
      expect(order).to.deep.equal(['timer 1', 'event', 'result', 'timer 3']);
      expect(world.database.inbox.size).to.equal(0);
    }
  });

  it('a suspended orchestration acknowledges an event when its row is durable, and loses none in a crash', async () => {
    const world = new World([collector]);
    let now = await world.start();
    await world.until(now.client.startNew(collector, { instanceId: 'c' }));
    await world.until(now.client.run(collector, 'c').suspend());
    for (const item of ['a', 'b', 'c']) {
      await world.until(now.client.run(collector, 'c').raiseEvent('item', item));
      now.crash();
      now = await world.start();
    }
    await world.until(now.client.run(collector, 'c').resume());
    await world.until(now.client.run(collector, 'c').raiseEvent('item', 'end'));
    expect(await world.until(now.client.run(collector, 'c').result())).to.deep.equal(['a', 'b', 'c', 'end']);
  });

  it('a suspend acts before events that wait already', async () => {
    const world = new World([collector]);
    const { client } = await world.start();
    const run = await world.until(client.startNew(collector, { instanceId: 'c' }));
    const events = ['a', 'b', 'c'].map((item) => run.raiseEvent('item', item));
    await world.until(Promise.all([...events, run.suspend(), run.raiseEvent('item', 'end')]));
    expect(record(world, 'c').status).to.equal('suspended');
    await world.until(run.resume());
    expect(await world.until(run.result())).to.deep.equal(['a', 'b', 'c', 'end']);
  });

  it('a failure that replay finds while an orchestration is suspended counts after the resume', async () => {
    const world = new World([collector]);
    const first = await world.start();
    await world.until(first.client.startNew(collector, { instanceId: 'c' }));
    await world.until(first.client.run(collector, 'c').suspend());
    first.crash();
    world.definitions = [
      defineOrchestration('Collector', async (context) => {
        await context.createTimer(1);
        return [];
      }),
    ];
    const second = await world.start();
    const run = second.client.run('Collector', 'c');
    await world.until(run.raiseEvent('item', 'x'));
    await world.pass(1_000);
    expect(record(world, 'c').status).to.equal('suspended');
    await world.until(run.resume());
    expect(String(await world.until(failure(run.result())))).to.include('not deterministic');
    // Rewound under the code that fits again, it is where it was.
    second.crash();
    world.definitions = [collector];
    const third = await world.start();
    const rewound = third.client.run('Collector', 'c');
    await world.until(rewound.rewind());
    await world.until(rewound.raiseEvent('item', 'end'));
    expect(await world.until(rewound.result())).to.deep.equal(['end']);
  });
});

describe('waiting for a status', () => {
  it('a wait for a status reads the database once and then follows commits', async () => {
    const world = new World([collector]);
    const now = await world.start();
    const run = await world.until(now.client.startNew(collector, { instanceId: 'c' }));
    await world.quiet();
    const reads = now.store.accesses.filter((access) => access === 'loadInstances').length;
    const ended = run.waitForStatus(({ runtimeStatus }) => runtimeStatus === 'completed');
    const suspended = run.waitForStatus(({ runtimeStatus }) => runtimeStatus === 'suspended');
    await world.pass(600_000);
    await world.until(run.suspend('why'));
    expect((await suspended).reason).to.equal('why');
    await world.until(run.resume());
    await world.until(run.raiseEvent('item', 'end'));
    expect((await world.until(ended)).output).to.deep.equal(['end']);
    expect(now.store.accesses.filter((access) => access === 'loadInstances').length - reads).to.equal(2);
  });

  it('a wait for a status survives a reset of the worker, and sees a batch whose answer was lost', async () => {
    const world = new World([collector]);
    const now = await world.start();
    const run = await world.until(now.client.startNew(collector, { instanceId: 'c' }));
    const ended = run.waitForStatus(({ runtimeStatus }) => runtimeStatus === 'completed');
    await world.quiet();
    let lost = 0;
    now.store.plan = (access) => (access === 'commit' && lost++ === 0 ? 'unknown-applied' : undefined);
    await world.until(run.raiseEvent('item', 'end'));
    expect((await world.until(ended)).output).to.deep.equal(['end']);
  });
});

describe('rewound runs', () => {
  const programs = (broken: Set<string>, calls: string[]) => {
    const act = defineActivity('Act', async (_, name: string) => {
      calls.push(name);
      if (broken.has(name)) throw new Error(`${name} is broken`);
      return `${name}!`;
    });
    const child = defineOrchestration('Child', async (context) => {
      context.signalEntity(id('List', 'l'), 'append', 'child');
      return context.callActivity('Act', 'in child');
    });
    const saga = defineOrchestration('Saga', async (context) => {
      const guid = context.newGuid();
      context.signalEntity(id('List', 'l'), 'append', 'first');
      context.signalEntity(id('List', 'guids'), 'append', guid);
      {
        using _section = await context.lock(id('Counter', 'a'), id('Counter', 'b'));
        await context.callEntity(id('Counter', 'a'), 'add', 5);
        await context.callEntity(id('Counter', 'b'), 'add', -5);
      }
      const word = await context.waitForExternalEvent<string>('word');
      await context.createTimer(1_000);
      const parallel = await Promise.all([
        context.callActivity('Act', 'x'),
        context.callSubOrchestration('Child'),
        context.callEntity(id('Counter', 'a'), 'add', 1),
        context.callActivity('Act', 'y'),
      ]);
      context.signalEntity(id('List', 'l'), 'append', 'last');
      return { same: guid === context.newGuid(), word, parallel };
    });
    return [act, child, saga, counter, list];
  };

  const outcome = {
    same: false,
    word: 'w',
    parallel: ['x!', 'in child!', 6, 'y!'],
  };

  for (const fault of ['crash-before', 'crash-after', 'unknown-applied', 'unknown-lost'] as const) {
    it(`a rewound orchestration does each successful action once, with one fault at any commit of the second execution: ${fault}`, async () => {
      for (let at = 0, done = false; !done; at++) {
        const broken = new Set(['y', 'in child']);
        const calls: string[] = [];
        const world = new World(programs(broken, calls), { options: { evictAfterEachTurn: at % 2 === 1 } });
        let now: Process = await world.start();
        const run = await world.until(now.client.startNew('Saga', { instanceId: 's' }));
        await world.until(run.raiseEvent('word', 'w'));
        await world.until(failure(run.result()));
        await world.pass(5_000);
        broken.clear();
        let commits = 0;
        done = true;
        now.store.plan = (access) => {
          if (access !== 'commit' || commits++ !== at) return undefined;
          done = false;
          return fault;
        };
        await Promise.race([world.until(run.rewind('again')).catch(() => {}), now.died]);
        if (fault.startsWith('crash')) {
          await Promise.race([world.until(run.result()).catch(() => {}), now.died]);
          now.crash();
          now = await world.start();
        }
        // The command may be durable although nobody was told.
        await world.quiet();
        const later = now.client.run('Saga', 's');
        if ((await world.until(later.status()))?.runtimeStatus === 'failed') await world.until(later.rewind());
        expect(await world.until(later.result()), `fault at commit ${at}`).to.deep.equal(outcome);
        await world.quiet();
        expect(world.state('Counter', 'a')).to.equal(6);
        expect(world.state('Counter', 'b')).to.equal(-5);
        expect(world.state('List', 'l')).to.deep.equal(['first', 'child', 'last']);
        expect(world.state('List', 'guids'), 'ids come out the same').to.have.length(1);
        expect(calls.filter((name) => name === 'x')).to.have.length(1);
        expect(world.database.inbox.size, world.dump()).to.equal(0);
        expect([...world.database.history.keys()].length, 'histories').to.equal(2);
      }
    });
  }

  it('a rewind reads the history again after a failed read', async () => {
    const calls: string[] = [];
    const broken = new Set(['y', 'in child']);
    const world = new World(programs(broken, calls));
    const now = await world.start();
    const run = await world.until(now.client.startNew('Saga', { instanceId: 's' }));
    await world.until(run.raiseEvent('word', 'w'));
    await world.until(failure(run.result()));
    await world.pass(5_000);
    broken.clear();
    let reads = 0;
    now.store.plan = (access) => (access === 'loadHistory' && reads++ < 3 ? 'fail' : undefined);
    await world.until(run.rewind());
    expect(await world.until(run.result())).to.deep.equal(outcome);
    expect(reads).to.be.at.least(4);
    await world.quiet();
    expect(world.state('List', 'l')).to.deep.equal(['first', 'child', 'last']);
  });

  it('a rewound orchestration follows its mended code', async () => {
    const old = defineOrchestration('Mended', async (context) => {
      await context.callEntity(id('Counter', 'm'), 'add', 1);
      throw new Error('a mistake in the code');
    });
    const world = new World([old, counter]);
    const first = await world.start();
    const run = await world.until(first.client.startNew(old, { instanceId: 'm' }));
    await world.until(failure(run.result()));
    first.crash();
    world.definitions = [
      counter,
      defineOrchestration('Mended', async (context) => {
        await context.callEntity(id('Counter', 'm'), 'add', 1);
        return context.callEntity(id('Counter', 'm'), 'get');
      }),
    ];
    const second = await world.start();
    const later = second.client.run('Mended', 'm');
    await world.until(later.rewind());
    expect(await world.until(later.result())).to.equal(1);
  });

  it('a rewound orchestration fails again, and never takes its lock for held, if mended code acts differently in a section that has ended', async () => {
    const make = (extra: boolean) =>
      defineOrchestration('Sectioned', async (context) => {
        {
          using _section = await context.lock(id('Counter', 'n'));
          await context.callEntity(id('Counter', 'n'), 'add', 1);
          if (extra) await context.callEntity(id('Counter', 'n'), 'add', 100);
        }
        throw new Error('after the section');
      });
    const world = new World([make(false), counter]);
    const first = await world.start();
    await world.until(failure((await world.until(first.client.startNew('Sectioned', { instanceId: 'n' }))).result()));
    first.crash();
    world.definitions = [make(true), counter];
    const second = await world.start();
    const later = second.client.run('Sectioned', 'n');
    await world.until(later.rewind());
    const error = await world.until(failure(later.result()));
    expect(error.cause).to.have.property('code', 'DE_REWIND_NOT_POSSIBLE');
    await world.quiet();
    expect(world.state('Counter', 'n')).to.equal(1);
  });

  it('a caller that waits gets the failure of an orchestration that fails and is rewound in one batch', async () => {
    const broken = new Set(['only']);
    const act = defineActivity('Act', async (_, name: string) => {
      if (broken.has(name)) throw new Error(`${name} is broken`);
      return name;
    });
    const only = defineOrchestration('Only', (context) => context.callActivity('Act', 'only'));
    const world = new World([act, only]);
    const { client } = await world.start();
    const run = await world.until(client.startNew(only, { instanceId: 'o' }));
    const first = failure(run.result());
    await world.until(first);
    const terminated = failure(run.result());
    await world.until(terminated);
    broken.clear();
    const [, result] = await world.until(Promise.all([run.rewind(), run.result().catch((error: unknown) => error)]));
    expect(result).to.satisfy((value: unknown) => value === 'only' || value instanceof Error);
    expect(await world.until(run.result())).to.equal('only');
  });
});

describe('a purge', () => {
  it('a purge that names an execution leaves an orchestration that was started again since', async () => {
    const world = new World([collector]);
    const { client, engine } = await world.start();
    const run = await world.until(client.startNew(collector, { instanceId: 'c' }));
    await world.until(run.terminate());
    const { execution } = record(world, 'c');
    await world.until(run.restart());
    await world.until(run.terminate());
    const stale = { target: 'c', body: { kind: 'purge', execution } } as const;
    expect(await world.until(failure(engine.apply(stale)))).to.have.property('code', 'DE_INVALID_OPERATION');
    await world.until(engine.apply({ target: 'c', body: { kind: 'purge', execution: record(world, 'c').execution } }));
    expect(world.row('c')).to.equal(undefined);
    expect(world.database.history.size).to.equal(0);
  });
});

describe('queries', () => {
  it('a query shows rows that cannot be read, with an error, and continues behind them', async () => {
    const world = new World([collector, counter]);
    const now = await world.start();
    for (const key of ['a', 'b', 'c']) {
      await world.until(now.client.callEntity(id('Counter', key), 'add'));
      await world.until(now.client.startNew(collector, { instanceId: key }));
    }
    for (const instanceId of ['b', '@counter@b']) {
      const row = world.row(instanceId);
      if (row !== undefined) world.database.instances.set(instanceId, { ...row, state: '{"not": JSON', meta: '{' });
    }
    const runs: (string | undefined)[] = [];
    for await (const { instanceId, error } of now.client.queryRuns()) {
      runs.push(error === undefined ? instanceId : (error as { code?: string }).code);
    }
    expect(runs).to.deep.equal(['a', 'DE_STORAGE', 'c']);
    const entities: unknown[] = [];
    for await (const { entityState, error } of now.client.queryEntities({ includeState: true })) {
      entities.push(error?.code ?? entityState);
    }
    expect(entities).to.deep.equal([1, 'DE_STATE_DESERIALIZATION', 1]);
    await world.until(Promise.all(['a', 'c'].map((key) => now.client.run(collector, key).terminate())));
    expect(await world.until(now.client.purgeRuns())).to.equal(2);
  });
});

describe('restarted runs', () => {
  it('a restart in the batch of the end leaves nothing of the old execution', async () => {
    const world = new World([collector]);
    const now = await world.start();
    const run = await world.until(now.client.startNew(collector, { instanceId: 'c' }));
    const old = failure(run.result());
    await world.until(Promise.all([run.raiseEvent('item', 'x'), run.terminate('t'), run.restart(), old]));
    expect(record(world, 'c')).to.include({ status: 'running' });
    expect(record(world, 'c').reason).to.equal(undefined);
    now.crash();
    const { client } = await world.start();
    const later = client.run(collector, 'c');
    await world.until(later.raiseEvent('item', 'end'));
    const { at } = Array.prototype;
    expect(at.call(await world.until(later.result()), -1)).to.equal('end');
  });
});

describe('commands to runs that do not exist', () => {
  it('are answered without a wait for the next heartbeat, also when the run was evicted while the inbox was read', async () => {
    const world = new World([collector], { options: { evictAfterEachTurn: true } });
    const { client, store } = await world.start();
    // The run is loaded before its message is committed, and evicted after that commit, while the inbox is read.
    const turns: Partial<Record<Access, number>> = { commit: 20, poll: 60 };
    store.latency = (access) => [1, turns[access] ?? 1];
    const beganMs = world.time.elapsedMs;
    for (let n = 0; n < 10; n++) {
      const refused = await world.until(failure(client.run(collector, `nowhere-${n}`).terminate()));
      expect(refused).to.be.instanceOf(OrchestrationNotFoundError);
    }
    expect(world.time.elapsedMs - beganMs).to.be.below(heartbeatMs(world.options.leaseMs));
  });
});
