/** The host and the client of a process on Restate. */
import type { DurableClient } from '../../../src/index.js';
import { connectRestate, RestateHost } from '../../../src/restate/index.js';
import { loggerTo, type ChaosHost } from '../host.js';
import { pause } from '../pause.js';
import { registered, type CodeVersion } from '../workload.js';
import type { RestatePlace } from './place.js';

const startsWithinMs = 60_000;

/** A host behind the address that all hosts share. */
export function startOnRestate(
  { ingress, admin, hub, advertise, port }: RestatePlace,
  { code, logPath }: { readonly code: CodeVersion; readonly logPath?: string | undefined },
): Promise<ChaosHost> {
  return patiently(() =>
    RestateHost.start({
      ingress,
      admin,
      hub,
      advertise,
      register: registered[code],
      listen: { port },
      stopTimeout: '5 s',
      logger: loggerTo(logPath),
      strict: 'off',
    }),
  );
}

export function connectToRestate(
  { ingress, admin, hub }: RestatePlace,
  { code }: { readonly code: CodeVersion },
): Promise<DurableClient> {
  return patiently(() => connectRestate({ ingress, admin, hub, register: registered[code] }));
}

/** Starts again for as long as no node can register it, as a supervisor of the process does. */
async function patiently<T>(start: () => Promise<T>): Promise<T> {
  for (const endMs = performance.now() + startsWithinMs; ; await pause(200)) {
    try {
      return await start();
    } catch (error) {
      if ((error as { code?: string }).code !== 'DE_STORAGE' || performance.now() > endMs) throw error;
    }
  }
}
