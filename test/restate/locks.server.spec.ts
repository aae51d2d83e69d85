/** Critical sections on Restate: what follows when an operator ends a part of one. */
import { expect } from 'chai';
import { defineEntity, defineOrchestration } from '../../src/functions/define.js';
import {
  EntityId,
  OrchestrationFailedError,
  OrchestrationTerminatedError,
  type DurableClient,
} from '../../src/index.js';
import { eventually, refusal } from '../acceptance/world.js';
import { hasRestate } from '../servers/restate.js';
import { end, invocation } from './operator.js';
import { RestateWorld } from './restate-world.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

const account = defineEntity('Account', { effects: 'none' }, (context) => {
  const state = context.getState<{ sum: number }>(() => ({ sum: 0 }));
  state.sum += context.getInput<number | undefined>() ?? 0;
  return state.sum;
});

/** Holds the locks until it gets an event, and adds one to each account then. */
const holder = defineOrchestration('Holder', async (context, keys: string[]) => {
  using _section = await context.lock(...keys.map((key) => new EntityId('Account', key)));
  context.setCustomStatus('holding');
  await context.waitForExternalEvent('go');
  for (const key of keys) await context.callEntity(new EntityId('Account', key), 'add', 1);
});

if (hasRestate()) {
  describe('critical sections on Restate', () => {
    let world: RestateWorld;
    let client: DurableClient;
    let stop: () => Promise<void>;

    beforeEach(async () => {
      world = new RestateWorld();
      const host = await world.start([account, holder], { logger: silent, strict: 'off' });
      client = host.client;
      stop = () => host.stop();
    });
    afterEach(() => stop());

    const hold = async (instanceId: string, keys: string[]) => {
      const run = await client.startNew(holder, { input: keys, instanceId });
      await eventually(async () => ((await run.status())?.customStatus === 'holding' ? true : undefined), 'the locks');
      return run;
    };
    const add = (key: string) => client.callEntity(new EntityId('Account', key), 'add', 1);
    const lockedBy = async (key: string) => (await client.entityStatus(new EntityId('Account', key)))?.lockedBy ?? null;
    const section = (key: string) =>
      invocation(
        world.hub,
        (one) => one.target_handler_name === 'section' && one.target_service_key === key && one.status !== 'pending',
        'the section',
      );
    const execution = () =>
      invocation(world.hub, (one) => one.target_service_name === `${world.hub}.orchestration.Holder`, 'the execution');

    it('a lock that waits is withdrawn when its orchestration is terminated', async () => {
      const first = await hold('first', ['b']);
      const second = await client.startNew(holder, { input: ['a', 'b'], instanceId: 'second' });
      await eventually(async () => ((await lockedBy('a')) === 'second' ? true : undefined), 'the first lock');
      await second.terminate('enough');
      expect(await add('a'), 'the granted lock is free').to.equal(1);
      await first.raiseEvent('go');
      await first.result();
      expect(await add('b')).to.equal(2);
    });

    it('an operator who kills an execution frees its entities, and its instance is terminated', async () => {
      const run = await hold('killed', ['a', 'b']);
      const result = refusal(run.result(), OrchestrationTerminatedError, 'DE_ORCHESTRATION_TERMINATED');
      await end((await execution()).id, 'kill');
      expect((await result).reason).to.equal('killed');
      expect([await add('a'), await add('b')]).to.deep.equal([1, 1]);
      expect(await lockedBy('a'), 'the lock in the state is not one any more').to.equal(null);
    });

    it('an operator who cancels an execution terminates its instance, and its locks are released', async () => {
      const run = await hold('cancelled', ['a', 'b']);
      await end((await execution()).id, 'cancel');
      const error = await refusal(run.result(), OrchestrationTerminatedError, 'DE_ORCHESTRATION_TERMINATED');
      expect(error.reason).to.equal('cancelled');
      expect([await add('a'), await add('b')]).to.deep.equal([1, 1]);
    });

    it('locks that are held are free when the orchestration is terminated while it waits for a later one', async () => {
      const first = await hold('first', ['c']);
      const second = await client.startNew(holder, { input: ['a', 'b', 'c'], instanceId: 'second' });
      await eventually(async () => ((await lockedBy('b')) === 'second' ? true : undefined), 'the second lock');
      expect([await lockedBy('a'), await lockedBy('c')]).to.deep.equal(['second', 'first']);
      await second.terminate('enough');
      expect([await add('a'), await add('b')]).to.deep.equal([1, 1]);
      await first.raiseEvent('go');
      await first.result();
      expect(await add('c')).to.equal(2);
    });

    for (const how of ['kill', 'cancel'] as const) {
      for (const key of ['a', 'b', 'c']) {
        it(`an orchestration whose section on ${key} of a, b and c an operator ends (${how}) fails, and its other locks are released`, async () => {
          const run = await hold('lost', ['a', 'b', 'c']);
          await end((await section(key)).id, how);
          const error = await refusal(run.result(), OrchestrationFailedError, 'DE_ORCHESTRATION_FAILED');
          expect((error.cause as Error).message).to.include(`@account@${key}`);
          expect([await add('a'), await add('b'), await add('c')]).to.deep.equal([1, 1, 1]);
        });
      }
    }

    it('an orchestration fails when an operator ends the section that waits for its last lock, and its other locks are released', async () => {
      const first = await hold('first', ['b']);
      const second = await client.startNew(holder, { input: ['a', 'b'], instanceId: 'second' });
      const waits = await invocation(
        world.hub,
        (one) => one.target_handler_name === 'section' && one.target_service_key === 'b' && one.status === 'pending',
        'the section that waits',
      );
      await end(waits.id, 'kill');
      const error = await refusal(second.result(), OrchestrationFailedError, 'DE_ORCHESTRATION_FAILED');
      expect((error.cause as Error).message).to.include('@account@b');
      expect(await add('a')).to.equal(1);
      await first.raiseEvent('go');
      await first.result();
    });

    it('lists tell who holds the lock of each entity, and an entity without a state is not there', async () => {
      const holders = async () => {
        const found: [string, string | null][] = [];
        for await (const { entityId, lockedBy: by } of client.queryEntities({ name: 'Account' })) {
          found.push([entityId.key, by]);
        }
        return found;
      };
      await add('a');
      const run = await hold('listed', ['a', 'b']);
      expect(await holders()).to.deep.equal([['a', 'listed']]);
      expect((await client.readEntityState(new EntityId('Account', 'b'))).entityExists).to.equal(false);
      await run.raiseEvent('go');
      await run.result();
      expect([await add('a'), await add('b')], 'both locks are released').to.deep.equal([3, 2]);
      expect(await holders()).to.deep.equal([
        ['a', null],
        ['b', null],
      ]);
    });

    it('a lock is held while nothing runs, and the section goes on then', async () => {
      const run = await hold('idle', ['a']);
      const { id } = await section('a');
      await invocation(world.hub, (one) => one.id === id && one.status === 'suspended', 'the suspension');
      expect(await lockedBy('a')).to.equal('idle');
      const waits = add('a');
      await run.raiseEvent('go');
      await run.result();
      expect(await waits).to.equal(2);
    });
  });
}
