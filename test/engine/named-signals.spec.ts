import { expect } from 'chai';
import { defineEntity, defineOrchestration } from '../../src/functions/define.js';
import { checkCalm } from './checks.js';
import { atEveryAccess } from './every-access.js';
import { id, list, slowList } from './programs.js';
import { Journal, Sender, Switchboard } from './senders.js';
import { deferred, failure, World, type Process } from './world.js';

const l = id('List', 'l');

/** Sends itself named signals, and cancels them, as its input says. */
const alarm = defineEntity('Alarm', { effects: 'none' }, (context) => {
  const rung = context.getState<string[]>(() => []);
  switch (context.operationName) {
    case 'set': {
      const { name, value, atMs } = context.getInput<{ name: string; value: string; atMs: number }>();
      context.signalEntity(context.entityId, 'ring', value, { scheduledTime: atMs, name });
      if (value === 'broken') throw new Error('no');
      return;
    }
    case 'clear':
      return context.cancelSignal(context.entityId, context.getInput<string>());
    case 'ring':
      rung.push(context.getInput<string>());
      // It may set itself again under the name that it came by.
      if (rung.length === 1) context.signalEntity(context.entityId, 'ring', 'again', { scheduledTime: 0, name: 'a' });
      return;
    case 'delete':
      return context.deleteState();
    default:
      return rung.length;
  }
});

const holds = defineOrchestration('Holds', async (context) => {
  const section = await context.lock(l);
  await context.waitForExternalEvent('go');
  section.release();
});

interface Reminding {
  readonly at: number;
  readonly values: string[];
  readonly cancel?: boolean;
}

const reminds = defineOrchestration('Reminds', async (context, { at, values, cancel }: Reminding) => {
  for (const value of values) {
    context.signalEntity(l, 'append', value, { scheduledTime: at, name: 'r' });
    // Each in an event of its own: the code is replayed in between.
    await context.callEntity(id('List', 'other'), 'length');
  }
  if (cancel === true) context.cancelSignal(l, 'r');
  await context.callEntity(id('List', 'other'), 'length');
  return values.length;
});

function namesOf(world: World, target = l): string[] {
  return [...(world.database.named.get(target.toString())?.keys() ?? [])];
}

/** Two minutes, in which the process may die: there is a next one. */
async function passInAnyProcess(world: World, board: Switchboard): Promise<void> {
  for (let i = 0; i < 4; i++) {
    await world.until(board.current());
    await world.pass(30_000);
  }
}

/** Nobody else can come: nobody looks each second for what others have sent, which would be an access each time. */
const database = { partitionCount: 4, alone: true };
const everyone = [list, slowList, alarm, holds, reminds];

