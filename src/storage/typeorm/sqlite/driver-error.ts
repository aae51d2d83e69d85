/** The errors for an sqlite3 that cannot be loaded, each with the commands that help. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { isNotFound, PackageError } from '../../../errors/package-errors.js';

/** The command that installs the optional dependency in package.json. */
const install = 'npm install sqlite3@6';
/** The commands that run its install script. */
const build = 'npm approve-scripts sqlite3 && npm rebuild sqlite3';
const olderNpm = 'An npm before 11 needs the second command alone; with ignore-scripts, add --ignore-scripts=false.';

/**
 * The error for an sqlite3 that cannot be loaded. It is absent, its install script did not run, its build failed, or its native part is for
 * another machine.
 */
export function driverError(cause: unknown): PackageError {
  const message = cause instanceof Error ? cause.message : String(cause);
  // Check the name: a package that sqlite3 needs may be missing instead.
  if (isNotFound(cause) && /Cannot find (package|module) 'sqlite3'/.test(message)) {
    const why = 'npm leaves out an optional dependency whose build fails, and each one with --omit=optional';
    return problem('it is not installed', `Install it: ${install}. ${why}: this command shows the reason.`, cause);
  }
  if (message.includes('Could not locate the bindings file')) return notBuilt(cause);
  if ((cause as { code?: unknown } | undefined)?.code === 'ERR_DLOPEN_FAILED') {
    const text = 'it is installed, but its native part is not of this machine or version of Node';
    return problem(text, `Build it again: ${build}. ${olderNpm}`, cause);
  }
  return problem('it could not be loaded', `See the cause. To install it again: ${install}`, cause);
}

/** A build that failed leaves its folder behind. Without the folder no build was tried. */
function notBuilt(cause: unknown): PackageError {
  const text = 'it is installed, but its native part is not built';
  return hasBuildFolder()
    ? problem(
        `${text}: its build failed`,
        'Build it again, and read what that prints: npm rebuild sqlite3 --foreground-scripts. A build needs python3, make and a C++ compiler.',
        cause,
      )
    : problem(`${text}: its install script did not run`, `Let it run: ${build}. ${olderNpm}`, cause);
}

function hasBuildFolder(): boolean {
  try {
    return existsSync(join(dirname(createRequire(import.meta.url).resolve('sqlite3/package.json')), 'build'));
  } catch {
    // The package is part of a bundle.
    return false;
  }
}

function problem(text: string, hint: string, cause: unknown): PackageError {
  return new PackageError('sqlite3', text, hint, undefined, cause);
}
