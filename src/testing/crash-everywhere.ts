import { checkOptions, type OptionNames } from '../model/options.js';
import { TestHostCrashedError, TestStuckError } from './errors.js';
import { TestHost, type TestHostOptions } from './test-host.js';

/** The scenario that `crashEverywhere` runs. */
export interface CrashScenario {
  /**
   * The actions of a client, and the moves of time. After the crash it is called again on the next host, like a client that repeats
   * messages without an answer. So give each message a `requestId` or `instanceId`.
   */
  readonly act: (host: TestHost) => Promise<void>;
  /** Assertions that must hold at the end, independent of the place of the crash. */
  readonly check: (host: TestHost) => Promise<void>;
  /** Called before each try, to reset things outside of the host. Default: nothing is reset. */
  readonly prepare?: (() => void | Promise<void>) | undefined;
}

const scenarioOptions: OptionNames<CrashScenario> = { act: true, check: true, prepare: true };
const commitsMax = 10_000;

/**
 * Runs a scenario many times, each time on an empty host and with one crash: right before the first commit, right after it, right before
 * the second commit, and so on, up to the last. So a crash is tried in every gap between an effect outside of the host and the commit that
 * records it.
 * @returns the number of crashes, when all tries have passed
 * @throws the error of `act` or `check`, with the place of the crash in its message; TestStuckError if a try needs more than 10,000 commits
 */
export async function crashEverywhere(options: TestHostOptions, given: CrashScenario): Promise<number> {
  const scenario = checkOptions(given, scenarioOptions, 'scenario');
  for (let nth = 1, crashes = 0; nth <= commitsMax; nth++) {
    for (const when of ['before', 'after'] as const) {
      const crashed = await tryCrash(options, scenario, nth, when);
      if (!crashed) return crashes;
      crashes++;
    }
  }
  throw new TestStuckError(`The scenario does not end within ${commitsMax} commits`, []);
}

/** Runs one try. `false` if the scenario ended before the crash. */
async function tryCrash(
  options: TestHostOptions,
  { act, check, prepare }: CrashScenario,
  nth: number,
  when: 'before' | 'after',
): Promise<boolean> {
  await prepare?.();
  let host = await TestHost.start(options);
  try {
    if (when === 'before') host.faults.crashBeforeCommit(nth);
    else host.faults.crashAfterCommit(nth);
    await attempt(host, act);
    const { crashed } = host;
    if (crashed) {
      host = await host.crash();
      await attempt(host, act);
    }
    await check(host);
    return crashed;
  } catch (error) {
    if (error instanceof Error) error.message = `Crash ${when} commit ${nth}: ${error.message}`;
    throw error;
  } finally {
    await host.stop();
  }
}

/** Runs the actions, and ignores errors that the crash itself causes. */
async function attempt(host: TestHost, act: CrashScenario['act']): Promise<void> {
  try {
    await act(host);
    await host.idle();
  } catch (error) {
    if (!(host.crashed && error instanceof TestHostCrashedError)) throw error;
  }
}
