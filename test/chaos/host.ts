/** The host of the chaos, in whichever process it runs. */
import { DurableHost } from '../../src/index.js';
import { registered } from './workload.js';

export interface ChaosHostOptions {
  readonly storage: string;
  readonly leaseMs: number;
  readonly stallLimitMs: number;
}

export function startHost({ storage, leaseMs, stallLimitMs }: ChaosHostOptions): Promise<DurableHost> {
  return DurableHost.start({
    storage,
    register: registered,
    leaseDuration: leaseMs,
    stallLimit: stallLimitMs,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  });
}
