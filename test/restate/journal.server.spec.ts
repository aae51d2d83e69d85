/** The number of journal entries of each kind of work. They are the cost of this engine, and do not depend on the machine. */
import { expect } from 'chai';
import { defineEntity, defineOrchestration } from '../../src/functions/define.js';
import { EntityId } from '../../src/index.js';
import { RestateHost } from '../../src/restate/index.js';
import { eventually } from '../acceptance/world.js';
import { hasRestate, restateServer } from '../servers/restate.js';
import { invocations } from './operator.js';
import { RestateWorld } from './restate-world.js';

const counter = defineEntity('Counter', { effects: 'none' }, (context) => {
  const state = context.getState<{ n: number }>(() => ({ n: 0 }));
  return (state.n += 1);
});

const tiny = defineOrchestration('Tiny', async (context) => {
  const result = await context.callEntity(new EntityId('Counter', 'a'), 'add');
  context.signalEntity(new EntityId('Counter', 'b'), 'add');
  return result;
});

const transfer = defineOrchestration('Transfer', async (context) => {
  const ids = [new EntityId('Counter', 'a'), new EntityId('Counter', 'b')] as const;
  using _section = await context.lock(...ids);
  await context.callEntity(ids[0], 'add');
  await context.callEntity(ids[1], 'add');
});

const twice = defineOrchestration('Twice', async (context) => {
  const id = new EntityId('Counter', 'a');
  using _section = await context.lock(id);
  await context.callEntity(id, 'add');
  return context.callEntity<number>(id, 'add');
});

const silent = { debug() {}, info() {}, warn() {}, error() {} };

if (hasRestate()) {
  describe('journal entries on Restate', () => {
    let hub: string;
    let host: RestateHost;

    beforeEach(async () => {
      ({ hub } = new RestateWorld());
      const { ingress, admin } = await restateServer();
      host = await RestateHost.start({
        ingress: [ingress],
        admin,
        hub,
        advertise: 'http://127.0.0.1:0',
        register: [counter, tiny, transfer, twice],
        journals: '1 hour',
        logger: silent,
        strict: 'off',
      });
    });
    afterEach(() => host.stop());

    /** The entries of all invocations, by their handlers, when all of them have ended. */
    const entries = (count: number) =>
      eventually(async () => {
        const all = (await invocations(hub)).filter(({ target_handler_name: handler }) => handler !== 'read');
        if (all.length < count || all.some(({ status }) => status !== 'completed')) return undefined;
        const total = all.reduce((sum, { journal_size: size }) => sum + size, 0);
        return { total, each: all.map((one) => `${one.target_handler_name} ${one.journal_size}`).toSorted() };
      }, 'the end of all invocations');

    it('a call of an operation takes 6 entries', async () => {
      await host.client.callEntity(new EntityId('Counter', 'a'), 'add');
      expect(await entries(1)).to.deep.equal({ total: 6, each: ['run 6'] });
    });

    it('signals that a client sends together take 6 entries for all of them', async () => {
      const { client } = host;
      const send = () => client.signalEntity(new EntityId('Counter', 'a'), 'add');
      const tickets = await Promise.all(Array.from({ length: 51 }, send));
      await Promise.all(tickets.map((ticket) => client.processed(ticket)));
      // The first one goes alone. The others wait for its acceptance, and make one message.
      expect(await entries(2)).to.deep.equal({ total: 12, each: ['many 6', 'run 6'] });
      expect(await client.callEntity(new EntityId('Counter', 'a'), 'add')).to.equal(52);
    });

    it('an orchestration of one call and one signal takes 31 entries with its operations', async () => {
      await (await host.client.startNew(tiny)).result();
      expect((await entries(5)).total).to.equal(31);
    });

    // The end of a section is an entry of its caller only if it comes before the end of the caller.
    it('a locked transfer takes at most 46 entries with its operations', async () => {
      await (await host.client.startNew(transfer)).result();
      expect((await entries(5)).total).to.be.within(44, 46);
    });

    it('a section reads the state of its entity once, and two operations in it take at most 38 entries', async () => {
      expect(await (await host.client.startNew(twice)).result()).to.equal(2);
      expect((await entries(4)).total).to.be.within(37, 38);
    });
  });
}
