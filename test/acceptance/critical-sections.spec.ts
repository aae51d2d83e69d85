import { expect } from 'chai';
import {
  defineActivity,
  defineEntity,
  defineOrchestration,
  Entity,
  EntityId,
  LockingRulesViolationError,
  Operation,
  OrchestrationFailedError,
  OrchestrationTerminatedError,
  type OrchestrationContext,
} from '../../src/index.js';
import { EntityConstructionError, InvalidArgumentError } from '../../src/errors/index.js';
import { amount } from '../amount.js';
import { acceptance, allSettings, twoSettings } from './variants.js';
import { eventually, fresh, refusal } from './world.js';

interface Transfer {
  readonly from: string;
  readonly to: string;
  readonly amount: number;
}

const account = defineEntity('Account', { effects: 'none' }, (context) => {
  const balance = context.getState(() => 0);
  switch (context.operationName) {
    case 'add':
      context.setState(balance + context.getInput<number>());
      return undefined;
    case 'note':
      context.setState(balance * 10 + context.getInput<number>());
      return undefined;
    case 'fail':
      throw new RangeError('no');
    default:
      return balance;
  }
});
const id = (key: string) => new EntityId('Account', key);

@Entity({ effects: 'none' })
class Unbuildable {
  value = 0;
  constructor() {
    throw new RangeError('cannot be built');
  }
  @Operation() get(): number {
    return this.value;
  }
}

const idle = defineActivity('Idle', async (_context, value: unknown) => value);
const child = defineOrchestration('Child', async () => 'child');

const transfer = defineOrchestration('Transfer', async (context, { from, to, amount }: Transfer) => {
  using _section = await context.lock(id(from), id(to));
  if ((await context.callEntity<number>(id(from), 'get')) < amount) return false;
  await Promise.all([context.callEntity(id(from), 'add', -amount), context.callEntity(id(to), 'add', amount)]);
  return true;
});

/** Holds the lock until the event `go`, then notes 2 and releases. */
const holder = defineOrchestration('Holder', async (context, key: string) => {
  using _section = await context.lock(id(key));
  await context.callEntity(id(key), 'note', 1);
  context.setCustomStatus('holding');
  await context.waitForExternalEvent('go');
  await context.callEntity(id(key), 'note', 2);
  return 'released';
});

const code = (error: unknown): string => (error as LockingRulesViolationError).code;

