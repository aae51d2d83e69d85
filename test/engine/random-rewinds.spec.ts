/**
 * Random orchestrations whose activities are broken until somebody mends them, suspended and resumed, rewound until they end: what succeeded was done once,
 * and the result is the one of a run that nothing went wrong with. `SEED=17 SEEDS=1 npx mocha dist/test/engine/random-rewinds.spec.js`
 * repeats one.
 */
import { expect } from 'chai';
import { defineActivity, defineOrchestration } from '../../src/functions/define.js';
import type { OrchestrationContext } from '../../src/functions/orchestration-context.js';
import { Seeded } from '../../src/testing/seeded.js';
import type { Fault } from './fault-store.js';
import { counter, id, list } from './programs.js';
import { World, type Process } from './world.js';

type Step =
  | { readonly kind: 'activity' | 'call' | 'signal' | 'event' | 'retried'; readonly label: string }
  | { readonly kind: 'timer'; readonly ms: number }
  | { readonly kind: 'section' | 'child'; readonly steps: readonly Step[]; readonly label: string }
  | { readonly kind: 'all'; readonly steps: readonly Step[] };

/** Where steps stand: children get no events, for their ids are their own affair. */
type Place = 'top' | 'child' | 'all' | 'section';

let labels = 0;

function plan(random: Seeded, depth: number, inside: Place): Step[] {
  return Array.from({ length: 1 + random.below(4) }, () => step(random, depth, inside));
}

function step(random: Seeded, depth: number, inside: Place): Step {
  const label = `s${++labels}`;
  if (inside === 'section') return { kind: 'call', label };
  const simple = ['activity', 'activity', 'call', 'signal', 'retried'] as const;
  const nested = ['timer', 'section', 'child', 'all', 'all'] as const;
  const kind = random.pick<Step['kind']>([
    ...simple,
    ...(inside === 'top' ? (['event', 'event'] as const) : []),
    ...(depth === 0 ? [] : inside === 'all' ? (['child'] as const) : nested),
  ]);
  if (kind === 'timer') return { kind, ms: 1 + random.below(3_000) };
  if (kind === 'section') return { kind, label, steps: plan(random, 0, 'section') };
  if (kind === 'child') return { kind, label, steps: plan(random, depth - 1, 'child') };
  if (kind === 'all') return { kind, steps: plan(random, depth - 1, 'all') };
  return { kind, label };
}

function* flat(steps: readonly Step[]): Iterable<Step> {
  for (const each of steps) {
    yield each;
    if ('steps' in each) yield* flat(each.steps);
  }
}

async function run(context: OrchestrationContext, steps: readonly Step[]): Promise<unknown[]> {
  const results: unknown[] = [context.newGuid().length];
  for (const each of steps) results.push(await runStep(context, each));
  return results;
}

async function runStep(context: OrchestrationContext, each: Step): Promise<unknown> {
  switch (each.kind) {
    case 'activity':
      return context.callActivity('Act', each.label);
    case 'retried':
      return context.callActivity('Act', each.label, { retry: { maxAttempts: 2, firstRetryInterval: 100 } });
    case 'call':
      await context.callEntity(id('List', 'calls'), 'append', each.label);
      return each.label;
    case 'signal':
      context.signalEntity(id('List', 'signals'), 'append', each.label);
      return each.label;
    case 'event':
      return context.waitForExternalEvent(each.label);
    case 'timer':
      return context.createTimer(each.ms);
    case 'section': {
      using _section = await context.lock(id('List', 'calls'), id('Counter', 'x'));
      await context.callEntity(id('Counter', 'x'), 'add', 1);
      for (const inner of each.steps) await runStep(context, inner);
      return each.label;
    }
    case 'child':
      return context.callSubOrchestration('Tree', each.steps);
    case 'all': {
      const settled = await Promise.allSettled(each.steps.map((inner) => runStep(context, inner)));
      const failed = settled.find(({ status }) => status === 'rejected');
      if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
      return settled.map((one) => (one as PromiseFulfilledResult<unknown>).value);
    }
  }
}

