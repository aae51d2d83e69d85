/** The entry `durable-entities/class-validator`: classes with decorators of class-validator as validators of inputs. */
import { validate, type ValidationError } from 'class-validator';
import { isClass } from '../classes/declarations.js';
import type { InputSchema } from '../classes/input.js';
import { inputReviver } from '../classes/state/input-reader.js';
import { InvalidArgumentError } from '../errors/index.js';
import { shown } from '../errors/text.js';
import { StoredStateProblem } from '../functions/index.js';
import { checkFlag, checkOptions, type OptionNames } from '../model/options.js';

/** Options of `classValidator`, with the meaning that they have in class-validator. */
export interface ClassValidatorOptions {
  /** Removes properties without a decorator. Default: false. */
  readonly whitelist?: boolean | undefined;
  /** Refuses properties without a decorator. Needs `whitelist`. Default: false. */
  readonly forbidNonWhitelisted?: boolean | undefined;
  /** Accepts properties that are `undefined` or `null`. Default: false. */
  readonly skipMissingProperties?: boolean | undefined;
}

interface Issue {
  readonly message: string;
  readonly path: readonly string[];
}

const optionNames: OptionNames<ClassValidatorOptions> = {
  whitelist: true,
  forbidNonWhitelisted: true,
  skipMissingProperties: true,
};

/** The maximum number of issues in an error. */
const issuesMax = 20;

/**
 * A Standard Schema of a class with decorators of class-validator, for `@Operation({ input: classValidator(Transfer) })`. It makes an object
 * of the class and validates it. An operation whose input is refused gives InvalidInputError, which names each property. Validators may be
 * asynchronous. @throws InvalidArgumentError
 */
export function classValidator<T extends object>(
  type: new (...args: never[]) => T,
  options?: ClassValidatorOptions,
): InputSchema<T> {
  if (!isClass(type)) throw new InvalidArgumentError('type', `it is ${shown(type)}`, 'Give a class.');
  const given = checkOptions(options, optionNames);
  const settings = {
    whitelist: checkFlag(given.whitelist, 'whitelist') ?? false,
    forbidNonWhitelisted: checkFlag(given.forbidNonWhitelisted, 'forbidNonWhitelisted') ?? false,
    skipMissingProperties: checkFlag(given.skipMissingProperties, 'skipMissingProperties') ?? false,
    // Otherwise errors would hold the input.
    validationError: { target: false, value: false },
  };
  const revive = inputReviver(type);
  const check = async (value: unknown) => {
    const made = revived(revive, value);
    if ('issues' in made) return made;
    const issues = (await validate(made.value, settings)).flatMap((error) => issuesOf(error, []));
    return issues.length === 0 ? { value: made.value as T } : { issues: issues.slice(0, issuesMax) };
  };
  return { '~standard': { version: 1, vendor: 'class-validator', validate: check } };
}

function revived(
  revive: (input: unknown) => unknown,
  value: unknown,
): { readonly value: object } | { readonly issues: Issue[] } {
  try {
    const made = typeof value === 'object' && value !== null && !Array.isArray(value) ? revive(value) : undefined;
    if (typeof made === 'object' && made !== null) return { value: made };
    return { issues: [{ message: 'it is not an object', path: [] }] };
  } catch (error) {
    if (!(error instanceof StoredStateProblem)) throw error;
    return { issues: [{ message: error.message, path: [] }] };
  }
}

function issuesOf({ property, constraints, children }: ValidationError, parents: readonly string[]): Issue[] {
  const path = [...parents, property];
  const own = Object.values(constraints ?? {}).map((message) => ({ message, path }));
  return [...own, ...(children ?? []).flatMap((child) => issuesOf(child, path))];
}
