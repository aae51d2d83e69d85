/** The application: the parser, the texts of errors, and the run of one command line. */
import { packageVersion } from '../core/package-version.js';
import { DurableError } from '../errors/durable-error.js';
import { CliError, exitCodeOf, exitCodes } from './cli-error.js';
import type { CliContext } from './commands/command.js';
import { completeArgument } from './completion-scripts.js';
import { safeText } from './output/safe-text.js';
import { Terminal, type Surroundings } from './output/terminal.js';
import { rootFor } from './root.js';
import {
  buildApplication,
  englishText,
  proposeCompletions,
  run,
  type Application,
  type ApplicationText,
  type RouteMap,
  type StricliProcess,
} from './vendor/stricli.js';

/** An error as text: message, code, hint. Texts of it may come from user code or from a server. */
function errorText(error: unknown): string {
  if (error instanceof DurableError) {
    const see = error.help === undefined ? '' : `\n  See ${safeText(error.help)}`;
    return `error: ${safeText(error.message)} (${error.code})\n  ${safeText(error.hint)}${see}`;
  }
  return `error: ${safeText(error instanceof Error ? error.message : String(error))}`;
}

function texts(): ApplicationText {
  return {
    ...englishText,
    exceptionWhileParsingArguments: (error) =>
      `error: ${safeText(englishText.exceptionWhileParsingArguments(error, false))}`,
    exceptionWhileLoadingCommandFunction: errorText,
    exceptionWhileLoadingCommandContext: errorText,
    exceptionWhileRunningCommand: errorText,
    commandErrorResult: errorText,
    noCommandRegisteredForInput: ({ input, corrections }) => {
      const near = corrections.length === 0 ? '' : ` The nearest is ${corrections.join(', ')}.`;
      return `error: There is no command "${safeText(input)}".${near}\n  See: durable-entities --help`;
    },
  };
}

function applicationFor(root: RouteMap<CliContext>, hasColours: boolean): Application<CliContext> {
  return buildApplication<CliContext>(root, {
    name: 'durable-entities',
    versionInfo: { currentVersion: packageVersion },
    scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true },
    documentation: {
      caseStyle: 'convert-camel-to-kebab',
      disableAnsiColor: !hasColours,
      onlyRequiredInUsageLine: true,
    },
    localization: { text: texts() },
    determineExitCode: exitCodeOf,
  });
}

/** Runs one command line. Resolves with the exit code. */
export async function runCommandLine(words: readonly string[], around: Surroundings): Promise<number> {
  const terminal = new Terminal(around);
  const streams: StricliProcess = {
    stdout: { write: (text) => void around.stdout.write(text), getColorDepth: () => (terminal.hasColours ? 4 : 1) },
    // The parser shows errors of interrupted commands too. Nobody needs them.
    stderr: { write: (text) => void (around.signal.aborted || around.stderr.write(text)) },
    env: { STRICLI_SKIP_VERSION_CHECK: '1', ...(terminal.hasColours ? {} : { STRICLI_NO_COLOR: '1' }) },
    exitCode: undefined,
  };
  const application = applicationFor(await rootFor(words), terminal.hasColours);
  const context: CliContext = { process: streams, terminal };
  if (words[0] === completeArgument) {
    const typed = words.slice(words[1] === '--' ? 2 : 1);
    const proposals = await proposeCompletions(application, typed, context);
    await terminal.write(proposals.map(({ completion }) => `${completion}\n`).join(''));
    return exitCodes.done;
  }
  await run(application, words, context);
  const code = Number(streams.exitCode ?? 0);
  // `serve` and `top` end by an interruption, and are done then.
  if (around.signal.aborted && code !== 0) return exitCodeOf(around.signal.reason);
  // Codes of the parser are negative: a wrong command or argument is wrong usage.
  return code === -5 || code === -4 ? exitCodes.usage : code < 0 ? exitCodes.failed : code;
}

/** The reason of an interruption. */
export function interrupted(): CliError {
  return new CliError('interrupted', 'The command was interrupted.', 'Run it again.');
}