describe('named signals', () => {
  const at = (world: World, ms: number) => world.time.wallMs() + ms;
  const remind = ({ client }: Process, world: World, value: string, ms: number, name = 'r', target = l) =>
    world.until(client.signalEntity(target, 'append', value, { scheduledTime: at(world, ms), name }));

  for (const evictAfterEachTurn of [false, true]) {
    const begun = async () => {
      const world = new World(everyone, { options: { evictAfterEachTurn } });
      return { world, process: await world.start() };
    };

    describe(evictAfterEachTurn ? 'of an entity that is never in memory' : 'of an entity in memory', () => {
      it('a named signal replaces the waiting one of the same name, to an earlier or a later time', async () => {
        const { world, process } = await begun();
        await remind(process, world, 'first', 5_000);
        await remind(process, world, 'later', 10_000);
        await world.pass(6_000);
        expect(world.state('List', 'l'), 'the first one is gone').to.equal(undefined);
        await remind(process, world, 'earlier', 1_000);
        await world.pass(1_500);
        expect(world.state('List', 'l')).to.deep.equal(['earlier']);
        await world.pass(20_000);
        expect(world.state('List', 'l')).to.deep.equal(['earlier']);
        await remind(process, world, 'anew', 1_000);
        await world.pass(1_500);
        expect(world.state('List', 'l')).to.deep.equal(['earlier', 'anew']);
        await checkCalm(world);
      });

      it('each entity has its own names of signals, whatever the names are', async () => {
        const { world, process } = await begun();
        const names = ['r', 'R', '__proto__', 'constructor', '\u{1F600} "\\'];
        for (const name of names) await remind(process, world, name, 1_000, name);
        await remind(process, world, 'm', 1_000, 'r', id('List', 'm'));
        expect(namesOf(world)).to.deep.equal(names);
        expect(await world.until(process.client.cancelSignal(l, 'constructor'))).to.equal(true);
        await world.pass(2_000);
        expect(world.state('List', 'l')).to.have.members(names.filter((name) => name !== 'constructor'));
        expect(world.state('List', 'm')).to.deep.equal(['m']);
        await checkCalm(world);
      });

      it('a cancellation by name returns true if a signal waited', async () => {
        const { world, process } = await begun();
        const { client } = process;
        const cancel = () => world.until(client.cancelSignal(l, 'r'));
        expect(await cancel(), 'there is none').to.equal(false);
        expect(world.row(l), 'nothing came to be').to.equal(undefined);
        await remind(process, world, 'never', 1_000);
        expect(await cancel()).to.equal(true);
        expect(await cancel(), 'a second time').to.equal(false);
        await world.quiet();
        expect(world.row(l), 'nothing is left').to.equal(undefined);
        await world.pass(2_000);
        await remind(process, world, 'soon', 100);
        await world.pass(200);
        expect(await cancel(), 'it has run').to.equal(false);
        expect(world.state('List', 'l')).to.deep.equal(['soon']);
        await checkCalm(world);
      });

      it('a waiting named signal makes no entity exist, and survives the state of its entity', async () => {
        const { world, process } = await begun();
        const { client } = process;
        const a = id('Alarm', 'a');
        const exists = async () => (await world.until(client.readEntityState(a))).entityExists;
        await world.until(client.signalEntity(a, 'ring', 'x', { scheduledTime: at(world, 1_000), name: 'r' }));
        expect(await exists()).to.equal(false);
        expect(world.row(a), 'its row keeps the name').to.include({ state: null });
        await world.until(client.callEntity(a, 'get'));
        expect(await exists()).to.equal(true);
        await world.until(client.callEntity(a, 'delete'));
        expect(await exists()).to.equal(false);
        expect(namesOf(world, a)).to.deep.equal(['r']);
        await world.pass(1_500);
        expect(world.state('Alarm', 'a')).to.deep.equal(['x', 'again']);
        expect(world.row(a)?.meta).to.equal(null);
        await checkCalm(world);
      });

      it('a named signal that is due runs at once, and still replaces the waiting one', async () => {
        const { world, process } = await begun();
        await remind(process, world, 'waits', 1_000);
        await remind(process, world, 'now', -5);
        expect(world.state('List', 'l')).to.deep.equal(['now']);
        await world.pass(2_000);
        expect(world.state('List', 'l')).to.deep.equal(['now']);
        await checkCalm(world);
      });

      it('named signals survive a restart: the next process replaces and cancels them', async () => {
        const { world, process } = await begun();
        await remind(process, world, 'replaced', 5_000, 'a');
        await remind(process, world, 'cancelled', 5_000, 'b');
        await remind(process, world, 'kept', 5_000, 'c');
        process.crash();
        const next = await world.start();
        await remind(next, world, 'other', 5_000, 'a');
        expect(await world.until(next.client.cancelSignal(l, 'b'))).to.equal(true);
        await world.pass(10_000);
        expect(world.state('List', 'l')).to.have.members(['kept', 'other']);
        await checkCalm(world);
      });

      it('messages about named signals act while the entity is locked, also on a signal that is due and waits for the lock', async () => {
        const { world, process } = await begun();
        const { client } = process;
        const run = await world.until(client.startNew(holds));
        await remind(process, world, 'replaced', 100, 'a');
        await remind(process, world, 'cancelled', 100, 'b');
        await remind(process, world, 'kept', 100, 'c');
        await world.pass(1_000);
        expect(world.state('List', 'l'), 'locked').to.equal(undefined);
        expect(await world.until(client.cancelSignal(l, 'b'))).to.equal(true);
        await remind(process, world, 'at once', -1, 'a');
        const status = await world.until(client.entityStatus(l));
        expect(status?.backlog, 'what was withdrawn waits no more').to.equal(2);
        process.crash();
        const next = await world.start();
        await remind(next, world, 'at last', 0, 'a');
        await world.until(next.client.run(holds, run.instanceId).raiseEvent('go'));
        await world.pass(100);
        expect(world.state('List', 'l')).to.deep.equal(['kept', 'at last']);
        await checkCalm(world);
      });

      it('an entity sets and cancels its own named signals, and a failed operation does neither', async () => {
        const { world, process } = await begun();
        const { client } = process;
        const a = id('Alarm', 'a');
        const set = (value: string, ms: number, name = 'a') =>
          world.until(client.callEntity(a, 'set', { name, value, atMs: at(world, ms) }));
        await set('x', 5_000);
        await set('y', 3_000);
        await world.until(failure(set('broken', 1_000)));
        await set('z', 1_000, 'other');
        await world.until(client.callEntity(a, 'clear', 'other'));
        await world.pass(10_000);
        expect(world.state('Alarm', 'a')).to.deep.equal(['y', 'again']);
        await checkCalm(world);
      });

      it('orchestrations set and cancel named signals, the same in replay', async () => {
        const { world, process } = await begun();
        const { client } = process;
        const run = async (input: Reminding) => (await world.until(client.startNew(reminds, { input }))).result();
        await world.until(run({ at: at(world, 1_000), values: ['a', 'b', 'c'] }));
        await world.pass(2_000);
        expect(world.state('List', 'l')).to.deep.equal(['c']);
        await world.until(run({ at: at(world, 1_000), values: ['d'], cancel: true }));
        await world.pass(2_000);
        expect(world.state('List', 'l')).to.deep.equal(['c']);
        await checkCalm(world);
      });

      it('the ticket of a named signal is processed when the signal has run, was replaced or cancelled', async () => {
        const { world, process } = await begun();
        const { client } = process;
        const fates: string[] = [];
        const track = async (name: string, ticket: string) => {
          await client.processed(ticket);
          fates.push(name);
        };
        const tickets = [await remind(process, world, 'replaced', 1_000)];
        tickets.push(await remind(process, world, 'cancelled', 2_000));
        tickets.push(await remind(process, world, 'runs', 3_000, 's'));
        ['replaced', 'cancelled', 'runs'].forEach((name, index) => void track(name, tickets[index] as string));
        await world.quiet();
        expect(fates).to.deep.equal(['replaced']);
        await world.until(client.cancelSignal(l, 'r'));
        await world.quiet();
        expect(fates).to.deep.equal(['replaced', 'cancelled']);
        await world.pass(2_900);
        expect(fates).to.deep.equal(['replaced', 'cancelled']);
        await world.pass(200);
        expect(fates).to.deep.equal(['replaced', 'cancelled', 'runs']);
      });
    });
  }

  const gated = (gates: readonly Promise<void>[]) => {
    let next = 0;
    return defineEntity('Gated', async (context) => {
      await gates[next++];
      context.getState<string[]>(() => []).push(context.getInput<string>());
    });
  };
  const g = id('Gated', 'g');

  it('G7: a commit of an entity writes the same number of bytes of instance rows, however many named signals wait', async () => {
    const bytesOf = async (names: number) => {
      const world = new World(everyone);
      const process = await world.start();
      const { client, store } = process;
      const sent = Array.from({ length: names }, (_, n) =>
        client.signalEntity(l, 'append', n, { scheduledTime: at(world, 3_600_000), name: `name ${n}` }),
      );
      await world.until(Promise.all(sent));
      const before = store.batches.length;
      await world.until(client.callEntity(l, 'length'));
      await world.until(client.callEntity(l, 'append', 'x'));
      await remind(process, world, 'y', 3_600_000, 'one more');
      expect(await world.until(client.cancelSignal(l, 'one more'))).to.equal(true);
      const written = store.batches.slice(before).map(({ batch }) => [batch.instances, batch.named]);
      return JSON.stringify(written).replaceAll(/-?\d{3,}/g, '0').length;
    };
    expect(await bytesOf(2_000)).to.equal(await bytesOf(10));
  });

  it('a running named signal is neither replaced nor cancelled, and its name is free', async () => {
    const [first, second] = [deferred(), deferred()];
    const world = new World([gated([first.promise, second.promise])]);
    const process = await world.start();
    await remind(process, world, 'one', 100, 'r', g);
    await world.pass(200);
    expect(await world.until(process.client.cancelSignal(g, 'r')), 'it runs').to.equal(false);
    await remind(process, world, 'two', 1_000, 'r', g);
    first.resolve();
    await world.quiet();
    expect(world.state('Gated', 'g')).to.deep.equal(['one']);
    expect(namesOf(world, g), 'the second one waits').to.deep.equal(['r']);
    second.resolve();
    await world.pass(2_000);
    expect(world.state('Gated', 'g')).to.deep.equal(['one', 'two']);
    await checkCalm(world);
  });

  it('a named signal that ran when its process died runs again, although another signal has the name', async () => {
    const world = new World([gated([new Promise(() => {}), Promise.resolve(), Promise.resolve()])]);
    const process = await world.start();
    await remind(process, world, 'one', 100, 'r', g);
    await world.pass(200);
    await remind(process, world, 'two', 1_000, 'r', g);
    process.crash();
    await world.start();
    await world.pass(2_000);
    expect(world.state('Gated', 'g')).to.deep.equal(['one', 'two']);
    await checkCalm(world);
  });

  it('the batch that sets a named signal holds nothing of an operation that has ended and is not settled yet', async () => {
    const gate = deferred();
    const opener = defineEntity('Opener', { effects: 'none' }, async (context) => {
      if (context.operationName === 'open') gate.resolve();
      await Promise.resolve();
    });
    const world = new World([gated([gate.promise, gate.promise]), opener]);
    const { client, store, died } = await world.start();
    await world.until(client.signalEntity(id('Opener', 'o'), 'come into memory'));
    await world.until(client.signalEntity(g, 'append', 'one'));
    await world.quiet();
    // One batch holds the name; the operation ends while that batch is computed. The next one never comes.
    let commits = 0;
    store.plan = (access) => (access === 'commit' && ++commits === 2 ? 'crash-before' : undefined);
    const named = client.signalEntity(g, 'append', 'two', { scheduledTime: at(world, 1_000), name: 'r' });
    await world.until(Promise.all([named, client.signalEntity(id('Opener', 'o'), 'open')]));
    await world.until(died);
    await world.start();
    await world.pass(2_000);
    expect(world.state('Gated', 'g')).to.deep.equal(['one', 'two']);
  });

  it('messages about named signals act on an entity that is not registered here', async () => {
    const world = new World([list]);
    const first = await world.start();
    await remind(first, world, 'replaced', 1_000);
    await remind(first, world, 'cancelled', 1_000, 's');
    first.crash();
    world.definitions = [alarm];
    const second = await world.start();
    // Its name is known to the task hub: somebody had it.
    await remind(second, world, 'later', 3_000);
    expect(await world.until(second.client.cancelSignal(l, 's'))).to.equal(true);
    await world.pass(5_000);
    second.crash();
    world.definitions = [list];
    await world.start();
    await world.pass(100);
    expect(world.state('List', 'l')).to.deep.equal(['later']);
    await checkCalm(world);
  });

  it('a named signal that was given up frees its name, and is sent again without it', async () => {
    const world = new World([list]);
    const first = await world.start();
    await remind(first, world, 'deadly', 100);
    await world.quiet();
    first.die();
    for (const partition of world.database.partitions) partition.crashes = 5;
    for (const [row, message] of world.database.inbox) world.database.inbox.set(row, { ...message, attempts: 3 });
    const second = await world.start();
    await world.pass(5_000);
    expect(world.row(l), 'no name is left').to.equal(undefined);
    const [letter] = await world.until(second.engine.deadLetters({ limit: 1 }));
    await remind(second, world, 'other', 1_000);
    await world.until(second.client.deadLetters().retry(letter?.id as number));
    await world.pass(5_000);
    expect(world.state('List', 'l')).to.deep.equal(['deadly', 'other']);
    await checkCalm(world);
  });

  it('repeats of a request id set a named signal once, and do nothing after its cancellation', async () => {
    const world = new World([list]);
    const { client } = await world.start();
    const scheduledTime = at(world, 1_000);
    const send = (name: string) =>
      world.until(client.signalEntity(l, 'append', 'x', { scheduledTime, name, requestId: 'q' }));
    const tickets = await Promise.all([send('r'), send('r')]);
    tickets.push(await send('r'));
    expect(new Set(tickets).size).to.equal(1);
    expect((await failure(send('another name'))).name).to.equal('RequestIdReusedError');
    expect(await world.until(client.cancelSignal(l, 'r'))).to.equal(true);
    expect(await send('r')).to.equal(tickets[0]);
    await world.pass(2_000);
    expect(world.state('List', 'l')).to.equal(undefined);
  });

  it('a named signal needs a time and a valid name', async () => {
    const world = new World([
      list,
      defineEntity('Sloppy', { effects: 'none' }, (context) => context.signalEntity(l, 'append', 1, { name: 'n' })),
    ]);
    const { client } = await world.start();
    const scheduledTime = at(world, 1_000);
    for (const name of ['', 'x'.repeat(513), '\ud800', 'a\0b', 7 as unknown as string]) {
      const error = await failure(client.signalEntity(l, 'append', 1, { scheduledTime, name }));
      expect([error.name, (error as { argument?: string }).argument]).to.deep.equal([
        'InvalidArgumentError',
        'signal name',
      ]);
      expect((await failure(client.cancelSignal(l, name))).name).to.equal('InvalidArgumentError');
    }
    const unscheduled = await failure(client.signalEntity(l, 'append', 1, { name: 'n' }));
    expect(unscheduled.message).to.contain('does not wait');
    expect((await failure(client.cancelSignal(id('Nobody', 'n'), 'n'))).name).to.equal('UnknownEntityError');
    const inside = await world.until(failure(client.callEntity(id('Sloppy', 's'), 'go')));
    expect((inside.cause as Error).message).to.contain('does not wait');
  });

  for (const kind of ['List', 'SlowList'] as const) {
    atEveryAccess(
      `the last signal of a name runs once, and a cancelled one never runs (${kind})`,
      (at) => new World(everyone, { options: { evictAfterEachTurn: at % 2 === 0 }, database }),
      async (world) => {
        const board = new Switchboard(world);
        const sender = new Sender('s', board, new Journal());
        const told = async () => {
          await sender.remind(kind, 'l', [60_000, 30_000], false);
          await sender.remind(kind, 'l', [60_000, 90_000], true);
          await sender.remind(kind, 'm', [10, -10], false);
          await sender.remind(kind, 'm', [0, 5], true);
        };
        await world.until(told());
        await passInAnyProcess(world, board);
        sender.journal.check(world);
        await checkCalm(world);
      },
    );
  }

  atEveryAccess(
    'an orchestration sets and cancels each named signal once',
    (at) => new World(everyone, { options: { evictAfterEachTurn: at % 2 === 0 }, database }),
    async (world) => {
      const board = new Switchboard(world);
      const sender = new Sender('s', board, new Journal());
      const run = (instanceId: string, input: Reminding) =>
        sender.surely(async (client) => (await client.startNew(reminds, { instanceId, input })).result());
      const told = async () => {
        await run('one', { at: at(world, 60_000), values: ['a', 'b'] });
        await run('two', { at: at(world, 90_000), values: ['c', 'd'], cancel: true });
        await run('three', { at: at(world, 90_000), values: ['e'] });
      };
      await world.until(told());
      await passInAnyProcess(world, board);
      expect(world.state('List', 'l')).to.deep.equal(['e']);
      await checkCalm(world);
    },
  );
});
