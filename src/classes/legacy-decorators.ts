import { RegistrationError } from '../errors/index.js';
import { reasonOf } from '../errors/text.js';
import { optionsOf } from '../model/options.js';

/**
 * Refuses use as a standard decorator, whose arguments are `(value, context)`. This package needs decorators of the option
 * `experimentalDecorators`, which have metadata. @throws RegistrationError
 */
export function refuseStandardDecorators(decorator: string, second: unknown): void {
  if (typeof second === 'object' && second !== null && 'kind' in second && 'addInitializer' in second) {
    throw new RegistrationError(
      [`${decorator} was applied as a standard decorator`],
      'Set "experimentalDecorators": true and "emitDecoratorMetadata": true in tsconfig.json.',
    );
  }
}

/** A copy of the options of a decorator. @throws RegistrationError */
export function decoratorOptions<Options extends object>(decorator: string, given: Options | undefined): Options {
  try {
    return optionsOf(given);
  } catch (error) {
    throw new RegistrationError([`${decorator} has invalid options: ${reasonOf(error)}`], `Write ${decorator}.`);
  }
}
