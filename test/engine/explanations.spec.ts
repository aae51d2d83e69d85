/** Explanations: each reason in a situation that was made for it, with its chain and its remedy. */
import { expect } from 'chai';
import { defineActivity, defineEntity, defineOrchestration } from '../../src/functions/define.js';
import type { ReasonCode } from '../../src/hub/explanation.js';
import type { EngineOptions } from '../../src/engines/sql/options.js';
import type { InstanceRow } from '../../src/engines/sql/ports/store.js';
import { inspectorOf } from './inspectors.js';
import { counter, id } from './programs.js';
import { World, type Process } from './world.js';

const never = () => new Promise<never>(() => {});

const act = defineActivity('Act', never);
const outside = defineEntity(
  'Outside',
  { operations: { flaky: { retry: { maxAttempts: 3, firstRetryInterval: '1h' } } } },
  (context) => {
    if (context.operationName === 'flaky') throw new Error('it fails');
    return never();
  },
);
const asks = defineOrchestration('Asks', (context, [name, operation]: [string, string]) =>
  context.callEntity(id(name, 'e'), operation),
);
const limited = defineOrchestration('Limited', (context) => context.callActivity(act, undefined, { timeout: '1h' }));
const acts = defineOrchestration('Acts', (context) => context.callActivity(act, undefined));
const both = defineOrchestration('Both', (context) =>
  Promise.all([
    context.waitForExternalEvent('go'),
    context.createTimer(new Date(context.currentTime.getTime() + 60_000)),
  ]),
);
const child = defineOrchestration('Child', (context) => context.waitForExternalEvent('go'));
const parent = defineOrchestration('Parent', (context) =>
  context.callSubOrchestration(child, undefined, { instanceId: 'child' }),
);
const deep = defineOrchestration('Deep', (context, left: number) =>
  left === 0
    ? context.waitForExternalEvent('go')
    : context.callSubOrchestration('Deep', left - 1, { instanceId: `deep-${left - 1}` }),
);
const locks = defineOrchestration('Locks', async (context, calls: boolean) => {
  using section = await context.lock(id('Outside', 'e'));
  if (calls) await context.callEntity(id('Outside', 'e'), 'work');
  else await context.waitForExternalEvent('go');
  void section;
});

const all = [counter, act, outside, asks, limited, acts, both, child, parent, deep, locks];

interface Situation {
  readonly name: string;
  readonly options?: Partial<EngineOptions>;
  /** Makes the situation. Resolves with the process of the worker, `undefined` if it is dead. */
  readonly make: (world: World, process: Process) => Promise<Process | undefined>;
  readonly subject: string;
  /** The codes of the chain in the worker's process, with their depths. */
  readonly here: readonly (readonly [depth: number, code: ReasonCode])[];
  /** The same in another process. Default: the same. */
  readonly elsewhere?: readonly (readonly [depth: number, code: ReasonCode])[];
  /** A part of the last remedy. */
  readonly remedy?: RegExp;
}

const started = async (world: World, process: Process, name: string, instanceId: string, input?: unknown) => {
  await world.until(process.client.startNew(name, { instanceId, input }));
  await world.quiet();
};

/** The next process has other code. */
async function deploy(world: World, process: Process, definitions: readonly unknown[]): Promise<Process> {
  process.crash();
  world.definitions = definitions;
  const next = await world.start();
  await world.quiet();
  return next;
}

function damage(world: World, rowId: string, fields: Partial<InstanceRow>): void {
  const row = world.row(rowId) as InstanceRow;
  world.database.instances.set(rowId, { ...row, ...fields });
}

