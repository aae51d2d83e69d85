import { NodeRandom } from '../../src/host/node-random.js';
import { checkHostOptions, engineOptions, type DurableHostOptions } from '../../src/host/options.js';
import { startWorker, type WorkerPorts } from '../../src/host/start-worker.js';
import type { DurableClient, DurableHost } from '../../src/index.js';
import type { Logger } from '../../src/ports/log.js';
import type { MovedClock } from './moved-clock.js';

/** The parts of a host that a test uses. */
export interface Host {
  readonly client: DurableClient;
  readonly role: DurableHost['role'];
  stop(): Promise<void>;
}

/** The worker of a DurableHost, on a clock that the test moves. Its lease is long: the clock may pass years. */
export async function startMovedHost(
  clock: MovedClock,
  given: DurableHostOptions & { readonly logger: Logger },
  makeStore: WorkerPorts['makeStore'],
): Promise<Host> {
  const options = checkHostOptions({ leaseDuration: '3650 days', ...given });
  const { client, engine, store } = await startWorker(options, engineOptions(options, 'test'), {
    clock,
    random: new NodeRandom(() => clock.wallMs()),
    logger: given.logger,
    makeStore,
  });
  const stop = async () => {
    await engine.stop();
    await store.close();
  };
  return {
    client,
    get role() {
      return engine.role;
    },
    stop,
  };
}
