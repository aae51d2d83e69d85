/** The engine on Restate passes the suite of task hubs, on a real server. */
import { RestateTaskHub } from '../../src/restate/client/restate-task-hub.js';
import { Admin } from '../../src/restate/client/admin.js';
import { Ingress } from '../../src/restate/client/ingress.js';
import { ServiceNames } from '../../src/restate/wire/service-names.js';
import { RestateHost } from '../../src/restate/index.js';
import { NodeClock } from '../../src/host/node-clock.js';
import { NodeRandom } from '../../src/host/node-random.js';
import { hasRestate, restateServer } from '../servers/restate.js';
import { definitions, taskHubConformance } from './conformance.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
let hubs = 0;

if (hasRestate()) {
  taskHubConformance(
    'the engine on Restate, on one node',
    async () => {
      const { ingress, admin } = await restateServer();
      const name = `hub${++hubs}`;
      const host = await RestateHost.start({
        register: definitions,
        ingress: [ingress],
        admin,
        advertise: 'http://127.0.0.1:0',
        hub: name,
        logger: silent,
        strict: 'off',
      });
      const clock = new NodeClock();
      const way = new Ingress([ingress], clock);
      return {
        hub: new RestateTaskHub({
          ingress: way,
          admin: new Admin([admin]),
          names: new ServiceNames(name),
          clock,
          random: new NodeRandom(),
        }),
        until: (promise) => promise,
        quiet: async () => {},
        stop: async () => {
          way.close(new Error('closed'));
          await host.stop();
        },
      };
    },
    { engine: 'restate', lacks: ['run.rewind', 'client.deadLetters'] },
  );
}