const situations: readonly Situation[] = [
  {
    name: 'nothing has this id',
    make: async (_, process) => process,
    subject: 'nobody',
    here: [[0, 'notFound']],
    remedy: /Check the id/,
  },
  {
    name: 'the orchestration has ended',
    async make(world, process) {
      await started(world, process, 'Asks', 'r', ['Counter', 'add']);
      return process;
    },
    subject: 'r',
    here: [[0, 'ended']],
  },
  {
    name: 'nothing waits for the entity',
    async make(world, process) {
      await world.until(process.client.callEntity(id('Counter', 'e'), 'add'));
      return process;
    },
    subject: '@counter@e',
    here: [[0, 'idle']],
  },
  {
    name: 'the record of the orchestration is damaged',
    async make(world, process) {
      await started(world, process, 'Both', 'r');
      damage(world, 'r', { state: '{' });
      return process;
    },
    subject: 'r',
    here: [[0, 'unreadable']],
    remedy: /backup/,
  },
  {
    name: 'the history of the orchestration is damaged',
    async make(world, process) {
      await started(world, process, 'Both', 'r');
      world.database.history.get('r')?.clear();
      return process;
    },
    subject: 'r',
    here: [[0, 'unreadable']],
    remedy: /backup/,
  },
  {
    name: 'the lock of the entity is damaged',
    async make(world, process) {
      await world.until(process.client.callEntity(id('Counter', 'e'), 'add'));
      damage(world, '@counter@e', { meta: '[' });
      return process;
    },
    subject: '@counter@e',
    here: [[0, 'unreadable']],
    remedy: /backup/,
  },
  {
    name: 'no worker is alive',
    async make(world, process) {
      await started(world, process, 'Both', 'r');
      process.crash();
      await world.pass(60_000);
      return undefined;
    },
    subject: 'r',
    here: [
      [0, 'noActiveWorker'],
      [0, 'waitsForEvent'],
      [0, 'waitsForTimer'],
    ],
  },
  {
    name: 'the owner has not registered the entity',
    async make(world, process) {
      await started(world, process, 'Asks', 'r', ['Outside', 'work']);
      return deploy(world, process, [counter, asks]);
    },
    subject: 'r',
    here: [
      [0, 'waitsForCall'],
      [1, 'notRegistered'],
    ],
    remedy: /`register`/,
  },
  {
    name: 'the owner has not registered the orchestration',
    async make(world, process) {
      await started(world, process, 'Both', 'r');
      return deploy(world, process, [counter]);
    },
    subject: 'r',
    here: [[0, 'notRegistered']],
    remedy: /`register`/,
  },
  {
    name: 'the owner has not registered this version',
    async make(world, process) {
      process.crash();
      const second = defineOrchestration('Both', { version: 2 }, (context) => context.waitForExternalEvent('go'));
      world.definitions = [counter, both, second];
      const next = await world.start();
      await started(world, next, 'Both', 'r');
      // Two deaths in a row would make the next worker cautious.
      for (const partition of world.database.partitions) partition.crashes = 0;
      return deploy(world, next, [counter, both]);
    },
    subject: 'r',
    here: [[0, 'notRegistered']],
    remedy: /in this version/,
  },
  {
    name: 'the owner has not registered the activity',
    async make(world, process) {
      await started(world, process, 'Acts', 'r');
      return deploy(world, process, [counter, acts]);
    },
    subject: 'r',
    here: [
      [0, 'waitsForActivity'],
      [1, 'notRegistered'],
    ],
    remedy: /`register`/,
  },
  {
    name: 'the orchestration is suspended',
    async make(world, process) {
      await started(world, process, 'Both', 'r');
      await world.until(process.client.run('Both', 'r').suspend('an audit'));
      return process;
    },
    subject: 'r',
    here: [[0, 'suspended']],
    remedy: /run\.resume/,
  },
  {
    name: 'the start is scheduled',
    async make(world, process) {
      const scheduledTime = new Date(world.time.wallMs() + 3_600_000);
      await world.until(process.client.startNew('Both', { instanceId: 'r', scheduledTime }));
      return process;
    },
    subject: 'r',
    here: [[0, 'startScheduled']],
  },
  {
    name: 'the start message waits, and no worker is alive',
    async make(world, process) {
      process.crash();
      const { client } = await world.until(world.connect());
      // Its promise waits for the worker.
      client.startNew('Both', { instanceId: 'r' }).catch(() => {});
      await world.pass(60_000);
      return undefined;
    },
    subject: 'r',
    here: [
      [0, 'noActiveWorker'],
      [0, 'startWaits'],
    ],
  },
  {
    name: 'the orchestration waits for an event and a timer at once',
    async make(world, process) {
      await started(world, process, 'Both', 'r');
      return process;
    },
    subject: 'r',
    here: [
      [0, 'waitsForEvent'],
      [0, 'waitsForTimer'],
    ],
  },
  {
    name: 'the sub-orchestration waits for an event',
    async make(world, process) {
      await started(world, process, 'Parent', 'r');
      return process;
    },
    subject: 'r',
    here: [
      [0, 'waitsForChild'],
      [1, 'waitsForEvent'],
    ],
    remedy: /raiseEvent\("go"\)\. Or terminate "child"/,
  },
  {
    name: 'an activity runs, and its time limit is no reason of its own',
    async make(world, process) {
      await started(world, process, 'Limited', 'r');
      return process;
    },
    subject: 'r',
    here: [
      [0, 'waitsForActivity'],
      [1, 'running'],
    ],
    elsewhere: [
      [0, 'waitsForActivity'],
      [1, 'elsewhere'],
    ],
    remedy: /timeout/,
  },
  {
    name: 'an activity waits for its place',
    options: { maxConcurrentActivities: 1 },
    async make(world, process) {
      await started(world, process, 'Acts', 'first');
      await started(world, process, 'Acts', 'r');
      return process;
    },
    subject: 'r',
    here: [
      [0, 'waitsForActivity'],
      [1, 'waitsForSlot'],
    ],
    elsewhere: [
      [0, 'waitsForActivity'],
      [1, 'elsewhere'],
    ],
    remedy: /maxConcurrentActivities/,
  },
  {
    name: 'an external operation runs',
    async make(world, process) {
      await started(world, process, 'Asks', 'r', ['Outside', 'work']);
      return process;
    },
    subject: 'r',
    here: [
      [0, 'waitsForCall'],
      [1, 'running'],
    ],
    elsewhere: [
      [0, 'waitsForCall'],
      [1, 'elsewhere'],
    ],
    remedy: /timeout/,
  },
  {
    name: 'an external operation waits for its place',
    options: { maxConcurrentExternal: 1 },
    async make(world, process) {
      await world.until(process.client.signalEntity(id('Outside', 'other'), 'work'));
      await world.quiet();
      await started(world, process, 'Asks', 'r', ['Outside', 'work']);
      return process;
    },
    subject: 'r',
    here: [
      [0, 'waitsForCall'],
      [1, 'waitsForSlot'],
    ],
    elsewhere: [
      [0, 'waitsForCall'],
      [1, 'elsewhere'],
    ],
    remedy: /maxConcurrentExternal/,
  },
  {
    name: 'an external operation waits for its next attempt',
    async make(world, process) {
      await started(world, process, 'Asks', 'r', ['Outside', 'flaky']);
      return process;
    },
    subject: 'r',
    here: [
      [0, 'waitsForCall'],
      [1, 'retries'],
    ],
    elsewhere: [
      [0, 'waitsForCall'],
      [1, 'elsewhere'],
    ],
    remedy: /log of the worker/,
  },
  {
    name: 'another message of the entity comes first',
    async make(world, process) {
      await world.until(process.client.signalEntity(id('Outside', 'e'), 'work'));
      await world.quiet();
      await started(world, process, 'Asks', 'r', ['Outside', 'work']);
      return process;
    },
    subject: 'r',
    here: [
      [0, 'waitsForCall'],
      [1, 'queued'],
      [1, 'running'],
    ],
    elsewhere: [
      [0, 'waitsForCall'],
      [1, 'queued'],
      [1, 'elsewhere'],
    ],
  },
  {
    name: 'another orchestration holds the lock',
    async make(world, process) {
      await started(world, process, 'Locks', 'holder', false);
      await started(world, process, 'Locks', 'r', false);
      return process;
    },
    subject: 'r',
    here: [
      [0, 'waitsForLock'],
      [1, 'locked'],
      [2, 'waitsForEvent'],
    ],
    remedy: /terminate "holder"/,
  },
  {
    name: 'the holder of a lock waits for its own call',
    async make(world, process) {
      await started(world, process, 'Locks', 'holder', true);
      await started(world, process, 'Locks', 'r', false);
      return process;
    },
    subject: 'r',
    // The entity is told once: its operation is that of the holder.
    here: [
      [0, 'waitsForLock'],
      [1, 'locked'],
      [2, 'waitsForCall'],
    ],
  },
  {
    name: 'a holder of a lock runs an operation of the locked entity',
    async make(world, process) {
      await started(world, process, 'Locks', 'holder', true);
      return process;
    },
    subject: 'holder',
    here: [
      [0, 'waitsForCall'],
      [1, 'running'],
    ],
    elsewhere: [
      [0, 'waitsForCall'],
      [1, 'elsewhere'],
    ],
  },
  {
    name: 'only a scheduled signal waits for the entity',
    async make(world, process) {
      const scheduledTime = new Date(world.time.wallMs() + 3_600_000);
      await world.until(process.client.signalEntity(id('Counter', 'e'), 'add', 1, { scheduledTime }));
      return process;
    },
    subject: '@counter@e',
    here: [[0, 'scheduled']],
  },
  {
    name: 'a message of the entity became a dead letter',
    async make(world, process) {
      const body = JSON.stringify({ kind: 'operation', operation: 'add', input: '1' });
      const letter = { id: 1, target: '@counter@e', body, attempts: 3, reason: 'it died', atMs: 5, activeMs: 5 };
      world.database.deadLetters.set(1, letter);
      return process;
    },
    subject: '@counter@e',
    here: [[0, 'deadLettered']],
    remedy: /Repair the operation "add"/,
  },
];

