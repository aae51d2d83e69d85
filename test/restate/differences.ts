/** The tests of the acceptance suite that do not hold on Restate, each with its reason. */

export interface Difference {
  /** `differs`: the behaviour is another one. `cannot`: the engine has no such thing. */
  readonly kind: 'differs' | 'cannot';
  readonly reason: string;
}

/** A test cannot move the time of a server. So these tests run on the other engines only. */
const needsMovedTime = {
  kind: 'cannot',
  reason: 'the test moves the time, and the clock of a Restate server cannot be moved',
} as const;
const noRewind = {
  kind: 'cannot',
  reason: '`rewind` is not supported: a journal of Restate cannot be edited',
} as const;
const noFencing = {
  kind: 'cannot',
  reason: '`fencingToken` is not supported: no lease of a partition is told',
} as const;
const noFile = { kind: 'cannot', reason: 'there is no file' } as const;
const otherOptions = { kind: 'differs', reason: 'the options of the host are others' } as const;
const noPlaces = { kind: 'cannot', reason: 'Restate limits what runs at the same time, not the host' } as const;

const byReason: readonly (readonly [Difference, readonly string[]])[] = [
  [
    needsMovedTime,
    [
      'retry: shouldRetry, retryTimeout and maxRetryInterval are kept; not before the interval',
      'clients try calls again: what failed as a new message, what had no answer as the same one',
      'status tells name, input, output, custom status, times and runtime status',
      'S13 a scheduled signal is not delivered before its time, and not lost',
      'give the state when it is asked for, and one that cannot be read ends no query',
      'take the time of the last change',
      'results and timers that come while it is suspended are taken after the resume',
      'S13 S19 scheduled signals outlive a restart, are not early and not lost',
      'S13 S133 signals of an orchestration can be scheduled',
    ],
  ],
  [
    noRewind,
    [
      'managing runs: rewind',
      'a run started by startNew has a status at once',
      'after stop every method rejects with HostStoppedError, and so does a pending wait',
      'classes have versions; a rewind keeps the version, a restart takes the highest',
      'a rewound execution goes the way of the one that failed',
      'commands to a run that is missing or has ended reject with OrchestrationNotFoundError',
    ],
  ],
  [
    noFencing,
    [
      'S53 a context used after its operation is an InvalidOperationError, for each of its members (none)',
      'S53 a context used after its operation is an InvalidOperationError, for each of its members (external)',
      'context.signal is not aborted, and fencingToken is a positive number that does not fall',
    ],
  ],
  [
    noFile,
    [
      'failure: the storage',
      'S21 S78 S160 a process that is killed again and again loses and doubles nothing, and leaves no lock',
    ],
  ],
  [
    {
      kind: 'differs',
      reason: 'a start and an event are durable when they are accepted, and the code of the run follows a moment later',
    },
    [
      'setCustomStatus shows in status, is kept between turns, and refuses what cannot be carried',
      'waitForStatus resolves with the present status or the first later one, and rejects if none will follow',
      'raiseEvent resolves when the run has taken it in: what it did with it is durable',
    ],
  ],
  [
    { kind: 'differs', reason: 'a watch reads again and again, so the newest state can be a moment late' },
    ['watch serves several readers, each at its own pace, and begins each iteration with the present state'],
  ],
  [
    { kind: 'differs', reason: 'a name that no host registers any more is unknown to clients' },
    [
      'S19 messages for an entity that is not registered any more wait, and are applied when it is again',
      'an entity whose time is not over is there, after a restart too',
    ],
  ],
  [
    { kind: 'differs', reason: 'the running operation is not told, and neither is whether its code is registered' },
    ['S94 entityStatus returns the holder of the lock, the number of waiting messages and the running operation'],
  ],
  [
    {
      kind: 'differs',
      reason:
        'an orchestration stays with the code that it began with, so `patched` is true; new code needs a new address',
    },
    [
      'an execution that came past the place before goes the old way to its end',
      'taking the call away too early, or moving it, is seen in replay, with both sides shown',
    ],
  ],
  [
    { kind: 'differs', reason: 'versions that no host registers any more are not known' },
    ['a start in a version that was announced once waits; in one that never was it is refused at once'],
  ],
  [
    { kind: 'differs', reason: 'a time limit of 10 ms is over before Restate has begun the activity' },
    ['an activity fails after its timeout, its signal is aborted, and it is retried'],
  ],
  [
    { kind: 'differs', reason: 'a timeout tells locks and suspensions, and no other reason' },
    [
      'M8: the active host has not registered the entity',
      'M8: the active host has not registered the orchestration',
      'M8: an operation runs, and has not ended',
    ],
  ],
  [
    { kind: 'differs', reason: 'Restate pauses an execution whose code has changed, until an operator acts' },
    [
      'another activity',
      'another kind of action',
      'another input',
      'another entity',
      'an action that is gone',
      'an end that comes too early',
    ].map(
      (change) =>
        `code that no longer matches its history is a NonDeterministicOrchestrationError with both sides: ${change}`,
    ),
  ],
  [otherOptions, ['wrong options of the host are InvalidArgumentErrors that name the option']],
  [
    noPlaces,
    [
      'activities of one run go in parallel, at most maxConcurrentActivities at a time',
      'unseen rejections are also logged when the run fails, is terminated, or continues as new',
    ],
  ],
];

