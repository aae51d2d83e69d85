import { checkOptions, type OptionNames } from '../model/options.js';
import { TestHostCrashedError, TestStuckError } from './errors.js';
import { TestHost, type TestHostOptions } from './test-host.js';

/** What `crashEverywhere` takes after the host's options. */
export interface CrashScenario {
  /**
   * What a client does, and how time passes. After the crash it is called again, on the next host, as by a client that repeats what had
   * no answer: give each message its `requestId` or `instanceId`.
   */
  readonly act: (host: TestHost) => Promise<void>;
  /** What must hold in the end, wherever the crash was. */
  readonly check: (host: TestHost) => Promise<void>;
  /** Called before each try: to make what the try has outside of the host anew. */
  readonly prepare?: (() => void | Promise<void>) | undefined;
}

const scenarioOptions: OptionNames<CrashScenario> = { act: true, check: true, prepare: true };
const commitsMax = 10_000;

/**
 * Runs a scenario again and again on empty hosts, each time with one crash: right before its first commit, right after it, before the
 * second one, and so on, to the last. So every gap is tried between what your code did outside and the commit that remembers it.
 * @returns how many crashes were tried
 * @throws what `act` or `check` throws, the message saying where the crash was
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

/** False: the scenario ended before. */
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

/** Without the errors that the crash itself brings. */
async function attempt(host: TestHost, act: CrashScenario['act']): Promise<void> {
  try {
    await act(host);
    await host.idle();
  } catch (error) {
    if (!(host.crashed && error instanceof TestHostCrashedError)) throw error;
  }
}
