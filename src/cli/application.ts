/** The application: all commands, the texts of errors, and the run of one command line. */
import { packageVersion } from '../core/package-version.js';
import { DurableError } from '../errors/index.js';
import { CliError, exitCodeOf, exitCodes } from './cli-error.js';
import type { CliContext } from './commands/command.js';
import { completion } from './commands/completion.js';
import { doctor, migrate } from './commands/doctor.js';
import { entities } from './commands/entities.js';
import { deadLetters, explain, locks, workers } from './commands/hub.js';
import { runs } from './commands/run-commands.js';
import { serveHub } from './commands/serve.js';
import { top } from './commands/top.js';
import { exportHub, importHub } from './commands/transfer.js';
import { completeArgument } from './completion-scripts.js';
import { safeText } from './output/safe-text.js';
import { Terminal, type Surroundings } from './output/terminal.js';
import {
  buildApplication,
  buildRouteMap,
  englishText,
  proposeCompletions,
  run,
  type Application,
  type ApplicationText,
  type StricliProcess,
} from './vendor/stricli.js';

const root = buildRouteMap({
  routes: {
    entities,
    runs,
    explain,
    locks,
    deadLetters,
    workers,
    top,
    serve: serveHub,
    doctor,
    migrate,
    export: exportHub,
    import: importHub,
    completion,
  },
  aliases: { orchestrations: 'runs' },
  docs: {
    brief: 'Looks at a task hub of durable entities and orchestrations, and acts on it',
    fullDescription: `Looks at a task hub of durable entities and orchestrations, and acts on it.

The task hub is that of --url (or DURABLE_URL, with DURABLE_TOKEN), else that of --storage (or DURABLE_STORAGE), else the only *.db file here.
Data goes to stdout, all else to stderr. --json and --jsonl are for programs.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 refused, 5 timeout, 130 interrupted.`,
  },
});

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

function applicationFor(hasColours: boolean): Application<CliContext> {
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
  const application = applicationFor(terminal.hasColours);
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
