import { InvalidArgumentError } from '../../errors/index.js';

export const defaultTablePrefix = 'de_';

/** The pattern of a table prefix. It is strict, because the prefix is the only text of the user that becomes part of SQL. */
const allowed = /^[a-z_][a-z0-9_]{0,40}$/;

export function checkTablePrefix(prefix: string): string {
  if (!allowed.test(prefix))
    throw new InvalidArgumentError(
      'tablePrefix',
      'it must match ^[a-z_][a-z0-9_]{0,40}$',
      'Use lower-case letters, digits and underscores, e.g. "de_".',
    );
  return prefix;
}
