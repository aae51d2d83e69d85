import type { HubObserver } from '../../hub/observer.js';
import type { Logger } from '../../ports/log.js';

/** Guards an observer: its errors must not end the work that it observes. The first error is logged, and later calls are made as before. */
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
            'The observer of the task hub threw an error. Its later errors are not logged.',
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
