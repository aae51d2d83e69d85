import type { CountingObserver } from '../../hub/operation-counts.js';
import type { Logger } from '../../ports/log.js';

type Call = (value: never) => void;
type Calls = Record<keyof CountingObserver, Call | undefined>;

/**
 * The observers of an engine, as one. Their errors must not end the work that they observe: the first error of an observer is logged, and
 * later calls are made as before. A method that no observer has is `undefined`, so that its caller need not make what it would report.
 */
export class Observers implements CountingObserver {
  private readonly all = new Set<Partial<Calls>>();
  committed: CountingObserver['committed'] = undefined;
  admitted: CountingObserver['admitted'] = undefined;
  operationEnded: CountingObserver['operationEnded'] = undefined;
  counted: CountingObserver['counted'] = undefined;
  lockGranted: CountingObserver['lockGranted'] = undefined;
  lockReleased: CountingObserver['lockReleased'] = undefined;
  runStarted: CountingObserver['runStarted'] = undefined;
  runEnded: CountingObserver['runEnded'] = undefined;
  activityEnded: CountingObserver['activityEnded'] = undefined;
  retried: CountingObserver['retried'] = undefined;
  deadLettered: CountingObserver['deadLettered'] = undefined;
  reset: CountingObserver['reset'] = undefined;
  roleChanged: CountingObserver['roleChanged'] = undefined;
  stalled: CountingObserver['stalled'] = undefined;

  constructor(private readonly logger: Logger) {}

  /** Returns a function that removes the observer. */
  add(observer: CountingObserver): () => void {
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

function safeCalls(observer: CountingObserver, logger: Logger): Partial<Calls> {
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
  counted: true,
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
} satisfies Record<keyof CountingObserver, true>) as readonly (keyof CountingObserver)[];
