/** Signals that a client sends together are recorded together, and yet each takes effect or fails by itself. */
import { expect } from 'chai';
import { defineEntity } from '../../src/functions/define.js';
import { EntityId, type DurableClient, type FailedSignal } from '../../src/index.js';
import { eventually } from '../acceptance/world.js';
import { hasRestate } from '../servers/restate.js';
import { invocations } from './operator.js';
import { RestateWorld } from './restate-world.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const list = new EntityId('List', 'all');
const echo = new EntityId('Echo', 'all');

/** Appends its input and sends it on, and fails after both if it is asked to. */
const entityOf = (effects: 'none' | 'external') =>
  defineEntity('List', { effects }, (context) => {
    if (context.operationName === 'clear') return context.deleteState();
    const values = context.getState<string[]>(() => []);
    if (context.operationName === 'values') return values;
    const value = context.getInput<string>();
    values.push(value);
    const isBig = context.operationName === 'burst';
    context.signalEntity(echo, 'append', isBig ? value + 'x'.repeat(600_000) : value);
    if (context.operationName === 'fail') throw new Error('as it was asked to');
    return values.length;
  });

const echoes = defineEntity('Echo', { effects: 'none' }, (context) => {
  const values = context.getState<string[]>(() => []);
  if (context.operationName === 'append') values.push(context.getInput<string>().charAt(0));
  return values;
});

if (hasRestate()) {
  for (const effects of ['none', 'external'] as const) {
    describe(`signals that are sent together on Restate (effects: ${effects})`, () => {
      let world: RestateWorld;
      let client: DurableClient;
      let stop: () => Promise<void>;
      let failed: FailedSignal[];

      beforeEach(async () => {
        world = new RestateWorld();
        failed = [];
        const host = await world.start([entityOf(effects), echoes], {
          logger: silent,
          strict: 'off',
          onSignalFailed: (_, signal) => void failed.push(signal),
        });
        client = host.client;
        stop = () => host.stop();
      });
      afterEach(() => stop());

      /** Sends signals at the same time, and waits until they have run. */
      const send = async (signals: readonly (readonly [operation: string, input?: string])[]) => {
        const sent = await Promise.all(
          signals.map(([operation, input]) => client.signalEntity(list, operation, input)),
        );
        await Promise.all(sent.map((ticket) => client.processed(ticket)));
        const handlers = (await invocations(world.hub)).map(({ target_handler_name: handler }) => handler);
        expect(handlers, 'some of them made one message').to.include('many');
      };

      /** The values that the list has sent on. Waits until there are `count` of them. */
      const echoed = (count: number) =>
        eventually(async () => {
          const values = await client.callEntity<string[]>(echo, 'values');
          return values.length < count ? undefined : values;
        }, 'the signals that the list sends');

      it('one that fails changes and sends nothing, and is reported, and those around it take effect in order', async () => {
        await send([
          ['append', 'a'],
          ['append', 'b'],
          ['fail', 'c'],
          ['append', 'd'],
          ['fail', 'e'],
          ['append', 'f'],
        ]);
        expect(await client.callEntity(list, 'values')).to.deep.equal(['a', 'b', 'd', 'f']);
        expect(await echoed(4)).to.deep.equal(['a', 'b', 'd', 'f']);
        expect(failed.map(({ operationName }) => operationName)).to.deep.equal(['fail', 'fail']);
      });

      it('one that deletes the entity is followed by others on a new one', async () => {
        await send([['append', 'a'], ['append', 'b'], ['clear'], ['append', 'c']]);
        expect(await client.callEntity(list, 'values')).to.deep.equal(['c']);
        await send([['append', 'd'], ['append', 'e'], ['clear']]);
        expect(await client.readEntityState(list)).to.have.property('entityExists', false);
      });

      it('more bytes of messages than one record may have are recorded in parts', async () => {
        await send([
          ['append', 'a'],
          ['burst', 'b'],
          ['burst', 'c'],
          ['burst', 'd'],
          ['append', 'e'],
        ]);
        expect(await client.callEntity(list, 'values')).to.deep.equal(['a', 'b', 'c', 'd', 'e']);
        expect((await echoed(5)).toSorted()).to.deep.equal(['a', 'b', 'c', 'd', 'e']);
      });
    });
  }
}
