/** The errors for a SQLite driver that cannot be loaded, each with the commands that help. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { isNotFound, PackageError } from '../../../errors/package-errors.js';

type Driver = keyof typeof installs;

/** The commands that install a driver. */
const installs = { sqlite3: 'npm install sqlite3@6', 'better-sqlite3': 'npm install better-sqlite3@12' } as const;
const olderNpm = 'An npm before 11 needs the second command alone; with ignore-scripts, add --ignore-scripts=false.';

/** The commands that run the install script. */
function build(driver: Driver): string {
  return `npm approve-scripts ${driver} && npm rebuild ${driver}`;
}

/**
 * The error for a driver that cannot be loaded. It is absent, its install script did not run, its build failed, or its native part is for
 * another machine.
 */
export function driverError(driver: Driver, cause: unknown): PackageError {
  const problem = (text: string, hint: string) => new PackageError(driver, text, hint, undefined, cause);
  const message = cause instanceof Error ? cause.message : String(cause);
  // Check the name: a package that the driver needs may be missing instead.
  if (isNotFound(cause) && new RegExp(`Cannot find (package|module) '${driver}'`).test(message)) {
    const why =
      driver === 'sqlite3'
        ? '. npm leaves out an optional dependency whose build fails, and each one with --omit=optional: this command shows the reason.'
        : '';
    return problem('it is not installed', `Install it: ${installs[driver]}${why}`);
  }
  if (message.includes('Could not locate the bindings file')) {
    const text = 'it is installed, but its native part is not built';
    return hasBuildFolder(driver)
      ? problem(
          `${text}: its build failed`,
          `Build it again, and read what that prints: npm rebuild ${driver} --foreground-scripts. A build needs python3, make and a C++ compiler.`,
        )
      : problem(`${text}: its install script did not run`, `Let it run: ${build(driver)}. ${olderNpm}`);
  }
  if ((cause as { code?: unknown } | undefined)?.code === 'ERR_DLOPEN_FAILED') {
    const text = 'it is installed, but its native part is not of this machine or version of Node';
    return problem(text, `Build it again: ${build(driver)}. ${olderNpm}`);
  }
  return problem('it could not be loaded', `See the cause. To install it again: ${installs[driver]}`);
}

/** A build that failed leaves its folder behind. Without the folder no build was tried. */
function hasBuildFolder(driver: Driver): boolean {
  try {
    return existsSync(join(dirname(createRequire(import.meta.url).resolve(`${driver}/package.json`)), 'build'));
  } catch {
    // The package is part of a bundle.
    return false;
  }
}
