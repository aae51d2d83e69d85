/** An inspector that is loaded with its first call, so that programs which never look load nothing of it. */
import { NotSupportedError } from '../errors/index.js';
import type { FeedChange, FeedOptions, Inspector } from '../hub/inspector.js';
import type { ClientPorts } from './client-ports.js';

export function lazyInspector({ inspect, hub }: Pick<ClientPorts, 'inspect' | 'hub'>): Inspector {
  const load = async () => {
    if (inspect === undefined) throw new NotSupportedError('client.inspector', hub.engine);
    return inspect();
  };
  let loading: Promise<Inspector> | undefined;
  const loaded = () => {
    loading ??= load().catch((error: unknown) => {
      // The next call tries again.
      loading = undefined;
      throw error;
    });
    return loading;
  };
  return {
    overview: async () => (await loaded()).overview(),
    types: async () => (await loaded()).types(),
    statistics: async () => (await loaded()).statistics(),
    workers: async (...args) => (await loaded()).workers(...args),
    partitions: async () => (await loaded()).partitions(),
    entities: async (...args) => (await loaded()).entities(...args),
    entity: async (...args) => (await loaded()).entity(...args),
    runs: async (...args) => (await loaded()).runs(...args),
    run: async (...args) => (await loaded()).run(...args),
    history: async (...args) => (await loaded()).history(...args),
    timeline: async (...args) => (await loaded()).timeline(...args),
    explain: async (...args) => (await loaded()).explain(...args),
    locks: async (...args) => (await loaded()).locks(...args),
    messages: async (...args) => (await loaded()).messages(...args),
    deadLetters: async (...args) => (await loaded()).deadLetters(...args),
    feed(listener: (change: FeedChange) => void, options?: FeedOptions) {
      let stop: (() => void) | undefined;
      let isStopped = false;
      loaded().then(
        (inspector) => {
          if (!isStopped) stop = inspector.feed(listener, options);
        },
        // A feed that could not begin says nothing. Every other method of the inspector tells the reason.
        () => {},
      );
      return () => {
        isStopped = true;
        stop?.();
      };
    },
  };
}
