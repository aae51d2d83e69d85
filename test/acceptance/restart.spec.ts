import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import {
  defineActivity,
  defineEntity,
  defineOrchestration,
  EntityId,
  OrchestrationFailedError,
  type OrchestrationContext,
} from '../../src/index.js';
import { NonDeterministicOrchestrationError } from '../../src/errors/index.js';
import { amount } from '../amount.js';
import { bundled } from '../bundled.js';
import { accountId, accounts, bank, bankDefinitions } from './restart-bank.js';
import { acceptance, type hardest } from './variants.js';
import { eventually, fresh, refusal, type Setting } from './world.js';

const onFile: readonly Setting[] = [
  { storage: 'sqlite', evict: false },
  { storage: 'sqlite', evict: true },
] satisfies typeof hardest;

const counts = new Map<string, number>();
const count = defineActivity('Count', async (_context, name: string) => {
  const next = (counts.get(name) ?? 0) + 1;
  counts.set(name, next);
  return next;
});
const boom = defineActivity('Boom', async (_context, text: string) => {
  throw new RangeError(text);
});
const log = defineEntity('Log', { effects: 'none' }, (context) => {
  const lines = context.getState<unknown[]>(() => []);
  if (context.operationName === 'get') return lines;
  lines.push(context.getInput());
  return lines.length;
});
const logId = (key: string) => new EntityId('Log', key);

