/** Replays and hosts that end, on Restate: operations count once, and orchestrations go on where they were. */
import { expect } from 'chai';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { defineActivity, defineEntity, defineOrchestration } from '../../src/functions/define.js';
import { EntityId, type DurableClient } from '../../src/index.js';
import { connectRestate } from '../../src/restate/index.js';
import { hasRestate, restateServer } from '../servers/restate.js';
import { invocation, invocations } from './operator.js';
import { RestateWorld } from './restate-world.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** Its result differs each time that its code runs. */
const dice = defineEntity('Dice', { effects: 'external' }, (context) => {
  const state = context.getState<{ rolls: number[] }>(() => ({ rolls: [] }));
  state.rolls.push(Math.random() + Date.now());
  context.signalEntity(new EntityId('Sum', 'all'), 'add', 1);
  return state.rolls.at(-1);
});

const sum = defineEntity('Sum', { effects: 'none' }, (context) => {
  const state = context.getState<{ n: number }>(() => ({ n: 0 }));
  return (state.n += context.getInput<number>() ?? 0);
});

const shout = defineActivity('Shout', (_, text: string) => text.toUpperCase());

const longGame = defineOrchestration('LongGame', async (context, rounds: number) => {
  const rolls: unknown[] = [];
  for (let round = 0; round < rounds; round++) {
    rolls.push(await context.callEntity(new EntityId('Dice', 'one'), 'roll'));
    await context.waitForExternalEvent(`round${round}`);
  }
  const [winner] = await Promise.race([
    context.callActivity(shout, 'done').then((text) => [text]),
    context.createTimer('1 hour').then(() => ['too late']),
  ]);
  return { rolls, winner, id: context.newGuid() };
});

if (hasRestate()) {
  describe('replays on Restate', () => {
    let world: RestateWorld;
    beforeEach(() => {
      world = new RestateWorld();
    });

    /** Resolves when the execution has given its stream back, so that its next event is a replay. */
    const suspended = () =>
      invocation(
        world.hub,
        (one) => one.target_service_name.endsWith('.orchestration.LongGame') && one.status === 'suspended',
        'the suspension',
      );

    it('an orchestration that is replayed at each step sees what it saw before, and each operation counts once', async () => {
      const host = await world.start([dice, sum, shout, longGame], { logger: silent, strict: 'off' });
      const { client } = host;
      const run = await client.startNew(longGame, { input: 3 });
      for (let round = 0; round < 3; round++) {
        await suspended();
        await run.raiseEvent(`round${round}`);
      }
      const { rolls, winner } = (await run.result()) as { rolls: number[]; winner: string };
      const { entityState } = await client.readEntityState<{ rolls: number[] }>(new EntityId('Dice', 'one'));
      expect(rolls).to.deep.equal(entityState?.rolls);
      expect(winner).to.equal('DONE');
      expect(await client.callEntity(new EntityId('Sum', 'all'), 'add', 0)).to.equal(3);
      await host.stop();
    });

    it('an orchestration goes on with another host on the same address, after a host that stopped', async () => {
      const first = await world.start([dice, sum, shout, longGame], { logger: silent, strict: 'off' });
      const run = await first.client.startNew(longGame, { input: 1, instanceId: 'game' });
      await suspended();
      await first.stop();
      const second = await world.start([dice, sum, shout, longGame], { logger: silent, strict: 'off' });
      const again = second.client.run(longGame, run.instanceId);
      await again.raiseEvent('round0');
      expect(await again.result()).to.have.property('winner', 'DONE');
      await second.stop();
    });
  });

  describe('a worker process on Restate that is killed', () => {
    const sums = 8;
    let client: DurableClient;
    let hub: string;

    const startWorker = async (port: number) => {
      const { ingress, admin } = await restateServer();
      const child = fork(join(import.meta.dirname, 'worker-child.js'), [ingress, admin, hub, String(port)], {
        execArgv: ['--require', 'reflect-metadata'],
      });
      const [told] = (await once(child, 'message')) as [{ port: number }];
      return { child, port: told.port };
    };

    it('loses and doubles nothing: calls under way end, locked transfers too, and money is constant', async () => {
      hub = new RestateWorld().hub;
      const { ingress, admin } = await restateServer();
      let worker = await startWorker(0);
      client = await connectRestate({ ingress: [ingress], admin, hub });
      const account = (number: number) => new EntityId('account', String(number));
      for (let number = 0; number < sums; number++) await client.callEntity(account(number), 'add', 100);
      const runs = [];
      const calls: Promise<unknown>[] = [];
      for (let number = 0; number < 12; number++) {
        const [from, to] = [number % sums, (number * 3 + 1) % sums];
        runs.push(await client.startNew('Move', { input: [String(from), String(to)] }));
        calls.push(client.callEntity(account(number % sums), 'add', 1));
        if (number !== 7) continue;
        worker.child.kill('SIGKILL');
        await once(worker.child, 'exit');
        worker = await startWorker(worker.port);
      }
      await Promise.all(calls);
      await Promise.all(runs.map((run) => run.result()));
      let total = 0;
      for (let number = 0; number < sums; number++) total += Number(await client.callEntity(account(number), 'add', 0));
      expect(total).to.equal(100 * sums + 12);
      for (let number = 0; number < sums; number++) {
        expect((await client.entityStatus(account(number)))?.lockedBy).to.equal(null);
      }
      expect((await invocations(hub)).filter(({ status }) => status === 'paused')).to.deep.equal([]);
      await client.close();
      worker.child.kill('SIGKILL');
      await once(worker.child, 'exit');
    });
  });
}
