import { DurableError } from './durable-error.js';

/** The peer dependencies that are loaded at their first use, with the supported versions, as in package.json. */
export const peerRanges = {
  typeorm: '^0.3.29 || ^1.0.0',
  inversify: '^8.2.3',
} as const;

/**
 * A package that this package needs is missing, is not built, or has an unsupported version. `found` is the installed version, `undefined`
 * if it is unknown.
 */
export class PackageError extends DurableError {
  constructor(
    readonly packageName: string,
    problem: string,
    hint: string,
    readonly found: string | undefined,
    cause?: unknown,
  ) {
    super(`The package ${JSON.stringify(packageName)} cannot be used: ${problem}.`, {
      code: 'DE_PACKAGE',
      retry: 'never',
      hint,
      cause,
    });
  }
}

/** The error for a peer dependency that could not be loaded. */
export function peerMissing(name: keyof typeof peerRanges, cause: unknown): PackageError {
  const range = peerRanges[name];
  if (isNotFound(cause)) {
    const problem = `it is not installed; durable-entities needs ${name} ${range}`;
    return new PackageError(name, problem, `Install it: ${commands(name)}`, undefined, cause);
  }
  const problem = `it could not be loaded; durable-entities needs ${name} ${range}`;
  const hint = `See the cause. In a bundled program, leave ${name} out of the bundle (esbuild: --external:${name}).`;
  return new PackageError(name, problem, hint, undefined, cause);
}

/** The error for a peer dependency of an unsupported version. `undefined` if the version is supported. */
export function peerVersionProblem(name: keyof typeof peerRanges, found: string): PackageError | undefined {
  const range = peerRanges[name];
  if (satisfies(found, range)) return undefined;
  const problem = `its version is ${found}; durable-entities works with ${name} ${range}`;
  return new PackageError(name, problem, `Install the right version: ${commands(name)}`, found);
}

/** The commands that install a supported version, e.g. `npm install typeorm@0.3, or npm install typeorm@1`. */
function commands(name: keyof typeof peerRanges): string {
  const each = peerRanges[name].split('||').map((range) => {
    const [major, minor] = numbersOf(range);
    return `npm install ${name}@${major === 0 ? `${major}.${minor}` : major}`;
  });
  return each.join(', or ');
}

/** Tells whether a version is in one of the caret ranges between `||`. */
function satisfies(version: string, ranges: string): boolean {
  return ranges.split('||').some((range) => isWithin(version, range));
}

/** Tells whether a version is in a caret range: at least the version of the range, with the same first number that is not 0. */
function isWithin(version: string, range: string): boolean {
  const found = numbersOf(version);
  const least = numbersOf(range);
  const same = least[0] === 0 ? 2 : 1;
  for (let i = 0; i < 3; i++) {
    const difference = (found[i] ?? Number.NaN) - (least[i] ?? 0);
    if (Number.isNaN(difference) || difference < 0) return false;
    if (difference > 0) return i >= same;
  }
  return true;
}

function numbersOf(version: string): number[] {
  return /(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? [];
}

export function isNotFound(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND';
}

/**
 * Whether a call of `require` failed because it does not exist: in an ES module, or in a bundle that is one, where esbuild and rolldown leave a
 * function that only throws.
 */
export function hasNoRequire(error: unknown): boolean {
  const message = error instanceof Error ? error.message : '';
  return /^require is not defined\b|^Calling `require` for |^Dynamic require of /.test(message);
}
