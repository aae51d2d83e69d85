import type { HubObserver } from '../../hub/observer.js';
import type { Logger } from '../../ports/log.js';

type Call = (value: never) => void;
type Calls = Record<keyof HubObserver, Call | undefined>;

/**
 * The observers of an engine, as one. Their errors must not end the work that they observe: the first error of an observer is logged, and
 * later calls are made as before. A method that no observer has is `undefined`, so that its caller need not make what it would report.
 */
export class Observers implements HubObserver {
  private readonly all = new Set<Partial<Calls>>();
  committed: HubObserver['committed'] = undefined;
  admitted: HubObserver['admitted'] = undefined;
  operationEnded: HubObserver['operationEnded'] = undefined;
  lockGranted: HubObserver['lockGranted'] = undefined;
  lockReleased: HubObserver['lockReleased'] = undefined;
  runStarted: HubObserver['runStarted'] = undefined;
  runEnded: HubObserver['runEnded'] = undefined;
  activityEnded: HubObserver['activityEnded'] = undefined;
  retried: HubObserver['retried'] = undefined;
  deadLettered: HubObserver['deadLettered'] = undefined;
  reset: HubObserver['reset'] = undefined;
  roleChanged: HubObserver['roleChanged'] = undefined;
  stalled: HubObserver['stalled'] = undefined;

  constructor(private readonly logger: Logger) {}

  /** Returns a function that removes the observer. */
  add(observer: HubObserver): () => void {
    const safe = safeCalls(observer, this.logger);
    this.all.add(safe);
    this.combine();
    return () => {
      this.all.delete(safe);
      this.combine();
    };
  }

  private combine(): void {
    const combined = this as unknown as Calls;
    for (const name of observed) {
      const calls = [...this.all].flatMap((each) => each[name] ?? []);
      combined[name] =
        calls.length < 2
          ? calls[0]
          : (value) => {
              for (const call of calls) call(value);
            };
    }
  }
}

function safeCalls(observer: HubObserver, logger: Logger): Partial<Calls> {
  let reported = false;
  const safe: Partial<Calls> = {};
  for (const name of observed) {
    if (observer[name] === undefined) continue;
    safe[name] = (value) => {
      try {
        (observer[name] as Call)(value);
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

const observed = Object.keys({
  committed: true,
  admitted: true,
  operationEnded: true,
  lockGranted: true,
  lockReleased: true,
  runStarted: true,
  runEnded: true,
  activityEnded: true,
  retried: true,
  deadLettered: true,
  reset: true,
  roleChanged: true,
  stalled: true,
} satisfies Record<keyof HubObserver, true>) as readonly (keyof HubObserver)[];