/** By the theme of a suite, or by the title of a test. */
export const differences: ReadonlyMap<string, Difference> = new Map(
  byReason.flatMap(([difference, titles]) => titles.map((title) => [title, difference] as const)),
);

/** Whether the list names a test, by the theme of its suite or by its own title. */
export function isListed(theme: string, title: string): boolean {
  return differences.has(theme) || differences.has(title);
}

/**
 * The mode of `DURABLE_TEST_DIFFERENCES`. `leave out`: the listed tests do not run. `only`: nothing but the listed tests runs, and each must
 * fail, because a listed test that passes is no difference. `all`: the suite is defined as it is, to be listed.
 */
export const mode = modeOf(process.env['DURABLE_TEST_DIFFERENCES']);

function modeOf(given = ''): 'leave out' | 'only' | 'all' {
  return given === 'only' || given === 'all' ? given : 'leave out';
}

/** How long a listed test may take to fail, in ms. A test that has not ended by then does not hold. */
const failsWithinMs = 60_000;

/** Stands for a test that does not run. */
const leftOut = { timeout: () => leftOut } as unknown as Mocha.Test;

/** Defines the tests of a suite that are wanted. */
export function withoutDifferences(theme: string, suite: () => void): void {
  if (mode === 'all') return suite();
  const all = globalThis.it;
  const some = (title: string, test?: Mocha.AsyncFunc): Mocha.Test => {
    const different = isListed(theme, title);
    if (mode === 'leave out') return different ? leftOut : all(title, test);
    return different && test !== undefined ? all(title, inverted(test)) : leftOut;
  };
  globalThis.it = Object.assign(some, {
    only: all.only,
    skip: all.skip,
    retries: (count: number) => all.retries(count),
  }) as typeof globalThis.it;
  try {
    suite();
  } finally {
    globalThis.it = all;
  }
}

function inverted(test: Mocha.AsyncFunc): Mocha.AsyncFunc {
  return async function (this: Mocha.Context) {
    this.timeout(2 * failsWithinMs);
    let late: NodeJS.Timeout | undefined;
    const outcome = await Promise.race([
      Promise.resolve(test.call(this)).then(
        () => 'passed' as const,
        () => 'failed' as const,
      ),
      new Promise<'late'>((resolve) => (late = setTimeout(resolve, failsWithinMs, 'late'))),
    ]);
    clearTimeout(late);
    if (outcome === 'passed') throw new Error('the test passes on Restate too, so the list must not name it');
  };
}
