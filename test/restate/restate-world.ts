/** The hosts of one test on Restate: a task hub of its own on the server that all tests share. */
import type { DurableHostOptions } from '../../src/index.js';
import { RestateHost, type RestateHostOptions } from '../../src/restate/index.js';
import type { Host } from '../acceptance/moved-host.js';
import { restateServer } from '../servers/restate.js';

type Options = Partial<Omit<DurableHostOptions, 'register' | 'storage'>>;

/** Options of a DurableHost that a host on Restate has too. */
const shared = new Set<string>([
  'container',
  'services',
  'autobind',
  'limits',
  'logger',
  'onSignalFailed',
  'onStartRefused',
  'stopTimeout',
  'strict',
] satisfies (keyof RestateHostOptions & keyof DurableHostOptions)[]);

/** Options whose subject does not exist on Restate, so that tests may give them. */
const withoutMeaning = new Set([
  'leaseDuration',
  'evictAfterEachTurn',
  'stallLimit',
  'intakeTimeout',
  'maxIdleInstances',
]);

let hubs = 0;

export class RestateWorld {
  readonly hub = `world${process.pid}-${++hubs}`;
  private port = 0;

  async start(register: readonly unknown[], given: Options): Promise<Host> {
    const options: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(given)) {
      if (shared.has(name)) options[name] = value;
      else if (!withoutMeaning.has(name)) throw new Error(`a host on Restate has no option ${name}`);
    }
    const { ingress, admin } = await restateServer();
    const host = await RestateHost.start({
      stopTimeout: '2 s',
      ...options,
      register,
      ingress: [ingress],
      admin,
      hub: this.hub,
      listen: { port: this.port },
      advertise: `http://127.0.0.1:${this.port}`,
    });
    this.port = host.port;
    let stopped = false;
    return {
      client: host.client,
      get role() {
        return stopped ? ('stopped' as const) : ('active' as const);
      },
      stop() {
        stopped = true;
        return host.stop();
      },
    };
  }
}
