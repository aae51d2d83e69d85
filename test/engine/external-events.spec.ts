import { expect } from 'chai';
import { defineActivity, defineOrchestration } from '../../src/functions/define.js';
import type { OrchestrationContext } from '../../src/functions/orchestration-context.js';
import { replay } from '../../src/testing/index.js';
import { deferred, World, type Process } from './world.js';

/** Runs a story live, and again with the process dying after each step: both give the same. */
async function liveAndReplayed(
  definitions: () => readonly unknown[],
  story: (world: World, next: () => Promise<Process>) => Promise<unknown>,
): Promise<unknown> {
  const outcomes: unknown[] = [];
  for (const crashing of [false, true]) {
    const world = new World(definitions(), { options: { evictAfterEachTurn: crashing } });
    let now = await world.start();
    const next = async () => {
      await world.quiet();
      if (!crashing) return now;
      now.crash();
      return (now = await world.start());
    };
    outcomes.push(await story(world, next));
  }
  expect(outcomes[1], 'after crashes').to.deep.equal(outcomes[0]);
  return outcomes[0];
}

/** Starts the orchestration and raises these events one after the other; resolves with its result. */
async function told(
  code: (context: OrchestrationContext, input: never) => unknown,
  events: readonly (readonly [name: string, value: unknown] | number)[],
): Promise<unknown> {
  const run = defineOrchestration('Run', code as never);
  const noop = defineActivity('Noop', () => 'done');
  return liveAndReplayed(
    () => [run, noop],
    async (world, next) => {
      let { client } = await next();
      await world.until(client.startNew(run, { instanceId: 'r' }));
      for (const event of events) {
        ({ client } = await next());
        if (typeof event === 'number') await world.pass(event);
        else await world.until(client.run(run, 'r').raiseEvent(event[0], event[1]));
      }
      ({ client } = await next());
      return world.until(client.run(run, 'r').result());
    },
  );
}