describe('explanations', () => {
  for (const { name, options = {}, make, subject, here, elsewhere = here, remedy } of situations)
    for (const where of ['the process of the worker', 'another process'] as const)
      it(`an explanation in ${where} tells that ${name}`, async () => {
        const world = new World(all, { options });
        const process = await make(world, await world.start());
        const isHere = where === 'the process of the worker';
        const inspector = await inspectorOf(world, isHere ? process : undefined);
        const { links, isCut } = await world.until(inspector.explain(subject));
        expect(links.map(({ depth, reason }) => [depth, reason.code])).to.deep.equal(isHere ? here : elsewhere);
        expect(isCut).to.equal(false);
        for (const { because } of links) expect(because).to.match(/^[A-Z0-9"`].*\.$/s);
        if (remedy !== undefined && isHere) expect(links.at(-1)?.remedy).to.match(remedy);
      });

  it('an explanation tells that a worker works cautiously after repeated crashes', async () => {
    const world = new World(all);
    const first = await world.start();
    await started(world, first, 'Acts', 'r');
    await world.until(first.client.signalEntity(id('Counter', 'e'), 'add'));
    first.crash();
    for (const partition of world.database.partitions) partition.crashes = 5;
    const second = await world.start();
    await world.quiet();
    const inspector = await inspectorOf(world, second);
    const { links } = await world.until(inspector.explain('r'));
    expect(links.map(({ reason }) => reason.code)).to.include('cautious');
  });

  it('an explanation follows eight instances, and says that it was cut', async () => {
    const world = new World(all);
    const process = await world.start();
    await started(world, process, 'Deep', 'deep-12', 12);
    const inspector = await inspectorOf(world, process);
    const { links, isCut } = await world.until(inspector.explain('deep-12'));
    expect(links.map(({ depth }) => depth)).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(isCut).to.equal(true);
  });

  it('an explanation changes no row', async () => {
    const world = new World(all);
    const process = await world.start();
    await started(world, process, 'Locks', 'holder', true);
    await started(world, process, 'Locks', 'r', false);
    const before = JSON.stringify([...world.database.instances, ...world.database.inbox]);
    const { batches } = process.store;
    const commits = batches.length;
    await world.until((await inspectorOf(world, process)).explain('r'));
    await world.quiet();
    expect(JSON.stringify([...world.database.instances, ...world.database.inbox])).to.equal(before);
    expect(batches.length).to.equal(commits);
  });
});