async function program(seed: number): Promise<number> {
  const random = new Seeded(seed);
  const steps = plan(random, 2, 'top');
  const all = [...flat(steps)];
  const broken = new Set<string>();
  for (const each of all) if ('label' in each && random.chance(0.4)) broken.add(each.label);
  const successes: string[] = [];
  const act = defineActivity('Act', async (_, label: string) => {
    if (broken.has(label)) throw new Error(`${label} is broken`);
    successes.push(label);
    return `${label}!`;
  });
  const tree = defineOrchestration('Tree', (context, given: readonly Step[]) => run(context, given));
  const world = new World([act, tree, counter, list], {
    seed,
    options: { evictAfterEachTurn: random.chance(0.5) },
  });
  const fault = random.pick<Fault | undefined>([undefined, 'unknown-applied', 'unknown-lost', 'slow']);
  world.onStore = (store) => {
    store.plan = (access) => (access === 'commit' && fault !== undefined && random.chance(0.1) ? fault : undefined);
  };
  let now: Process = await world.start();
  await world.until(now.client.startNew('Tree', { instanceId: 'tree', input: steps }));
  let rewinds = 0;
  for (;;) {
    const handle = now.client.run('Tree', 'tree');
    // Those that it has taken are not awaited a second time.
    for (const each of steps) {
      if (each.kind === 'event') await world.until(handle.raiseEvent(each.label, each.label).catch(() => {}));
    }
    if (random.chance(0.5)) {
      const suspended = await world.until(
        handle
          .suspend('a pause')
          .then(() => true)
          .catch(() => false),
      );
      await world.pass(random.below(4_000));
      if (suspended && random.chance(0.3)) {
        now.crash();
        now = await world.start();
      }
      if (suspended) await world.until(now.client.run('Tree', 'tree').resume());
    }
    const outcome = world.until(now.client.run('Tree', 'tree').result({ timeout: '1h' })).then(
      (value) => ({ value }),
      (error: Error) => ({ error }),
    );
    const ended = await outcome;
    if ('value' in ended) {
      expect(JSON.stringify(ended.value)).to.equal(JSON.stringify(expected(steps)));
      break;
    }
    expect(ended.error).to.have.property('code', 'DE_ORCHESTRATION_FAILED');
    await world.pass(5_000);
    const [mended] = broken;
    if (mended === undefined) throw ended.error;
    broken.delete(mended);
    if (random.chance(0.3)) {
      now.crash();
      now = await world.start();
    }
    await world.until(now.client.run('Tree', 'tree').rewind());
    rewinds++;
  }
  await world.pass(5_000);
  const labelsOf = (...kinds: Step['kind'][]) =>
    all.flatMap((each) => (kinds.includes(each.kind) && 'label' in each ? [each.label] : [])).toSorted();
  const appended = (key: string) => ((world.state('List', key) as string[] | undefined) ?? []).toSorted();
  expect(appended('signals'), 'signals').to.deep.equal(labelsOf('signal'));
  expect(appended('calls'), 'calls').to.deep.equal(labelsOf('call'));
  expect(world.state('Counter', 'x') ?? 0, 'sections').to.equal(labelsOf('section').length);
  expect([...new Set(successes)].toSorted()).to.deep.equal(labelsOf('activity', 'retried'));
  expect(world.database.inbox.size, 'rows left').to.equal(0);
  return rewinds;
}

function expected(steps: readonly Step[]): unknown[] {
  return [36, ...steps.map(expectedOf)];
}

function expectedOf(each: Step): unknown {
  switch (each.kind) {
    case 'activity':
    case 'retried':
      return `${each.label}!`;
    case 'timer':
      return undefined;
    case 'child':
      return expected(each.steps);
    case 'all':
      return each.steps.map(expectedOf);
    default:
      return each.label;
  }
}

describe('random orchestrations that are rewound', () => {
  const seeds = Number(process.env['SEEDS'] ?? 200);
  const first = Number(process.env['SEED'] ?? 1);
  it(`do what succeeded once, and come to the result of a calm run (seeds ${first} to ${first + seeds - 1})`, async function () {
    this.timeout(120_000);
    let rewinds = 0;
    for (let seed = first; seed < first + seeds; seed++) {
      try {
        rewinds += await program(seed);
      } catch (error) {
        throw new Error(`seed ${seed}: SEED=${seed} SEEDS=1 repeats it`, { cause: error });
      }
    }
    if (seeds >= 100) expect(rewinds).to.be.greaterThan(seeds / 4);
  });
});