acceptance('critical-sections', allSettings, (world) => {
  let key: string;
  beforeEach(() => {
    key = fresh('key');
  });
  const holding = async (instanceId = fresh('holder')) => {
    const run = await world().client.startNew(holder, { input: key, instanceId });
    await eventually(async () => ((await run.status())?.customStatus === 'holding' ? true : undefined), 'the lock');
    return run;
  };
  /** Proves that nobody holds the lock any more. */
  const expectFree = async (...keys: string[]) => {
    const probe = await world().client.startNew(probing, { input: keys });
    expect(await probe.result({ timeout: '2 minutes' })).to.equal('got it');
  };
  const probing = defineOrchestration('Probing', async (context, keys: string[]) => {
    using _section = await context.lock(...keys.map(id));
    return 'got it';
  });
  const asking = defineOrchestration('Asks', async (context, keys: string[]) => {
    const asked = context.lock(...keys.map(id));
    context.setCustomStatus('asking');
    await asked;
  });
  const all = [account, holder, transfer, probing, idle, child, asking];

  it('S142 S145 S146 S148 a locked entity runs no operation of another client, entity or orchestration; afterwards those run in order', async () => {
    const relay = defineEntity('Relay', { effects: 'none' }, (context) => context.signalEntity(id(key), 'note', 5));
    const outsider = defineOrchestration('Outsider', async (context) => context.callEntity(id(key), 'note', 6));
    const client = await world().start([...all, relay, outsider]);
    const run = await holding();
    await client.signalEntity(id(key), 'note', 3);
    const called = client.callEntity(id(key), 'note', 4);
    await client.callEntity(new EntityId('Relay', ''), 'go');
    const other = await client.startNew(outsider);
    expect((await client.readEntityState(id(key))).entityState, 'reading is not held up').to.equal(1);
    await run.raiseEvent('go');
    await Promise.all([run.result(), called, other.result()]);
    const digits = String(await client.callEntity(id(key), 'get'));
    expect(digits.slice(0, 4)).to.equal('1234');
    expect(digits.split('').sort().join('')).to.equal('123456');
  });

  it('S147 lock requests queue first come, first served', async () => {
    const client = await world().start(all);
    const run = await holding();
    const second = await client.startNew(holder, { input: key });
    await eventually(
      async () => ((await second.status())?.runtimeStatus === 'running' ? true : undefined),
      'the start',
    );
    const third = await client.startNew(holder, { input: key });
    for (const each of [run, second, third]) await each.raiseEvent('go');
    await Promise.all([run.result(), second.result(), third.result()]);
    expect(await client.callEntity(id(key), 'get')).to.equal(121212);
  });

  it('S144 locking does not create the entity', async () => {
    const client = await world().start(all);
    await expectFree(key);
    expect((await client.readEntityState(id(key))).entityExists).to.equal(false);
  });

  it('S144 S125 lock and release work on an entity that cannot be constructed', async () => {
    const locks = defineOrchestration('Locks', async (context) => {
      const stuck = new EntityId('Unbuildable', 'k');
      const section = await context.lock(stuck, id(key));
      const seen = await context
        .callEntity(stuck, 'get')
        .catch((error: unknown) => (error as EntityConstructionError).name);
      section.release();
      return seen;
    });
    const client = await world().start([...all, Unbuildable, locks]);
    for (let again = 0; again < 2; again++) {
      expect(await (await client.startNew(locks)).result({ timeout: '2 minutes' })).to.equal('EntityConstructionError');
    }
    await expectFree(key);
  });

  it('S152 rule 1: no section inside a section, nor while one is asked for', async () => {
    const nests = defineOrchestration('Nests', async (context) => {
      const asked = context.lock(id(key));
      const whilePending = await context.lock(id(`${key}-b`)).catch(code);
      const section = await asked;
      const inside = [await context.lock(id(`${key}-b`)).catch(code), await context.lock(id(key)).catch(code)];
      const stillValid = [context.isLocked, await context.callEntity(id(key), 'get')];
      section.release();
      const afterwards = await context.lock(id(`${key}-b`));
      afterwards.release();
      return [whilePending, ...inside, ...stillValid, context.isLocked];
    });
    const client = await world().start([...all, nests]);
    expect(await (await client.startNew(nests)).result()).to.deep.equal([
      'DE_LOCK_NESTED',
      'DE_LOCK_NESTED',
      'DE_LOCK_NESTED',
      true,
      0,
      false,
    ]);
  });

  it('S153 rule 2: no sub-orchestrations inside; S159 activities, timers, events and starts are allowed', async () => {
    const tries = defineOrchestration('Tries', async (context) => {
      const section = await context.lock(id(key));
      const refused = await context.callSubOrchestration(child).catch(code);
      const retried = await context.callSubOrchestration(child, undefined, { retry: { maxAttempts: 3 } }).catch(code);
      const allowed = await context.callActivity(idle, 'activity');
      await context.createTimer(1);
      const started = context.startNewOrchestration(child);
      context.sendEvent(context.instanceId, 'self', 'event');
      const event = await context.waitForExternalEvent('self');
      section.release();
      return [refused, retried, allowed, typeof started, event, await context.callSubOrchestration(child)];
    });
    const client = await world().start([...all, tries]);
    expect(await (await client.startNew(tries)).result()).to.deep.equal([
      'DE_LOCK_SUBORCHESTRATION',
      'DE_LOCK_SUBORCHESTRATION',
      'activity',
      'string',
      'event',
      'child',
    ]);
  });

  it('S154 rule 3: only locked entities are called; nothing is sent to others', async () => {
    const tries = defineOrchestration('Tries', async (context) => {
      const other = id(`${key}-other`);
      const asked = context.lock(id(key));
      const beforeTheGrant = await context.callEntity(id(key), 'add', 1).catch(code);
      using _section = await asked;
      return [
        beforeTheGrant,
        await context.callEntity(other, 'add', 1).catch(code),
        await context.callEntity(id(key), 'get'),
      ];
    });
    const client = await world().start([...all, tries]);
    expect(await (await client.startNew(tries)).result()).to.deep.equal(['DE_NOT_LOCKED', 'DE_NOT_LOCKED', 0]);
    expect((await client.readEntityState(id(`${key}-other`))).entityExists).to.equal(false);
  });

  it('S155 rule 4: no parallel calls to one locked entity; one after another, and to different ones in parallel', async () => {
    const tries = defineOrchestration('Tries', async (context) => {
      const [a, b] = [id(`${key}-a`), id(`${key}-b`)];
      using _section = await context.lock(a, b);
      const settled = await Promise.allSettled([
        context.callEntity(a, 'add', 1),
        context.callEntity(a, 'add', 10),
        context.callEntity(b, 'add', 100),
      ]);
      await context.callEntity(a, 'fail').catch(() => undefined);
      await context.callEntity(a, 'add', 1_000);
      return [
        ...settled.map((each) => (each.status === 'fulfilled' ? 'fine' : code(each.reason))),
        await context.callEntity(a, 'get'),
        await context.callEntity(b, 'get'),
      ];
    });
    const client = await world().start([...all, tries]);
    expect(await (await client.startNew(tries)).result()).to.deep.equal([
      'fine',
      'DE_CALL_PENDING',
      'fine',
      1_001,
      100,
    ]);
  });

  it('S156 rule 5: locked entities are not signalled; others are, and at once', async () => {
    const tries = defineOrchestration('Tries', async (context) => {
      const asked = context.lock(id(key));
      const seen: string[] = [];
      const signal = (target: EntityId) => {
        try {
          context.signalEntity(target, 'add', 1);
          seen.push('sent');
        } catch (error) {
          seen.push(code(error));
        }
      };
      signal(id(key));
      const section = await asked;
      signal(id(key));
      signal(id(`${key}-other`));
      await context.waitForExternalEvent('go');
      const untouched = await context.callEntity(id(key), 'get');
      section.release();
      signal(id(key));
      return [...seen, untouched, await context.callEntity(id(key), 'get')];
    });
    const client = await world().start([...all, tries]);
    const run = await client.startNew(tries);
    await eventually(
      async () => ((await client.readEntityState(id(`${key}-other`))).entityState === 1 ? true : undefined),
      'the signal',
    );
    await run.raiseEvent('go');
    expect(await run.result()).to.deep.equal(['DE_SIGNAL_LOCKED', 'DE_SIGNAL_LOCKED', 'sent', 'sent', 0, 1]);
  });

  it('S157 violations give LockingRulesViolationError, thrown by signalEntity and as rejections of the other methods', async () => {
    const tries = defineOrchestration('Tries', async (context) => {
      using _section = await context.lock(id(key));
      const seen: boolean[] = [];
      const isViolation = (error: unknown) => void seen.push(error instanceof LockingRulesViolationError);
      const promises = [context.lock(id('x')), context.callEntity(id('x'), 'get'), context.callSubOrchestration(child)];
      for (const promise of promises) await promise.catch(isViolation);
      try {
        context.signalEntity(id(key), 'add', 1);
      } catch (error) {
        isViolation(error);
      }
      return seen;
    });
    const client = await world().start([...all, tries]);
    expect(await (await client.startNew(tries)).result()).to.deep.equal([true, true, true, true]);
  });

  it('S161 lock accepts duplicates, any order, tokens and proxies, and refuses an empty list with InvalidArgumentError', async () => {
    @Entity({ effects: 'none' })
    class Box {
      n = 0;
      @Operation() async get(): Promise<number> {
        return this.n;
      }
    }
    const tries = defineOrchestration('Tries', async (context) => {
      const none = await context.lock().catch((error: unknown) => (error as InvalidArgumentError).code);
      const wrong = await context.lock({}).catch((error: unknown) => (error as InvalidArgumentError).code);
      const box = context.createEntityProxy(Box, 'b');
      const section = await context.lock(id('z'), id('a'), id('z'), [Box, 'b'], box, new EntityId('box', 'b'), [
        Box,
        new EntityId('Box', 'c'),
      ]);
      const locked = context.lockedEntities.map(String).sort();
      const got = await box.get();
      section.release();
      section.release();
      return [none, wrong, locked, got, context.lockedEntities, context.isLocked];
    });
    const client = await world().start([...all, Box, tries]);
    expect(await (await client.startNew(tries)).result()).to.deep.equal([
      'DE_INVALID_ARGUMENT',
      'DE_INVALID_ARGUMENT',
      ['@account@a', '@account@z', '@box@b', '@box@c'],
      0,
      [],
      false,
    ]);
  });

  it('S162 isLocked and lockedEntities tell what is held', async () => {
    const looks = defineOrchestration('Looks', async (context) => {
      const seen: unknown[] = [context.isLocked, context.lockedEntities.length];
      const asked = context.lock(id('a'), id('b'));
      seen.push(context.isLocked);
      await using section = await asked;
      seen.push(context.isLocked, context.lockedEntities.length, context.lockedEntities[0] instanceof EntityId);
      await section[Symbol.asyncDispose]();
      seen.push(context.isLocked);
      return seen;
    });
    const client = await world().start([...all, looks]);
    expect(await (await client.startNew(looks)).result()).to.deep.equal([false, 0, false, true, 2, true, false]);
  });

  it('S150 an error in the section rolls nothing back', async () => {
    const breaks = defineOrchestration('Breaks', async (context) => {
      using _section = await context.lock(id(key));
      await context.callEntity(id(key), 'add', 5);
      await context.callEntity(id(key), 'fail');
    });
    const client = await world().start([...all, breaks]);
    await refusal((await client.startNew(breaks)).result(), OrchestrationFailedError, 'DE_ORCHESTRATION_FAILED');
    expect(await client.callEntity(id(key), 'get')).to.equal(5);
  });

  const endings: Record<string, (context: OrchestrationContext, round: number) => Promise<unknown>> = {
    'it returns': async () => 'done',
    'it throws': async () => {
      throw new Error('over');
    },
    'it continues as new': async (context) => context.continueAsNew(1),
    'it returns with a call un-awaited': async (context) => {
      void context.callEntity(id('e1'), 'add', 1);
      return 'done';
    },
    'it throws with a call un-awaited': async (context) => {
      void context.callEntity(id('e1'), 'add', 1);
      throw new Error('over');
    },
    'it is terminated': async (context) => context.waitForExternalEvent('never'),
    'it breaks determinism': async () => new Promise(() => {}),
    'its result cannot be carried': async () => () => 1,
  };
  for (const [ending, end] of Object.entries(endings)) {
    it(`S158 locks are released when the run ends: ${ending}`, async () => {
      const ends = defineOrchestration('Ends', async (context, round: number): Promise<unknown> => {
        if (round === 1) return 'second round';
        await context.lock(id('e1'), id('e2'));
        context.setCustomStatus('holding');
        return end(context, round);
      });
      const client = await world().start([...all, ends]);
      const run = await client.startNew(ends, { input: 0 });
      if (ending === 'it is terminated') {
        await eventually(async () => ((await run.status())?.customStatus === 'holding' ? true : undefined), 'the lock');
        await run.terminate('enough');
      }
      await run.result({ timeout: '2 minutes' }).catch(() => undefined);
      await expectFree('e1', 'e2');
      expect(await client.callEntity(id('e1'), 'get', undefined, { timeout: '2 minutes' })).to.equal(
        ending.includes('un-awaited') ? 1 : 0,
      );
    });
  }

  it('S158 a run that is terminated while its lock request waits leaves no request behind', async () => {
    const client = await world().start(all);
    const run = await holding();
    const waiting = await client.startNew(asking, { input: [key, `${key}-z`] });
    await eventually(
      async () => ((await waiting.status())?.customStatus === 'asking' ? true : undefined),
      'the request',
    );
    await waiting.terminate();
    await refusal(waiting.result(), OrchestrationTerminatedError, 'DE_ORCHESTRATION_TERMINATED');
    await run.raiseEvent('go');
    await run.result();
    await expectFree(key, `${key}-z`);
  });
  it('S158 a run that gives up waiting for a lock leaves no request behind', async () => {
    const impatient = defineOrchestration('Impatient', async (context) => {
      const asked = context.lock(id(`${key}-a`), id(key), id(`${key}-z`)).then(() => 'locked');
      return Promise.race([asked, context.createTimer(5).then(() => 'gave up')]);
    });
    const client = await world().start([...all, impatient]);
    const run = await holding();
    expect(await (await client.startNew(impatient)).result()).to.equal('gave up');
    await run.raiseEvent('go');
    await run.result();
    await expectFree(`${key}-a`, key, `${key}-z`);
  });

  it('S158 a new run under the id of a purged one inherits no lock', async () => {
    const client = await world().start(all);
    const instanceId = fresh('again');
    const run = await holding(instanceId);
    await run.terminate();
    await run.purge();
    const next = await client.startNew(probing, { instanceId, input: [key] });
    expect(await next.result({ timeout: '2 minutes' })).to.equal('got it');
    await expectFree(key);
  });

  const transfers = () => amount({ usual: 120, long: 500 });
  it('S160 S172 TransferFunds: hundreds of concurrent transfers keep the sum, and no balance is ever negative', async () => {
    const client = await world().start(all);
    const accounts = Array.from({ length: 12 }, (_, i) => `${key}-${i}`);
    for (const each of accounts) await client.signalEntity(id(each), 'add', 20);
    const random = seeded(0x7a11);
    const pick = (): Transfer => {
      const from = Math.floor(random() * accounts.length);
      const to = (from + 1 + Math.floor(random() * (accounts.length - 1))) % accounts.length;
      return { from: accounts[from]!, to: accounts[to]!, amount: 1 + Math.floor(random() * 30) };
    };
    const runs = await Promise.all(
      Array.from({ length: transfers() }, () => client.startNew(transfer, { input: pick() })),
    );
    const results = await Promise.all(runs.map((run) => run.result()));
    expect(results).to.include(true);
    const balances = await Promise.all(accounts.map((each) => client.callEntity<number>(id(each), 'get')));
    expect(balances.reduce((sum, each) => sum + each, 0)).to.equal(240);
    for (const balance of balances) expect(balance).to.be.at.least(0);
  });
});

