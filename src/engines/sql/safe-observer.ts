import type { HubObserver } from '../../hub/observer.js';
import type { Logger } from '../../ports/log.js';

/** An observer that throws must not end what it observes: its first error is logged, and it is called again all the same. */
export function safeObserver(observer: HubObserver | undefined, logger: Logger): HubObserver | undefined {
  if (observer === undefined) return undefined;
  let reported = false;
  const safe: Record<string, (value: never) => void> = {};
  for (const name of observed) {
    if (observer[name] === undefined) continue;
    safe[name] = (value) => {
      try {
        (observer[name] as (value: never) => void)(value);
      } catch (error) {
        if (!reported)
          logger.error(
            { error, observer: name },
            'The observer of the task hub threw. Later errors of it are not logged.',
          );
        reported = true;
      }
    };
  }
  return safe;
}

const observed: readonly (keyof HubObserver)[] = [
  'committed',
  'admitted',
  'operationEnded',
  'runStarted',
  'runEnded',
  'activityEnded',
  'retried',
  'deadLettered',
  'reset',
  'roleChanged',
];