acceptance('restart', onFile, (world) => {
  let key: string;
  beforeEach(() => {
    key = fresh('restart');
  });
  const reached = (name: string) =>
    eventually(
      async () => ((await world().client.run('x', key).status())?.customStatus === name ? true : undefined),
      `the status ${name}`,
    );

  it('an orchestration continues after a restart with the same guids, random numbers and times; recorded activities do not run again', async () => {
    const draws: unknown[][] = [];
    const goes = defineOrchestration('Goes', async (context) => {
      const drawn: unknown[] = [context.newGuid(), context.random(), context.currentTime.getTime()];
      const counted = [await context.callActivity(count, `${key} a`)];
      drawn.push(context.currentTime.getTime(), context.newGuid());
      draws.push(drawn);
      context.setCustomStatus('half');
      await context.waitForExternalEvent('go');
      counted.push(await context.callActivity(count, `${key} b`));
      return [drawn, counted];
    });
    await (await world().start([count, goes])).startNew(goes, { instanceId: key });
    await reached('half');
    for (let i = 0; i < 2; i++) await world().restart();
    const run = world().client.run(goes, key);
    await run.raiseEvent('go');
    const [drawn, counted] = await run.result();
    expect(counted).to.deep.equal([1, 1]);
    for (const each of draws) expect(each).to.deep.equal(drawn);
    expect(draws.length).to.be.at.least(2);
  });

  it('timers, events, calls, sub-orchestrations and locks that were waited for are waited for again', async () => {
    const child = defineOrchestration('Child', async (context) => context.waitForExternalEvent('to child'));
    const waits = defineOrchestration('Waits', async (context) => {
      context.setCustomStatus('waiting');
      const [timer, event, below] = await Promise.all([
        context.createTimer(60).then(() => 'timer'),
        context.waitForExternalEvent('to parent'),
        context.callSubOrchestration(child, undefined, { instanceId: `${key}-child` }),
      ]);
      using _section = await context.lock(logId(key));
      return [timer, event, below, await context.callEntity(logId(key), 'write', 'x')];
    });
    await (await world().start([child, waits, log])).startNew(waits, { instanceId: key });
    await reached('waiting');
    await eventually(() => world().client.run(child, `${key}-child`).status(), 'the child');
    let client = await world().restart();
    await client.run(child, `${key}-child`).raiseEvent('to child', 'below');
    client = await world().restart();
    await client.run(waits, key).raiseEvent('to parent', 'event');
    client = await world().restart();
    expect(await client.run(waits, key).result()).to.deep.equal(['timer', 'event', 'below', 1]);
  });

  it('race, any, all and allSettled that were decided before come out the same after, in any order of arrival', async () => {
    const seen: unknown[][] = [];
    const decides = defineOrchestration('Decides', async (context) => {
      const order: string[] = [];
      const noted = async <T>(name: string, promise: Promise<T>): Promise<T> => {
        try {
          return await promise;
        } finally {
          order.push(name);
        }
      };
      const a = noted('a', context.callActivity(count, `${key} r`));
      const b = noted('b', context.callEntity(logId(key), 'write', 1));
      const c = noted('c', context.createTimer(2));
      const d = noted('d', context.callActivity(boom, 'd'));
      const settled = (await Promise.allSettled([a, b, c, d])).map((each) => each.status);
      const race = await Promise.race([
        context.callActivity(count, `${key} s`).then(() => 'activity'),
        context.callEntity(logId(key), 'write', 2).then(() => 'entity'),
        context.createTimer('1 hour').then(() => 'timer'),
      ]);
      const any = await Promise.any([
        context.callActivity(boom, 'x'),
        context.createTimer(1).then(() => 'timer'),
        context.createTimer('1 day'),
      ]);
      seen.push([[...order], settled, race, any]);
      context.setCustomStatus('decided');
      await context.waitForExternalEvent('go');
      return [order, settled, race, any];
    });
    await (await world().start([count, boom, log, decides])).startNew(decides, { instanceId: key });
    await reached('decided');
    for (let i = 0; i < 3; i++) await world().restart();
    const run = world().client.run(decides, key);
    await run.raiseEvent('go');
    const result = await run.result();
    expect(seen.length).to.be.at.least(2);
    for (const each of seen) expect(each).to.deep.equal(result);
    expect(await world().client.callEntity<unknown[]>(logId(key), 'get')).to.have.members([1, 2]);
  });

  it('an unchanged orchestration may be restarted at each of its steps', async () => {
    const steps = defineOrchestration('Steps', async (context) => {
      const results: unknown[] = [];
      for (let i = 0; i < 6; i++) {
        context.signalEntity(logId(key), 'write', `signal ${i}`);
        results.push(await context.callActivity(count, `${key} step ${i}`));
        results.push(await context.callEntity(logId(key), 'write', i));
        context.setCustomStatus(i);
        await context.waitForExternalEvent('next');
      }
      return results;
    });
    let client = await world().start([count, log, steps]);
    await client.startNew(steps, { instanceId: key });
    for (let i = 0; i < 6; i++) {
      await eventually(
        async () => ((await client.run(steps, key).status())?.customStatus === i ? true : undefined),
        `step ${i}`,
      );
      client = await world().restart();
      await client.run(steps, key).raiseEvent('next');
    }
    expect(await client.run(steps, key).result()).to.deep.equal([1, 2, 1, 4, 1, 6, 1, 8, 1, 10, 1, 12]);
    const lines = await client.callEntity<unknown[]>(logId(key), 'get');
    expect(lines).to.deep.equal(Array.from({ length: 6 }, (_, i) => [`signal ${i}`, i]).flat());
  });

  const changes: [
    name: string,
    before: (context: OrchestrationContext) => Promise<unknown>,
    after: (context: OrchestrationContext) => Promise<unknown>,
    both: [RegExp, RegExp],
  ][] = [
    [
      'another activity',
      (context) => context.callActivity(count, 'one'),
      (context) => context.callActivity('Boom', 'one'),
      [/Count/, /Boom/],
    ],
    [
      'another kind of action',
      (context) => context.callActivity(count, 'one'),
      (context) => context.createTimer(0),
      [/Count/, /timer/i],
    ],
    [
      'another input',
      (context) => context.callActivity(count, 'one'),
      (context) => context.callActivity(count, 'two'),
      [/one|input/, /two|input/],
    ],
    [
      'another entity',
      (context) => context.callEntity(logId('a'), 'write', 1),
      (context) => context.callEntity(logId('b'), 'write', 1),
      [/@log@a/, /@log@b/],
    ],
    [
      'an action that is gone',
      async (context) => {
        context.signalEntity(logId('gone'), 'write', 1);
        await context.callActivity(count, 'one');
      },
      (context) => context.callActivity(count, 'one'),
      [/@log@gone/, /Count/],
    ],
    [
      'an end that comes too early',
      (context) => context.callActivity(count, 'one'),
      async () => undefined,
      [/Count/, /complet|end|nothing|return/i],
    ],
  ];
  for (const [name, before, after, [recorded, requested]] of changes) {
    it(`code that no longer matches its history is a NonDeterministicOrchestrationError with both sides: ${name}`, async () => {
      const version = (code: (context: OrchestrationContext) => Promise<unknown>) =>
        defineOrchestration('Changing', async (context) => {
          await code(context);
          context.setCustomStatus('half');
          await context.waitForExternalEvent('go');
          return 'done';
        });
      // The changed code that ends too early must not wait for the event.
      const changed = name.startsWith('an end') ? defineOrchestration('Changing', async () => 'early') : version(after);
      await (await world().start([count, boom, log, version(before)])).startNew('Changing', { instanceId: key });
      await reached('half');
      const client = await world().restart([count, boom, log, changed]);
      // The run may have failed already. A failed run accepts no event.
      await client
        .run('Changing', key)
        .raiseEvent('go')
        .catch(() => undefined);
      const error = await refusal(
        client.run('Changing', key).result({ timeout: '2 minutes' }),
        OrchestrationFailedError,
        'DE_ORCHESTRATION_FAILED',
      );
      const cause = error.cause as NonDeterministicOrchestrationError;
      expect(cause).to.be.instanceOf(NonDeterministicOrchestrationError);
      expect(cause.code).to.equal('DE_NON_DETERMINISTIC');
      const [, history, code] = /history: (.*)\n\s*code: (.*)/.exec(cause.message) ?? [];
      expect(history, cause.message).to.match(recorded);
      expect(code, cause.message).to.match(requested);
    });
  }

  it('an orchestration that is not registered any more waits, and continues once it is registered again', async () => {
    const goes = defineOrchestration('Goes', async (context) => {
      context.setCustomStatus('half');
      return context.waitForExternalEvent('go');
    });
    await (await world().start([log, goes])).startNew(goes, { instanceId: key });
    await reached('half');
    await world().restart([log]);
    expect((await world().client.run('Goes', key).status())?.runtimeStatus).to.equal('running');
    await world().restart([log, goes]);
    await world().client.run(goes, key).raiseEvent('go', 5);
    expect(await world().client.run(goes, key).result()).to.equal(5);
  });

  it('S21 S78 S160 a process that is killed again and again loses and doubles nothing, and leaves no lock', async () => {
    const file = await world().file();
    const child = await bundled('test/acceptance/restart-child');
    let done = false;
    for (let cycle = 0; cycle < amount({ usual: 4, long: 6 }) && !done; cycle++) {
      // Killed when it has told of some transfers: in the middle of all the others.
      done = await runUntil(child, [file, world().setting.evict ? 'evict' : 'keep'], 3 + cycle * 8);
    }
    const client = await world().start(bankDefinitions);
    const outcomes = new Map<string, unknown>();
    for (const { id, ...transfer } of bank.transfers) {
      const run = await client.startNew(bank.transfer, { instanceId: id, input: { id, ...transfer } });
      outcomes.set(id, await run.result({ timeout: '2 minutes' }));
    }
    let sum = 0;
    const entries = new Map<string, number>();
    for (const account of accounts) {
      sum += await client.callEntity<number>(accountId(account), 'balance', undefined, { timeout: '2 minutes' });
      const { entityState } = await client.readEntityState<{ entries: string[] }>(accountId(account));
      for (const entry of entityState!.entries) entries.set(entry, (entries.get(entry) ?? 0) + 1);
    }
    expect(sum).to.equal(8_000);
    for (const [id, outcome] of outcomes) expect(entries.get(id) ?? 0, id).to.equal(outcome === 'moved' ? 2 : 0);
  });
});

/** Runs a child until it has printed this many lines, then kills it; true when it had finished. */
async function runUntil(script: string, args: string[], lines: number): Promise<boolean> {
  const child: ChildProcess = spawn(process.execPath, ['--import', 'reflect-metadata', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  let seen = 0;
  let done = false;
  for await (const line of createInterface({ input: child.stdout! })) {
    seen++;
    done ||= line === 'done';
    if (seen >= lines && !done) child.kill('SIGKILL');
  }
  const code = await ended;
  if (done) expect(code, 'the child ended well').to.equal(0);
  return done;
}
