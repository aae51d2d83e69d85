/** Limits of a Restate server: work that reaches them goes on, or is refused with a typed error. */
import { expect } from 'chai';
import { defineEntity, defineOrchestration } from '../../src/functions/define.js';
import { LimitExceededError } from '../../src/errors/index.js';
import { EntityId, EntityOperationFailedError } from '../../src/index.js';
import { RestateHost } from '../../src/restate/index.js';
import { eventually, refusal } from '../acceptance/world.js';
import { hasRestate, restateServer, startRestate } from '../servers/restate.js';
import { RestateWorld } from './restate-world.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

const account = defineEntity('Account', { effects: 'none' }, (context) => {
  const state = context.getState<{ sum: number }>(() => ({ sum: 0 }));
  state.sum += context.getInput<number | undefined>() ?? 0;
  return state.sum;
});

const transfer = defineOrchestration('Transfer', async (context, [from, to]: [string, string]) => {
  const ids = [new EntityId('Account', from), new EntityId('Account', to)] as const;
  using _section = await context.lock(...ids);
  await Promise.all([context.callEntity(ids[0], 'add', -1), context.callEntity(ids[1], 'add', 1)]);
});

const keeper = defineEntity('Keeper', { effects: 'none' }, (context) => {
  const state = context.getState<{ texts: number; text: string }>(() => ({ texts: 0, text: '' }));
  if (context.operationName === 'keep') {
    state.texts += 1;
    state.text = context.getInput<string>();
  }
  if (context.operationName === 'spread') {
    const text = context.getInput<string>();
    for (let number = 0; number < 15; number++)
      context.signalEntity(new EntityId('Keeper', `k${number}`), 'keep', text);
  }
  return state.texts;
});

const code = [account, transfer, keeper];

if (hasRestate()) {
  describe('limits of a Restate server', () => {
    it('more transfers than a server runs at the same time come to their end, though each waits for locks', async () => {
      const server = await startRestate('worker.invoker.concurrent-invocations-limit = 6\n');
      const host = await RestateHost.start({
        ingress: [server.ingress],
        admin: server.admin,
        advertise: 'http://127.0.0.1:0',
        register: code,
        logger: silent,
        strict: 'off',
      });
      const runs = Array.from({ length: 12 }, (_, number) =>
        host.client.startNew(transfer, { input: [`a${number % 3}`, `b${number % 2}`] }),
      );
      for (const run of await Promise.all(runs)) await run.result();
      const sums = ['a0', 'a1', 'a2', 'b0', 'b1'].map((key) =>
        host.client.callEntity(new EntityId('Account', key), 'add', 0),
      );
      expect(await Promise.all(sums)).to.deep.equal([-4, -4, -4, 6, 6]);
      await host.stop();
      await server.stop();
    });

    it('an operation sends as much as its limits allow, whatever the characters, and more is refused', async () => {
      const world = new RestateWorld();
      const host = await world.start(code, { logger: silent, strict: 'off' });
      const { client } = host;
      // The text of a quote takes two bytes in JSON, and four in a message that has JSON as a text.
      const text = '"'.repeat(1024 * 512 - 64);
      await client.callEntity(new EntityId('Keeper', 'all'), 'spread', text);
      for (let number = 0; number < 15; number++) {
        const kept = await eventually(async () => {
          const { entityState } = await client.readEntityState<{ text: string }>(new EntityId('Keeper', `k${number}`));
          return entityState?.text;
        }, 'the text');
        expect(kept === text, `k${number}`).to.equal(true);
      }
      await refusal(
        client.callEntity(new EntityId('Keeper', 'all'), 'spread', '"'.repeat(1024 * 512)),
        LimitExceededError,
        'DE_LIMIT_EXCEEDED',
      );
      await host.stop();
    });

    it('a turn that sends more than its limits fails, and sends nothing', async () => {
      const { ingress, admin } = await restateServer();
      const host = await RestateHost.start({
        ingress: [ingress],
        admin,
        hub: new RestateWorld().hub,
        advertise: 'http://127.0.0.1:0',
        register: code,
        limits: { turnMessages: 14 },
        logger: silent,
        strict: 'off',
      });
      const call = host.client.callEntity(new EntityId('Keeper', 'all'), 'spread', 'a');
      const error = await refusal(call, EntityOperationFailedError, 'DE_OPERATION_FAILED');
      expect(error.cause).to.be.instanceOf(LimitExceededError);
      expect((await host.client.readEntityState(new EntityId('Keeper', 'k0'))).entityExists).to.equal(false);
      await host.stop();
    });
  });
}