acceptance('no deadlock', twoSettings, (world) => {
  const meal = defineOrchestration('Meal', async (context, keys: string[]) => {
    using _section = await context.lock(...keys.map(id));
    await context.callActivity(idle, 1);
    for (const each of new Set(keys)) await context.callEntity(id(each), 'add', 1);
    return keys.length;
  });

  it('S151 S171 philosophers in a ring all eat', async () => {
    const client = await world().start([account, idle, meal]);
    const seats = 9;
    const runs = [];
    for (let round = 0; round < 5; round++) {
      for (let seat = 0; seat < seats; seat++) {
        runs.push(await client.startNew(meal, { input: [`fork-${seat}`, `fork-${(seat + 1) % seats}`] }));
      }
    }
    await Promise.all(runs.map((run) => run.result({ timeout: '2 minutes' })));
    for (let seat = 0; seat < seats; seat++) expect(await client.callEntity(id(`fork-${seat}`), 'get')).to.equal(10);
  });

  it('S151 two runs that name the same pair in opposite order both get it', async () => {
    const client = await world().start([account, idle, meal]);
    const runs = await Promise.all(
      Array.from({ length: 20 }, (_, i) => client.startNew(meal, { input: i % 2 === 0 ? ['a', 'b'] : ['b', 'a'] })),
    );
    await Promise.all(runs.map((run) => run.result({ timeout: '2 minutes' })));
    expect(await client.callEntity(id('a'), 'get')).to.equal(20);
  });

  it('S151 random lock sets never deadlock (the seed is in the message; repeat with LOCK_SEED=<seed>)', async () => {
    const seed = Number(process.env['LOCK_SEED'] ?? Date.now() % 1_000_000);
    const random = seeded(seed);
    const client = await world().start([account, idle, meal]);
    const expected = new Map<string, number>();
    const sets = Array.from({ length: amount({ usual: 30, long: 400 }) }, () => {
      const keys = Array.from({ length: 1 + Math.floor(random() * 5) }, () => `k${Math.floor(random() * 10)}`);
      for (const each of new Set(keys)) expected.set(each, (expected.get(each) ?? 0) + 1);
      return keys;
    });
    const runs = await Promise.all(sets.map((input) => client.startNew(meal, { input })));
    const outcomes = await Promise.allSettled(runs.map((run) => run.result({ timeout: '2 minutes' })));
    expect(outcomes.filter((each) => each.status === 'rejected').length, `seed ${seed}`).to.equal(0);
    for (const [each, count] of expected)
      expect(await client.callEntity(id(each), 'get'), `seed ${seed}`).to.equal(count);
  });
});

/** Numbers from 0 to 1 that follow from the seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
