/** A host on Restate in a process of its own, which a test kills. */
import { defineEntity, defineOrchestration } from '../../src/functions/define.js';
import { EntityId } from '../../src/index.js';
import { RestateHost } from '../../src/restate/index.js';

const account = defineEntity('Account', { effects: 'none' }, (context) => {
  const state = context.getState<{ sum: number }>(() => ({ sum: 0 }));
  state.sum += context.getInput<number>() ?? 0;
  return state.sum;
});

const move = defineOrchestration('Move', async (context, [from, to]: [string, string]) => {
  const ids = [new EntityId('Account', from), new EntityId('Account', to)] as const;
  using _section = await context.lock(...ids);
  await context.callEntity(ids[0], 'add', -5);
  await context.callEntity(ids[1], 'add', 5);
});

const [ingress = '', admin = '', hub = '', port = '0'] = process.argv.slice(2);
const host = await RestateHost.start({
  ingress: [ingress],
  admin,
  hub,
  register: [account, move],
  listen: { port: Number(port) },
  advertise: `http://127.0.0.1:${port}`,
  logger: { debug() {}, info() {}, warn() {}, error() {} },
  strict: 'off',
});
process.send?.({ port: host.port });