describe('external events', () => {
  it('O1: a race of two waits in a loop gets each event once, in the order in which the events arrived', async () => {
    const seen = await told(
      async (context) => {
        const taken: unknown[] = [];
        while (taken.length < 4) {
          taken.push(await Promise.race([context.waitForExternalEvent('a'), context.waitForExternalEvent('b')]));
        }
        return taken;
      },
      [
        ['a', 'a1'],
        ['a', 'a2'],
        ['b', 'b3'],
        ['b', 'b4'],
      ],
    );
    expect(seen).to.deep.equal(['a1', 'a2', 'b3', 'b4']);
  });

  it('O1: an execution that began under version 0.1 keeps its rules: exact names, and the oldest wait first', async () => {
    const loops = defineOrchestration('Loops', async (context) => {
      const taken: unknown[] = [];
      while (taken.length < 3) {
        taken.push(await Promise.race([context.waitForExternalEvent('a'), context.waitForExternalEvent('b')]));
      }
      return taken;
    });
    const event = (name: string, value: string) => ({ h: 'fed', at: 1, event: { kind: 'event', name, value } });
    const replayed = (rules: object) =>
      replay(
        {
          run: { instanceId: 'r', executionId: 'e', name: 'Loops', version: 1 },
          events: [
            { h: 'fed', at: 1, event: { kind: 'started', ...rules } },
            event('a', '1'),
            event('A', '2'),
            event('a', '3'),
            event('b', '4'),
          ],
          outcome: null,
        },
        loops,
      );
    expect(await replayed({})).to.deep.equal({ status: 'running' });
    const now = await replayed({ rules: 2 }).catch((error: unknown) => error);
    expect(String(now)).to.include('the orchestration ended (completed)');
  });

  it('O1: a race over names whose events arrived before it takes the oldest of them', async () => {
    const derived = (context: OrchestrationContext, name: string) =>
      context.waitForExternalEvent<string>(name).then((value) => ({ value }));
    for (const wait of [(c: OrchestrationContext, n: string) => c.waitForExternalEvent(n), derived]) {
      const seen = await told(
        async (context) => {
          await context.createTimer('1 minute');
          const taken: unknown[] = [];
          while (taken.length < 5) {
            const timeout = context.createTimer('1 hour');
            taken.push(await Promise.race([wait(context, 'a'), timeout, wait(context, 'b'), wait(context, 'c')]));
            timeout.cancel();
          }
          return taken.map((each) => (each as { value?: string } | undefined)?.value ?? each);
        },
        [['b', 'b1'], ['a', 'a2'], ['c', 'c3'], ['a', 'a4'], 61_000, ['b', 'b5']],
      );
      expect(seen).to.deep.equal(['b1', 'a2', 'c3', 'a4', 'b5']);
    }
  });

  it('O1: a race whose other promise has settled before leaves an unread event unread', async () => {
    const seen = await told(
      async (context) => {
        const timer = context.createTimer('1 minute');
        const mapped = timer.then(() => 'mapped');
        await context.createTimer('2 minutes');
        return [
          await Promise.race([context.waitForExternalEvent('a'), timer]),
          await Promise.race([context.waitForExternalEvent('a'), mapped]),
          await Promise.race([context.waitForExternalEvent('a', { timeout: '1 day' }), mapped]),
          await Promise.any([context.waitForExternalEvent('a'), context.waitForExternalEvent('b')]),
          await Promise.all([context.waitForExternalEvent('b'), context.waitForExternalEvent('b')]),
        ];
      },
      [['a', 'a1'], ['b', 'b2'], ['b', 'b3'], 121_000],
    );
    expect(seen).to.deep.equal([undefined, 'mapped', 'mapped', 'a1', ['b2', 'b3']]);
  });

  it('O1: a race notices its first promise, even if the wait is created after it, in the middle of the call', async () => {
    const seen = await told(
      async (context) => {
        function* both() {
          yield context.createTimer('1 minute');
          yield context.waitForExternalEvent('a');
        }
        await Promise.all([context.createTimer('1 second'), context.createTimer('1 second')]);
        const first = await Promise.race(both());
        const mapped = context.createTimer('1 minute').then(() => 'mapped');
        const second = await Promise.race([mapped, context.waitForExternalEvent('a')]);
        await context.createTimer('2 minutes');
        return [first, second, await context.waitForExternalEvent('a')];
      },
      [122_000, ['a', 'a1'], 121_000],
    );
    expect(seen).to.deep.equal([undefined, 'mapped', 'a1']);
  });

  it('O1: work that began with an event stays in its race: a later event for the other wait is read', async () => {
    const seen = await told(
      async (context) => {
        const work = context.waitForExternalEvent('begin').then(() => context.createTimer('1 day'));
        return Promise.race([work, context.waitForExternalEvent('cancel')]);
      },
      [
        ['begin', 0],
        ['cancel', 'cancelled'],
      ],
    );
    expect(seen).to.equal('cancelled');
  });

  it('O1: waits of one turn get their events in the order of the waits', async () => {
    const seen = await told(
      async (context) => {
        const order: string[] = [];
        const waits = ['one', 'two', 'three'].map(async (name) => {
          order.push(`${name}:${await context.waitForExternalEvent<string>('x')}`);
        });
        await Promise.all(waits);
        return order;
      },
      [
        ['x', 1],
        ['x', 2],
        ['x', 3],
      ],
    );
    expect(seen).to.deep.equal(['one:1', 'two:2', 'three:3']);
  });

  it('O1: the wait of the newest turn gets an event before waits of earlier turns', async () => {
    const seen = await told(
      async (context) => {
        const order: string[] = [];
        const wait = async (name: string) =>
          void order.push(`${name}:${await context.waitForExternalEvent<string>('x')}`);
        const old = wait('old');
        await context.waitForExternalEvent('next');
        const young = wait('young');
        await Promise.all([old, young]);
        return order;
      },
      [
        ['next', 0],
        ['x', 1],
        ['x', 2],
      ],
    );
    expect(seen).to.deep.equal(['young:1', 'old:2']);
  });

  it('O2: a wait that lost to a timer takes nothing from the wait that follows it', async () => {
    const seen = await told(
      async (context) => {
        const first = await Promise.race([
          context.waitForExternalEvent('go'),
          context.createTimer('1 minute').then(() => 'late'),
        ]);
        return [first, await context.waitForExternalEvent('go')];
      },
      [61_000, ['go', 'g1']],
    );
    expect(seen).to.deep.equal(['late', 'g1']);
  });

  it('O2: an event that arrives after its wait has lost a race is kept for the next wait', async () => {
    const seen = await told(
      async (context) => {
        const first = await Promise.race([context.waitForExternalEvent('go'), context.createTimer('1 minute')]);
        await context.createTimer('1 minute');
        return [first, await context.waitForExternalEvent('go'), await context.waitForExternalEvent('go')];
      },
      [61_000, ['go', 'g1'], 61_000, ['go', 'g2']],
    );
    expect(seen).to.deep.equal([undefined, 'g1', 'g2']);
  });

  it('O2: a lost wait keeps its event for the next wait also if the race is over promises derived from it', async () => {
    const seen = await told(
      async (context) => {
        const timeout = context.createTimer('1 minute').then(() => 'late');
        const first = await Promise.race([
          context.waitForExternalEvent('go').then((value) => ({ value })),
          context.waitForExternalEvent('stop').catch(() => 'failed'),
          timeout,
        ]);
        await context.createTimer('1 minute');
        return [first, await context.waitForExternalEvent('stop'), await context.waitForExternalEvent('go')];
      },
      [61_000, ['go', 'g1'], ['stop', 's1'], 61_000],
    );
    expect(seen).to.deep.equal(['late', 's1', 'g1']);
  });

  it('O2: a wait that lost a race and is raced again gets an event from in between', async () => {
    const seen = await told(
      async (context) => {
        const go = context.waitForExternalEvent<string>('go');
        let reminders = 0;
        for (;;) {
          const won = await Promise.race([go, context.createTimer('1 minute').then(() => undefined)]);
          if (won !== undefined) return [won, reminders];
          reminders++;
          await context.callActivity('Noop');
          await context.createTimer('10 seconds');
        }
      },
      [61_000, ['go', 'g1'], 11_000],
    );
    expect(seen).to.deep.equal(['g1', 1]);
  });

  it('O2: a wait that lost a race continues if other code awaits it', async () => {
    const seen = await told(
      async (context) => {
        const go = context.waitForExternalEvent<string>('go');
        const handled: string[] = [];
        const handler = (async () => void handled.push(await go))();
        await Promise.race([go, context.createTimer('1 minute')]);
        await context.waitForExternalEvent('end');
        await handler;
        return handled;
      },
      [61_000, ['go', 'g1'], ['end', 0]],
    );
    expect(seen).to.deep.equal(['g1']);
  });

  it('O2: continueAsNew keeps events that no wait took, in their order', async () => {
    const seen = await told(
      async (context, round: number | undefined) => {
        if (round === 1) {
          return [
            await context.waitForExternalEvent('go'),
            await context.waitForExternalEvent('go'),
            await context.waitForExternalEvent('other'),
          ];
        }
        await Promise.race([context.waitForExternalEvent('go'), context.createTimer('1 minute')]);
        await context.createTimer('1 minute');
        return context.continueAsNew(1);
      },
      [61_000, ['go', 'g1'], ['other', 'o1'], ['go', 'g2'], 61_000],
    );
    expect(seen).to.deep.equal(['g1', 'g2', 'o1']);
  });

  it('O2: a cancelled wait takes no event and does not settle, and the cancellation of a settled wait has no effect', async () => {
    const seen = await told(
      async (context) => {
        const order: unknown[] = [];
        const cancelled = context.waitForExternalEvent('x', { timeout: '1 hour' });
        void cancelled.then(
          (value) => order.push(['cancelled', value]),
          (error: unknown) => order.push(String(error)),
        );
        cancelled.cancel();
        cancelled.cancel();
        const taken = context.waitForExternalEvent('x');
        order.push(await taken);
        taken.cancel();
        await context.createTimer('2 hours');
        order.push(await context.waitForExternalEvent('x'));
        return order;
      },
      [['x', 1], ['x', 2], 7_300_000],
    );
    expect(seen).to.deep.equal([1, 2]);
  });

  it('O9: names of events are compared without case', async () => {
    const seen = await told(
      async (context) => [
        await context.waitForExternalEvent('Approved'),
        await context.waitForExternalEvent('APPROVED'),
        await context.waitForExternalEvent('__PROTO__'),
      ],
      [
        ['approved', 1],
        ['aPPROVED', 2],
        ['__proto__', 3],
      ],
    );
    expect(seen).to.deep.equal([1, 2, 3]);
  });

  it('O9: the status names unread and awaited events as the code spells them', async () => {
    const gate = deferred();
    const hold = defineActivity('Hold', () => gate.promise);
    const reads = defineOrchestration('Reads', async (context) => {
      void context.waitForExternalEvent('Approved');
      await context.callActivity(hold);
      return context.waitForExternalEvent('Sent');
    });
    const world = new World([reads, hold]);
    const { client } = await world.start();
    const run = await world.until(client.startNew(reads));
    for (const name of ['sent', 'Rejected', 'SENT']) await world.until(run.raiseEvent(name, 0));
    const status = await run.status();
    expect(status?.unreadEvents).to.deep.equal(['sent', 'Rejected', 'SENT']);
    expect(status?.awaitedEvents).to.deep.equal(['Approved']);
    gate.resolve();
    await world.until(run.result());
    expect((await run.status())?.unreadEvents).to.deep.equal(['Rejected', 'SENT']);
  });
});
